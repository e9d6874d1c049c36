#include "queue/message_chunk.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

#include "base/status_macros.h"

namespace warren::queue {

void MessageChunk::Append(const MessageRecord& record) {
  WARREN_CHECK(!totals_.has_value());
  position_.Append(NumberOf(record.position));
  size_.Append(record.size);
  level_.Append(record.level);
  persistent_.Append(record.persistent ? 1 : 0);
  expires_.Append(record.expires.value());
  if (record.expires.value() < expires_last_) expires_ascending_ = false;
  expires_last_ = record.expires.value();
}

void MessageChunk::Clear() {
  WARREN_CHECK(!totals_.has_value());
  for (Column* column : {&position_, &size_, &level_, &persistent_, &expires_}) column->Clear();
  expires_last_ = 0;
  expires_ascending_ = true;
}

uint64_t MessageChunk::BytesIn(uint64_t first, uint64_t count) const {
  if (totals_ && count == size()) return totals_->bytes;
  return size_.Sum(first, count);
}

uint64_t MessageChunk::PersistentIn(uint64_t first, uint64_t count) const {
  if (totals_ && count == size()) return totals_->persistent;
  return persistent_.Sum(first, count);
}

uint64_t MessageChunk::PersistentBytesIn(uint64_t first, uint64_t count) const {
  if (totals_ && count == size()) return totals_->persistent_bytes;
  const uint64_t persistent = persistent_.Sum(first, count);
  if (persistent == 0) return 0;
  if (persistent == count) return size_.Sum(first, count);
  if (size_.IsConstant()) return persistent * size_.Get(0);
  uint64_t bytes = 0;
  for (uint64_t i = first; i < first + count; ++i) bytes += IsPersistent(i) ? size_.Get(i) : 0;
  return bytes;
}

uint64_t MessageChunk::Seal() {
  WARREN_CHECK(!empty() && !totals_.has_value());
  const uint64_t position_base = position_.GetBounds().min;
  position_.Subtract(position_base);
  for (Column* column : {&position_, &size_, &level_, &persistent_}) column->Compact();
  SealExpires();
  TakeTotals();
  return position_base;
}

void MessageChunk::SealExpires() {
  expires_last_ = 0;
  const Column::Bounds bounds = expires_.GetBounds();
  if (bounds.min > 0) {
    expires_base_ = bounds.min - 1;
    expires_.Subtract(expires_base_);
  } else if (bounds.max > 0) {
    uint64_t earliest = UINT64_MAX;
    for (uint64_t i = 0; i < size(); ++i) {
      if (const uint64_t expires = expires_.Get(i); expires != 0) {
        earliest = std::min(earliest, expires);
      }
    }
    expires_base_ = earliest - 1;
    Column relative;
    for (uint64_t i = 0; i < size(); ++i) {
      const uint64_t expires = expires_.Get(i);
      relative.Append(expires == 0 ? 0 : expires - expires_base_);
    }
    expires_ = std::move(relative);
  }
  expires_.Compact();
}

void MessageChunk::TakeTotals() {
  Totals totals;
  totals.bytes = BytesIn(0, size());
  totals.persistent = PersistentIn(0, size());
  totals.persistent_bytes = PersistentBytesIn(0, size());
  totals_ = totals;
}

void MessageChunk::AppendTo(std::string* out) const {
  WARREN_CHECK(totals_.has_value());
  for (const Column* column : {&position_, &size_, &level_, &persistent_, &expires_}) {
    column->AppendCompactTo(out);
  }
  base::PutVarint64(out, expires_base_);
}

absl::StatusOr<MessageChunk> MessageChunk::Read(base::Reader& reader) {
  MessageChunk chunk;
  for (Column* column :
       {&chunk.position_, &chunk.size_, &chunk.level_, &chunk.persistent_, &chunk.expires_}) {
    WARREN_ASSIGN_OR_RETURN(*column, Column::Read(reader, kMessagesMax));
    if (column->empty() || column->size() != chunk.size()) {
      return absl::DataLossError("message chunk: columns of different sizes, or empty ones");
    }
  }
  const std::optional<uint64_t> expires_base = reader.Varint64();
  if (!expires_base) return absl::DataLossError("message chunk: cut off");
  chunk.expires_base_ = *expires_base;
  if (chunk.position_.GetBounds().min != 0 || chunk.size_.GetBounds().max > UINT32_MAX ||
      chunk.level_.GetBounds().max > UINT8_MAX || chunk.persistent_.GetBounds().max > 1) {
    return absl::DataLossError("message chunk: a field is out of its bounds");
  }
  if (chunk.expires_.GetBounds().max > UINT64_MAX - *expires_base ||
      chunk.ExpiresBaseAsSealed() != *expires_base) {
    return absl::DataLossError("message chunk: expiries that should be others");
  }
  chunk.expires_ascending_ = chunk.expires_.IsAscending();
  chunk.TakeTotals();
  return chunk;
}

// What SealExpires() would have chosen for these expiries.
uint64_t MessageChunk::ExpiresBaseAsSealed() const {
  uint64_t earliest = 0;
  for (uint64_t i = 0; i < size(); ++i) {
    const uint64_t expires = ExpiresOf(i).value();
    if (expires != 0 && (earliest == 0 || expires < earliest)) earliest = expires;
    if (earliest == expires_base_ + 1) break;  // None can be earlier.
    if (expires_.IsConstant()) break;
  }
  return earliest == 0 ? 0 : earliest - 1;
}

size_t MessageChunk::HeapBytes() const {
  return position_.HeapBytes() + size_.HeapBytes() + level_.HeapBytes() + persistent_.HeapBytes() +
         expires_.HeapBytes();
}

void MessageChunk::CheckInvariants() const {
  for (const Column* column : {&position_, &size_, &level_, &persistent_, &expires_}) {
    WARREN_CHECK(column->size() == size());
    column->CheckInvariants();
  }
  if (empty()) return;
  WARREN_CHECK(expires_ascending_ == expires_.IsAscending());
  if (!totals_) return;
  WARREN_CHECK(ExpiresBaseAsSealed() == expires_base_);
  WARREN_CHECK(position_.GetBounds().min == 0);
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < size(); ++i) bytes += SizeOf(i);
  WARREN_CHECK(totals_->bytes == bytes);
}

}  // namespace warren::queue
