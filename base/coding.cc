#include "base/coding.h"

namespace warren::base {

std::nullopt_t Reader::Fail() {
  ok_ = false;
  rest_ = {};
  return std::nullopt;
}

std::optional<uint64_t> Reader::Varint64() {
  uint64_t value = 0;
  for (size_t i = 0; i < kVarint64BytesMax && i < rest_.size(); ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    const bool is_tenth_byte = i + 1 == kVarint64BytesMax;
    if (is_tenth_byte && byte > 1) return Fail();  // Would not fit into 64 bits.
    value |= uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte >= 0x80) continue;
    if (byte == 0 && i > 0) return Fail();  // Longer than it need be.
    rest_.remove_prefix(i + 1);
    return value;
  }
  return Fail();
}

std::optional<std::string_view> Reader::View(uint64_t size) {
  if (!ok_ || size > rest_.size()) return Fail();
  const std::string_view view = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return view;
}

std::optional<std::string_view> Reader::LengthPrefixed(uint64_t size_max) {
  const std::optional<uint64_t> size = Varint64();
  if (!size || *size > size_max) return Fail();
  return View(*size);
}

}  // namespace warren::base
