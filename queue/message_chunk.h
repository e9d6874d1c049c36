#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "base/check.h"
#include "base/coding.h"
#include "queue/column.h"
#include "queue/types.h"

namespace warren::queue {

// What a queue keeps of each message while it is in the queue.
struct MessageRecord {
  Position position;
  uint32_t size = 0;
  Priority level = 0;
  bool persistent = false;
  Time expires;  // 0: never.
  friend bool operator==(const MessageRecord&, const MessageRecord&) = default;
};

// The fields of neighbouring messages, each a column; messages are numbered from 0 here.
//
// While it grows, positions and expiries are as they are. Seal() makes them relative, so that
// chunks that only differ in where they lie are equal, and a queue keeps one of them.
// Threads: a plain value.
class MessageChunk {
 public:
  static constexpr uint64_t kMessagesMax = 4096;
  // Beyond 2^56 entries a position does not fit into one number.
  static constexpr uint64_t kEntryMax = UINT64_MAX / kSlotsMax;

  static uint64_t NumberOf(const Position& position) {
    WARREN_CHECK(position.slot < kSlotsMax && position.entry.value() <= kEntryMax);
    return position.entry.value() * kSlotsMax + position.slot;
  }
  static Position PositionOf(uint64_t number) {
    return {.entry = EntryIndex(number / kSlotsMax),
            .slot = static_cast<uint32_t>(number % kSlotsMax)};
  }

  void Append(const MessageRecord& record);  // Requires: not sealed.
  void Clear();                              // Likewise.

  uint64_t size() const { return position_.size(); }
  bool empty() const { return position_.empty(); }
  // As numbers, less what Seal() returned.
  const Column& positions() const { return position_; }
  uint32_t SizeOf(uint64_t i) const { return static_cast<uint32_t>(size_.Get(i)); }
  Priority LevelOf(uint64_t i) const { return static_cast<Priority>(level_.Get(i)); }
  bool IsPersistent(uint64_t i) const { return persistent_.Get(i) != 0; }
  Time ExpiresOf(uint64_t i) const {
    const uint64_t expires = expires_.Get(i);
    return Time(expires == 0 ? 0 : expires_base_ + expires);
  }

  uint64_t BytesIn(uint64_t first, uint64_t count) const;
  uint64_t PersistentIn(uint64_t first, uint64_t count) const;
  uint64_t PersistentBytesIn(uint64_t first, uint64_t count) const;
  bool SizesAreEqual() const { return size_.IsConstant(); }
  bool LevelsAreEqual() const { return level_.IsConstant(); }
  bool AllOrNonePersist() const { return persistent_.IsConstant(); }
  bool AllNeverExpire() const { return expires_.IsConstant() && ExpiresOf(0).value() == 0; }
  bool ExpiresAscending() const { return expires_ascending_; }

  // No more messages come. Returns the lowest position, which positions are relative to.
  // Requires: !empty().
  uint64_t Seal();
  friend bool operator==(const MessageChunk&, const MessageChunk&) = default;

  // Requires: sealed. What Read gives is sealed, and has at most kMessagesMax messages.
  void AppendTo(std::string* out) const;
  static absl::StatusOr<MessageChunk> Read(base::Reader& reader);  // DATA_LOSS
  // The highest position, relative to the lowest.
  uint64_t PositionsSpan() const { return position_.GetBounds().max; }

  size_t HeapBytes() const;
  size_t MemoryBytes() const { return sizeof(*this) + HeapBytes(); }
  void CheckInvariants() const;

 private:
  struct Totals {
    uint64_t bytes = 0;
    uint64_t persistent = 0;
    uint64_t persistent_bytes = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
  };

  void SealExpires();
  void TakeTotals();
  uint64_t ExpiresBaseAsSealed() const;

  Column position_;
  Column size_;
  Column level_;
  Column persistent_;              // 0 or 1.
  Column expires_;                 // 0, or the time less the base.
  uint64_t expires_base_ = 0;      // Sealed: one before the earliest; 0 if none expires.
  uint64_t expires_last_ = 0;      // Of the message appended last; sealed: 0.
  bool expires_ascending_ = true;  // No message expires earlier than one before it; never is early.
  std::optional<Totals> totals_;   // Sealed.
};

}  // namespace warren::queue
