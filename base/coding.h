// How integers and lengths are written in every format of ours: fixed width in little-endian
// order, or as a varint. Formats say in docs/formats/ which of these each field uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace warren::base {

// A varint holds 7 bits a byte, low ones first; the top bit says that another byte follows.
inline constexpr size_t kVarint64BytesMax = 10;

inline void AppendTo(std::string* out, std::string_view bytes) { out->append(bytes); }
inline void AppendTo(BytesBuilder* out, std::string_view bytes) { out->Append(bytes); }

// Into a buffer of the caller's; each returns the place behind what it wrote.
constexpr char* EncodeFixed(char* out, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) *out++ = static_cast<char>(value >> (8 * i));
  return out;
}
constexpr char* EncodeFixed32(char* out, uint32_t value) { return EncodeFixed(out, value, 4); }
constexpr char* EncodeFixed64(char* out, uint64_t value) { return EncodeFixed(out, value, 8); }
constexpr char* EncodeVarint64(char* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}

constexpr size_t Varint64Size(uint64_t value) {
  size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

// At the end of a std::string or a BytesBuilder.
template <typename Out>
void PutFixed8(Out* out, uint8_t value) {
  const char byte = static_cast<char>(value);
  AppendTo(out, {&byte, 1});
}
template <typename Out>
void PutFixed16(Out* out, uint16_t value) {
  char buffer[2];
  EncodeFixed(buffer, value, 2);
  AppendTo(out, {buffer, sizeof(buffer)});
}
template <typename Out>
void PutFixed32(Out* out, uint32_t value) {
  char buffer[4];
  EncodeFixed32(buffer, value);
  AppendTo(out, {buffer, sizeof(buffer)});
}
template <typename Out>
void PutFixed64(Out* out, uint64_t value) {
  char buffer[8];
  EncodeFixed64(buffer, value);
  AppendTo(out, {buffer, sizeof(buffer)});
}
template <typename Out>
void PutVarint64(Out* out, uint64_t value) {
  char buffer[kVarint64BytesMax];
  const char* end = EncodeVarint64(buffer, value);
  AppendTo(out, {buffer, static_cast<size_t>(end - buffer)});
}
// A varint length, then the bytes.
template <typename Out>
void PutLengthPrefixed(Out* out, std::string_view bytes) {
  PutVarint64(out, bytes.size());
  AppendTo(out, bytes);
}

// Reads what the functions above wrote, from bytes that may be damaged or hostile. A read that
// cannot be had gives nullopt (for a varint also when it is longer than it need be, so that one
// value has one encoding) and fails the reader: every later read gives nullopt too. A decoder
// may therefore read a whole header and ask ok() once.
//
// Lengths are checked against what is there before anything is taken. Borrows the bytes: views
// it returns live as long as they do. Threads: a plain value.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::optional<uint8_t> Fixed8() { return Fixed<uint8_t>(); }
  std::optional<uint16_t> Fixed16() { return Fixed<uint16_t>(); }
  std::optional<uint32_t> Fixed32() { return Fixed<uint32_t>(); }
  std::optional<uint64_t> Fixed64() { return Fixed<uint64_t>(); }
  std::optional<uint64_t> Varint64();
  std::optional<std::string_view> View(uint64_t size);
  std::optional<std::string_view> LengthPrefixed(uint64_t size_max = UINT64_MAX);

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }  // All was read and nothing is left.
  size_t remaining() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }

 private:
  template <typename Integer>
  std::optional<Integer> Fixed() {
    if (rest_.size() < sizeof(Integer)) return Fail();
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(Integer); ++i) {
      value |= uint64_t{static_cast<uint8_t>(rest_[i])} << (8 * i);
    }
    rest_.remove_prefix(sizeof(Integer));
    return static_cast<Integer>(value);
  }
  std::nullopt_t Fail();

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace warren::base
