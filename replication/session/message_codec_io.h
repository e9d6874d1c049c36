// How fields of session messages are written and read. For the files message_codec*.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "base/check.h"
#include "base/coding.h"
#include "base/identity.h"
#include "base/ordinal.h"

namespace warren::replication::codec_internal {

// What is smaller is copied: a piece of a chain costs more than its bytes.
inline constexpr size_t kCopiedBytesMax = 256;
inline constexpr uint64_t kOrdinalMax = UINT64_MAX / 2;

constexpr uint64_t ZigZag(uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> 63));
}
constexpr uint64_t UnZigZag(uint64_t number) { return (number >> 1) ^ (0 - (number & 1)); }

// Both classes have the same functions for the same fields, so that each message is described once,
// by a template that takes either: the writer is given values, the reader places for them.

class MessageWriter {
 public:
  static constexpr bool kReads = false;

  void Byte(uint8_t value) { base::PutFixed8(&head_, value); }
  void Number(uint64_t value) { base::PutVarint64(&head_, value); }
  template <typename Integer>
  void Small(const Integer& value) {
    Number(value);
  }
  void Signed32(int32_t value) { Number(ZigZag(static_cast<uint64_t>(int64_t{value}))); }
  void Fixed32(uint32_t value) { base::PutFixed32(&head_, value); }
  void Fixed64(uint64_t value) { base::PutFixed64(&head_, value); }
  template <typename Tag>
  void Place(base::Ordinal<Tag> value) {
    WARREN_CHECK(value.value() <= kOrdinalMax);
    Number(value.value());
  }
  template <typename Tag>
  void PlaceAfter(base::Ordinal<Tag> before, base::Ordinal<Tag> value) {
    WARREN_CHECK(value.value() <= kOrdinalMax);
    Number(ZigZag(value.value() - before.value() - 1));
  }
  template <typename Tag>
  void Name(base::Identity<Tag> value) {
    Number(value.value());
  }
  template <typename Tag>
  void LongName(base::Identity<Tag> value) {
    Fixed64(value.value());
  }
  template <typename Enum>
  void Choice(Enum value, Enum last) {
    WARREN_CHECK(value <= last);
    Byte(static_cast<uint8_t>(value));
  }
  template <typename... Bools>
  void Flags(Bools... flags) {
    uint8_t byte = 0;
    int bit = 0;
    ((byte = static_cast<uint8_t>(byte | (flags ? 1 << bit : 0)), ++bit), ...);
    Byte(byte);
  }
  template <typename Value, typename Field>
  void Optional(const std::optional<Value>& value, Field field) {
    Flags(value.has_value());
    if (value) field(*this, *value);
  }
  template <typename Element, typename Field>
  void List(const std::vector<Element>& list, size_t, Field field) {
    Number(list.size());
    for (const Element& element : list) field(*this, element);
  }
  void Content(const base::Bytes& bytes) {
    Number(bytes.size());
    Rest(bytes);
  }
  void Rest(const base::Bytes& bytes) {
    if (bytes.size() <= kCopiedBytesMax) {
      head_.Append(bytes.view());
    } else {
      CloseHead();
      chain_.Append(bytes);
    }
  }
  void Text(const std::string& text, size_t max) {
    base::PutLengthPrefixed(&head_, std::string_view(text).substr(0, max));
  }
  base::BytesBuilder* head() { return &head_; }

  base::BytesChain Finish() {
    CloseHead();
    return std::move(chain_);
  }

 private:
  void CloseHead() {
    if (head_.size() > 0) chain_.Append(head_.Freeze());
  }

  base::BytesBuilder head_;
  base::BytesChain chain_;
};

// A fault is kept, and what is read after it is nothing.
class MessageParser {
 public:
  static constexpr bool kReads = true;

  explicit MessageParser(const base::Bytes& bytes) : reader_(bytes.view()), bytes_(bytes) {}

  bool ok() const { return fault_ == nullptr; }
  const char* fault() const { return fault_; }
  void Fail(const char* fault) {
    if (fault_ == nullptr) fault_ = fault;
    reader_ = base::Reader("");
  }
  void ExpectEnd() {
    if (ok() && !reader_.AtEnd()) Fail("followed by other bytes");
  }

