#include "base/log_text.h"

#include <algorithm>
#include <cstdint>

#include "base/secret.h"

namespace warren::base {
namespace {

constexpr std::string_view kSchemeEnd = "://";
constexpr std::string_view kUriEnd = " \t\r\n\"'<>";

// One character of UTF-8 at the beginning of a text.
struct Character {
  size_t bytes = 0;  // 0: what stands there is not UTF-8.
  uint32_t code_point = 0;
};

Character DecodeFirst(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return {.bytes = 1, .code_point = first};
  size_t bytes = 0;
  uint32_t code_point = 0;
  uint32_t least = 0;  // A smaller code point would be an overlong form.
  if ((first & 0xE0) == 0xC0) {
    bytes = 2, code_point = first & 0x1F, least = 0x80;
  } else if ((first & 0xF0) == 0xE0) {
    bytes = 3, code_point = first & 0x0F, least = 0x800;
  } else if ((first & 0xF8) == 0xF0) {
    bytes = 4, code_point = first & 0x07, least = 0x10000;
  }
  if (bytes == 0 || text.size() < bytes) return {};
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    code_point = (code_point << 6) | (next & 0x3Fu);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < least || code_point > 0x10FFFF || is_surrogate) return {};
  return {.bytes = bytes, .code_point = code_point};
}

bool IsPrintable(uint32_t code_point) {
  const auto within = [code_point](uint32_t first, uint32_t last) {
    return code_point >= first && code_point <= last;
  };
  return !within(0x00, 0x1F) && !within(0x7F, 0x9F) &&  // Control characters.
         !within(0x200E, 0x200F) && !within(0x2028, 0x202E) &&
         !within(0x2066, 0x2069);  // Line separators, and marks that change the direction.
}

void AppendHex(std::string* out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char byte : bytes) {
    const auto value = static_cast<uint8_t>(byte);
    *out += {'\\', 'x', kDigits[value >> 4], kDigits[value & 0xF]};
  }
}

void AppendQuoted(std::string* out, std::string_view value) {
  out->push_back('"');
  while (!value.empty()) {
    const Character character = DecodeFirst(value);
    const std::string_view bytes = value.substr(0, std::max<size_t>(character.bytes, 1));
    value.remove_prefix(bytes.size());
    switch (bytes[0]) {
      case '"':
        *out += "\\\"";
        continue;
      case '\\':
        *out += "\\\\";
        continue;
      case '\n':
        *out += "\\n";
        continue;
      case '\r':
        *out += "\\r";
        continue;
      case '\t':
        *out += "\\t";
        continue;
      default:
        break;
    }
    if (character.bytes > 0 && IsPrintable(character.code_point)) {
      out->append(bytes);
    } else {
      AppendHex(out, bytes);
    }
  }
  out->push_back('"');
}

bool IsPlain(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
  });
}

// Appends what follows "://", up to the URI's end.
void AppendRedacted(std::string* out, std::string_view uri) {
  if (const size_t at = uri.rfind('@'); at != uri.npos) {
    const size_t colon = uri.find(':');
    if (colon < at) {
      out->append(uri.substr(0, colon + 1)).append(Secret::kRedacted);
      uri.remove_prefix(at);
    }
  }
  size_t name = uri.find('?');
  while (name != uri.npos) {
    ++name;
    const size_t end = std::min(uri.find_first_of("&#", name), uri.size());
    const size_t equals = uri.find('=', name);
    if (equals < end && IsSecretName(uri.substr(name, equals - name))) {
      out->append(uri.substr(0, equals + 1)).append(Secret::kRedacted);
      uri.remove_prefix(end);
      name = uri.empty() || uri[0] == '#' ? uri.npos : 0;
    } else {
      name = end < uri.size() && uri[end] == '&' ? end : uri.npos;
    }
  }
  out->append(uri);
}

}  // namespace

std::string RedactUris(std::string_view text) {
  std::string out;
  while (true) {
    const size_t scheme_end = text.find(kSchemeEnd);
    if (scheme_end == text.npos) break;
    const size_t begin = scheme_end + kSchemeEnd.size();
    const size_t end = std::min(text.find_first_of(kUriEnd, begin), text.size());
    out.append(text.substr(0, begin));
    AppendRedacted(&out, text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
  return out.append(text);
}

void AppendLogValue(std::string* out, std::string_view value) {
  // Redacted before it is cut: else the cut could take the '@' by which a password is known.
  std::string redacted;
  if (value.find(kSchemeEnd) != value.npos) {
    redacted = RedactUris(value);
    value = redacted;
  }
  std::string cut;
  if (value.size() > kLogValueBytesMax) {
    size_t kept = kLogValueBytesMax;
    while (kept > kLogValueBytesMax - 4 && (static_cast<uint8_t>(value[kept]) & 0xC0) == 0x80) {
      --kept;  // Not within a character.
    }
    cut = std::string(value.substr(0, kept)) + "... " + std::to_string(value.size() - kept) +
          " bytes more";
    value = cut;
  }
  if (IsPlain(value)) {
    out->append(value);
  } else {
    AppendQuoted(out, value);
  }
}

}  // namespace warren::base
