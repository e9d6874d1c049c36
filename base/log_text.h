// How names and values become the text of a log line. What a client can choose (queue names, user
// names, header values) goes through here, so it can neither forge a line nor steer a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace warren::base {

// A longer value is cut, and says how much is missing.
inline constexpr size_t kLogValueBytesMax = 1024;

// Whether a field or parameter of this name holds a secret: it contains one of a few words, in
// any case of letters.
constexpr bool IsSecretName(std::string_view name) {
  constexpr std::string_view kWords[] = {"passw",       "passphrase", "secret",
                                         "token",       "credential", "cookie",
                                         "private_key", "api_key",    "authorization"};
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (const std::string_view word : kWords) {
    for (size_t at = 0; at + word.size() <= name.size(); ++at) {
      size_t same = 0;
      while (same < word.size() && lower(name[at + same]) == word[same]) ++same;
      if (same == word.size()) return true;
    }
  }
  return false;
}

// The text with the passwords of the URIs in it replaced: the user information's part behind the
// colon, and query parameters with a secret's name. A URI ends at white space or a quotation mark.
// Where one is malformed, such as with a '/' in the password, rather too much is replaced.
std::string RedactUris(std::string_view text);

// Appends the value, without passwords of URIs. Bare if it is plain; else in quotation marks, with
// \" \\ \n \r \t, and \xNN for each byte of what is not printable: control characters, bytes that
// are no UTF-8, and what reorders or breaks lines.
void AppendLogValue(std::string* out, std::string_view value);

}  // namespace warren::base