  uint8_t Byte() {
    const std::optional<uint8_t> value = reader_.Fixed8();
    if (!value) Fail("cut off");
    return value.value_or(0);
  }
  uint64_t Number() {
    const std::optional<uint64_t> value = reader_.Varint64();
    if (!value) Fail("cut off, or a number that is longer than it need be");
    return value.value_or(0);
  }
  void Byte(uint8_t& value) { value = Byte(); }
  void Number(uint64_t& value) { value = Number(); }
  template <typename Integer>
  void Small(Integer& value) {
    const uint64_t number = Number();
    value = static_cast<Integer>(number);
    if (value != number) Fail("a number that is too large");
  }
  void Signed32(int32_t& value) {
    const auto number = static_cast<int64_t>(UnZigZag(Number()));
    if (number < INT32_MIN || number > INT32_MAX) Fail("a number beyond 32 bits");
    value = static_cast<int32_t>(number);
  }
  void Fixed32(uint32_t& value) {
    const std::optional<uint32_t> number = reader_.Fixed32();
    if (!number) Fail("cut off");
    value = number.value_or(0);
  }
  void Fixed64(uint64_t& value) {
    const std::optional<uint64_t> number = reader_.Fixed64();
    if (!number) Fail("cut off");
    value = number.value_or(0);
  }
  template <typename Tag>
  void Place(base::Ordinal<Tag>& value) {
    const uint64_t number = Number();
    if (number > kOrdinalMax) Fail("an ordinal of 2^63 or more");
    value = base::Ordinal<Tag>(ok() ? number : 0);
  }
  template <typename Tag>
  void PlaceAfter(base::Ordinal<Tag> before, base::Ordinal<Tag>& value) {
    const uint64_t number = before.value() + 1 + UnZigZag(Number());
    if (number > kOrdinalMax) Fail("an ordinal of 2^63 or more");
    value = base::Ordinal<Tag>(ok() ? number : 0);
  }
  template <typename Tag>
  void Name(base::Identity<Tag>& value) {
    value = base::Identity<Tag>(Number());
  }
  template <typename Tag>
  void LongName(base::Identity<Tag>& value) {
    uint64_t number = 0;
    Fixed64(number);
    value = base::Identity<Tag>(number);
  }
  template <typename Enum>
  void Choice(Enum& value, Enum last) {
    const uint8_t byte = Byte();
    if (byte > static_cast<uint8_t>(last)) Fail("a choice that there is not");
    if (ok()) value = static_cast<Enum>(byte);
  }
  template <typename... Bools>
  void Flags(Bools&... flags) {
    const uint8_t byte = Byte();
    if (byte >> sizeof...(flags) != 0) Fail("a flag that there is not");
    int bit = 0;
    ((flags = (byte >> bit & 1) != 0, ++bit), ...);
  }
  template <typename Value, typename Field>
  void Optional(std::optional<Value>& value, Field field) {
    bool there = false;
    Flags(there);
    value.reset();
    if (there) field(*this, value.emplace());
  }
  // Of elements that take `bytes_each` at least.
  template <typename Element, typename Field>
  void List(std::vector<Element>& list, size_t bytes_each, Field field) {
    const uint64_t count = Number();
    if (count > reader_.remaining() / bytes_each) Fail("cut off");
    if (!ok()) return;
    list.resize(count);
    for (Element& element : list) {
      field(*this, element);
      if (!ok()) return;
    }
  }
  void Content(base::Bytes& bytes) {
    const std::optional<std::string_view> view = reader_.View(Number());
    if (!view) Fail("cut off");
    bytes = ok() ? Share(*view) : base::Bytes();
  }
  void Rest(base::Bytes& bytes) { Content(bytes, reader_.remaining()); }
  void Text(std::string& text, size_t max) {
    const std::optional<std::string_view> view = reader_.LengthPrefixed(max);
    if (!view) Fail("cut off, or a text that is too long");
    text = std::string(view.value_or(std::string_view()));
  }

 private:
  void Content(base::Bytes& bytes, size_t size) {
    const std::optional<std::string_view> view = reader_.View(size);
    bytes = view && ok() ? Share(*view) : base::Bytes();
  }
  base::Bytes Share(std::string_view view) const {
    return bytes_.Slice(static_cast<size_t>(view.data() - bytes_.data()), view.size());
  }

  base::Reader reader_;
  const base::Bytes& bytes_;
  const char* fault_ = nullptr;
};

template <typename Io, typename T>
using For = std::conditional_t<Io::kReads, T, const T>;

}  // namespace warren::replication::codec_internal
