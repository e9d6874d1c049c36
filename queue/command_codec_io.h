// How fields of commands are written and read. For the files command_codec*.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/check.h"
#include "base/coding.h"
#include "base/identity.h"
#include "base/ordinal.h"
#include "queue/command_codec.h"
#include "queue/types.h"

namespace warren::queue::codec_internal {

// A difference in either direction as a number: small ones give small numbers.
constexpr uint64_t ZigZag(uint64_t difference) {
  return (difference << 1) ^ (0 - (difference >> 63));
}
constexpr uint64_t UnZigZag(uint64_t number) { return (number >> 1) ^ (0 - (number & 1)); }

// Both classes have the same functions for the same fields, so that most commands are described
// once, by a template that takes either: the writer is given values, the reader places for them.

class Writer {
 public:
  static constexpr bool kReads = false;

  explicit Writer(std::string* out) : string_(out) {}
  explicit Writer(base::BytesBuilder* out) : builder_(out) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { Flush(); }

  void Byte(uint8_t value) {
    MakeRoom();
    *at_++ = static_cast<char>(value);
  }
  void Number(uint64_t value) {
    MakeRoom();
    at_ = base::EncodeVarint64(at_, value);
  }
  void Number32(uint32_t value) { Number(value); }
  void Signed32(int32_t value) { Number(ZigZag(static_cast<uint64_t>(int64_t{value}))); }
  void Bounded(uint64_t value) {
    WARREN_CHECK(value <= kCommandOrdinalMax);
    Number(value);
  }
  template <typename Tag>
  void Place(base::Ordinal<Tag> value) {
    Bounded(value.value());
  }
  template <typename Tag>
  void Name(base::Identity<Tag> value) {
    Number(value.value());
  }
  // Session ids are made of several parts: as a varint they would be longer.
  void Session(SessionId value) {
    MakeRoom();
    at_ = base::EncodeFixed64(at_, value.value());
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
  void Count(size_t count, size_t max) {
    WARREN_CHECK(count <= max);
    Number(count);
  }
  void Bytes(std::string_view bytes, size_t max) {
    Count(bytes.size(), max);
    Flush();
    Append(bytes);
  }

 private:
  static constexpr size_t kBufferBytes = 128;  // More than most commands take.

  void MakeRoom() {
    if (at_ > buffer_ + kBufferBytes - base::kVarint64BytesMax) Flush();
  }
  void Flush() {
    Append({buffer_, static_cast<size_t>(at_ - buffer_)});
    at_ = buffer_;
  }
  void Append(std::string_view bytes) {
    if (string_ != nullptr) {
      string_->append(bytes);
    } else {
      builder_->Append(bytes);
    }
  }

  std::string* string_ = nullptr;
  base::BytesBuilder* builder_ = nullptr;
  char buffer_[kBufferBytes] = {};
  char* at_ = buffer_;
};

// Fails once and for all: later reads give nothing, and the first fault is the one told.
class Parser {
 public:
  static constexpr bool kReads = true;

  // `shared`: what `bytes` lie in, if ids are to share its memory; otherwise nullptr.
  Parser(std::string_view bytes, const base::Bytes* shared) : reader_(bytes), shared_(shared) {}

  bool ok() const { return fault_ == nullptr; }
  const char* fault() const { return fault_; }
  size_t remaining() const { return reader_.remaining(); }
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
  uint64_t Bounded() {
    const uint64_t value = Number();
    if (value > kCommandOrdinalMax) Fail("a key, number, time or span of 2^63 or more");
    return ok() ? value : 0;
  }

  void Number(uint64_t& value) { value = Number(); }
  void Number32(uint32_t& value) {
    const uint64_t number = Number();
    if (number > UINT32_MAX) Fail("a number beyond 32 bits");
    value = static_cast<uint32_t>(number);
  }
  void Signed32(int32_t& value) {
    const auto number = static_cast<int64_t>(UnZigZag(Number()));
    if (number < INT32_MIN || number > INT32_MAX) Fail("a number beyond 32 bits");
    value = static_cast<int32_t>(number);
  }
  void Bounded(uint64_t& value) { value = Bounded(); }
  template <typename Tag>
  void Place(base::Ordinal<Tag>& value) {
    value = base::Ordinal<Tag>(Bounded());
  }
  template <typename Tag>
  void Name(base::Identity<Tag>& value) {
    value = base::Identity<Tag>(Number());
  }
  void Session(SessionId& value) {
    const std::optional<uint64_t> number = reader_.Fixed64();
    if (!number) Fail("cut off");
    value = SessionId(number.value_or(0));
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
  // Of elements that take `bytes_each` at least. 0 after a fault.
  size_t Count(size_t max, size_t bytes_each) {
    const uint64_t count = Number();
    if (count > max) Fail("more elements than one command may have");
    if (count > remaining() / bytes_each) Fail("cut off");
    return ok() ? count : 0;
  }
  base::Bytes Bytes(size_t max) {
    const uint64_t size = Number();
    if (size > max) Fail("an id that is too long");
    const std::optional<std::string_view> view = reader_.View(size);
    if (!view) Fail("cut off");
    if (!ok()) return {};
    if (shared_ == nullptr) return base::Bytes::Copy(*view);
    return shared_->Slice(static_cast<size_t>(view->data() - shared_->data()), view->size());
  }

 private:
  base::Reader reader_;
  const base::Bytes* shared_;
  const char* fault_ = nullptr;
};

// ---- What several commands have -----------------------------------------------------------------

inline void Fields(Writer& out, const Stamp& stamp) {
  out.Session(stamp.session);
  out.Place(stamp.epoch);
  out.Place(stamp.number);
  WARREN_CHECK(stamp.answered.value() <= kCommandOrdinalMax);
  out.Number(stamp.number - stamp.answered);  // A few, unless the session is at odds with itself.
}
inline void Fields(Parser& in, Stamp& stamp) {
  in.Session(stamp.session);
  in.Place(stamp.epoch);
  in.Place(stamp.number);
  stamp.answered = stamp.number - in.Number();
  if (stamp.answered.value() > kCommandOrdinalMax) in.Fail("answered numbers of 2^63 or more");
}

// A key or another place, by its distance from the one before it in a list of any order.
template <typename Tag>
void PlaceAfter(Writer& out, base::Ordinal<Tag> before, base::Ordinal<Tag> place) {
  WARREN_CHECK(place.value() <= kCommandOrdinalMax);
  out.Number(ZigZag(place - before));
}
template <typename Tag>
void PlaceAfter(Parser& in, base::Ordinal<Tag> before, base::Ordinal<Tag>& place) {
  place = before + UnZigZag(in.Number());
  if (place.value() > kCommandOrdinalMax) in.Fail("a key or entry of 2^63 or more");
}

// How far a range reaches beyond its first key, which is there already.
inline void RangeEnd(Writer& out, const KeyRange& range) {
  WARREN_CHECK(range.first <= range.last && range.last.value() <= kCommandOrdinalMax);
  out.Number(range.last - range.first);
}
inline void RangeEnd(Parser& in, KeyRange& range) {
  const uint64_t more = in.Bounded();
  range.last = range.first + more;
  if (range.last.value() > kCommandOrdinalMax) in.Fail("a range that reaches to 2^63 or more");
}

// ---- Commands that have files of their own ------------------------------------------------------

void Fields(Writer& out, const Publish& publish);
void Fields(Parser& in, Publish& publish);
void Fields(Writer& out, const Settle& settle);
void Fields(Parser& in, Settle& settle);
void Fields(Writer& out, const AttachSession& attach);
void Fields(Parser& in, AttachSession& attach);
void Fields(Writer& out, const Configure& configure);
void Fields(Parser& in, Configure& configure);

}  // namespace warren::queue::codec_internal
