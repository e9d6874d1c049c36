// The serialised form of a message table:
//
//   varint next key
//   accepted times (queue/accepted_times.cc)
//   varint number of sealed chunks; each of them:
//     varint head: the bits of kHas... below
//     [gap]      varint chunks left out since the one before
//     [live]     varint messages that are not released
//     [base]     varint, zigzag: lowest position less the one before's, less what that was there
//     [fields]   see MessageChunk::AppendTo
//   varint messages of the open chunk; if that is not 0: varint live ones, varint lowest position,
//     fields as if it were sealed
//   moved positions (queue/moved_positions.cc)
//   expiry watch (queue/expiry_watch.cc)
//
// A chunk that goes on as the one before takes one byte.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"

#include "base/status_macros.h"
#include "queue/message_table.h"

namespace warren::queue {
namespace {

// What follows a chunk's head.
constexpr uint64_t kHasGap = 1;
constexpr uint64_t kHasLive = 2;
constexpr uint64_t kHasBase = 4;
constexpr uint64_t kHasFields = 8;
constexpr uint64_t kHeadEnd = 16;

uint64_t ZigZag(uint64_t difference) {
  return (difference << 1) ^ (difference >> 63 == 0 ? 0 : UINT64_MAX);
}
uint64_t UnZigZag(uint64_t coded) { return (coded >> 1) ^ (coded % 2 == 0 ? 0 : UINT64_MAX); }

absl::Status Damaged(const char* what) {
  return absl::DataLossError(std::string("message table: ") + what);
}

bool PositionsFit(const MessageChunk& fields, uint64_t base) {
  return fields.PositionsSpan() <= UINT64_MAX - base;
}

}  // namespace

void MessageTable::AppendTo(std::string* out) const {
  base::PutVarint64(out, next_.value());
  accepted_.AppendTo(out);
  AppendSealedTo(out);
  base::PutVarint64(out, open_.size());
  if (!open_.empty()) {
    MessageChunk sealed = open_;
    const uint64_t position_base = sealed.Seal();
    base::PutVarint64(out, open_live_);
    base::PutVarint64(out, position_base);
    sealed.AppendTo(out);
  }
  moved_.AppendTo(out);
  watch_.AppendTo(out);
}

void MessageTable::AppendSealedTo(std::string* out) const {
  base::PutVarint64(out, sealed_.size());
  uint64_t next_chunk = 0;
  uint64_t position_base = 0;
  uint64_t base_step = 0;
  const MessageChunk* fields = nullptr;
  for (const auto& [chunk, sealed] : sealed_) {
    const uint64_t gap = chunk - next_chunk;
    const uint64_t bend = sealed.position_base - position_base - base_step;
    // Equal fields are one object, unless a chunk between them was there and is gone.
    const bool same =
        fields != nullptr && (fields == sealed.fields.get() || *fields == *sealed.fields);
    const bool all_live = sealed.live == sealed.fields->size();
    base::PutVarint64(out, (gap != 0 ? kHasGap : 0) | (all_live ? 0 : kHasLive) |
                               (bend != 0 ? kHasBase : 0) | (same ? 0 : kHasFields));
    if (gap != 0) base::PutVarint64(out, gap);
    if (!all_live) base::PutVarint64(out, sealed.live);
    if (bend != 0) base::PutVarint64(out, ZigZag(bend));
    if (!same) sealed.fields->AppendTo(out);
    next_chunk = chunk + 1;
    base_step = sealed.position_base - position_base;
    position_base = sealed.position_base;
    fields = sealed.fields.get();
  }
}

absl::StatusOr<MessageTable> MessageTable::Read(base::Reader& reader) {
  MessageTable table;
  const std::optional<uint64_t> next = reader.Varint64();
  if (!next || *next == 0) return Damaged("no next key");
  table.next_ = OrderKey(*next);
  WARREN_ASSIGN_OR_RETURN(table.accepted_, AcceptedTimes::Read(reader));
  WARREN_RETURN_IF_ERROR(table.ReadSealed(reader));
  WARREN_RETURN_IF_ERROR(table.ReadOpen(reader));
  WARREN_ASSIGN_OR_RETURN(table.moved_, MovedPositions::Read(reader, kChunkKeys));
  WARREN_ASSIGN_OR_RETURN(table.watch_, ExpiryWatch::Read(reader));
  WARREN_RETURN_IF_ERROR(table.CheckRead());
  return table;
}

absl::Status MessageTable::ReadSealed(base::Reader& reader) {
  const std::optional<uint64_t> count = reader.Varint64();
  if (!count) return Damaged("the number of chunks is cut off");
  uint64_t next_chunk = 0;
  uint64_t position_base = 0;
  uint64_t base_step = 0;
  std::shared_ptr<const MessageChunk> fields;
  for (uint64_t i = 0; i < *count; ++i) {
    const uint64_t head = reader.Varint64().value_or(kHeadEnd);
    if (head >= kHeadEnd) return Damaged("a chunk's head is unknown or cut off");
    const uint64_t gap = (head & kHasGap) != 0 ? reader.Varint64().value_or(0) : 0;
    const uint64_t live = (head & kHasLive) != 0 ? reader.Varint64().value_or(0) : 0;
    const uint64_t bend = (head & kHasBase) != 0 ? UnZigZag(reader.Varint64().value_or(0)) : 0;
    if (!reader.ok() || ((head & kHasGap) != 0) != (gap != 0) ||
        ((head & kHasLive) != 0) != (live != 0) || ((head & kHasBase) != 0) != (bend != 0)) {
      return Damaged("a chunk is cut off, or says 0");
    }
    if (gap > OpenChunk() || next_chunk + gap >= OpenChunk()) {
      return Damaged("a chunk lies beyond the next key");
    }
    if ((head & kHasFields) != 0) {
      WARREN_ASSIGN_OR_RETURN(MessageChunk read, MessageChunk::Read(reader));
      if (fields != nullptr && *fields == read) return Damaged("fields are written twice");
      fields = std::make_shared<const MessageChunk>(std::move(read));
    }
    if (fields == nullptr) return Damaged("the first chunk has no fields");
    const uint64_t chunk = next_chunk + gap;
    base_step += bend;
    position_base += base_step;
    if (live >= fields->size() || !PositionsFit(*fields, position_base)) {
      return Damaged("a chunk's messages are too many, or lie too high");
    }
    sealed_.emplace_hint(sealed_.end(), chunk,
                         SealedChunk{.fields = fields,
                                     .position_base = position_base,
                                     .live = live == 0 ? fields->size() : live});
    next_chunk = chunk + 1;
  }
  return absl::OkStatus();
}

absl::Status MessageTable::ReadOpen(base::Reader& reader) {
  const std::optional<uint64_t> size = reader.Varint64();
  if (!size || *size > OffsetOf(next_)) return Damaged("the open chunk has no place");
  open_skip_ = OffsetOf(next_) - *size;
  if (*size == 0) return absl::OkStatus();
  const std::optional<uint64_t> live = reader.Varint64();
  const std::optional<uint64_t> position_base = reader.Varint64();
  if (!live || *live == 0 || *live > *size || !position_base) {
    return Damaged("the open chunk is cut off, or has no live messages");
  }
  WARREN_ASSIGN_OR_RETURN(const MessageChunk sealed, MessageChunk::Read(reader));
  if (sealed.size() != *size || !PositionsFit(sealed, *position_base)) {
    return Damaged("the open chunk has other messages than it should");
  }
  for (uint64_t i = 0; i < *size; ++i) {
    open_.Append({.position = MessageChunk::PositionOf(*position_base + sealed.positions().Get(i)),
                  .size = sealed.SizeOf(i),
                  .level = sealed.LevelOf(i),
                  .persistent = sealed.IsPersistent(i),
                  .expires = sealed.ExpiresOf(i)});
  }
  open_live_ = *live;
  return absl::OkStatus();
}

absl::Status MessageTable::CheckRead() const {
  if (accepted_.last_key() >= next_) return Damaged("an accepted time of a key yet to come");
  for (const auto& [chunk, bound] : watch_.bounds()) {
    if (SizeOfChunk(chunk) == 0) return Damaged("expiry of a chunk that is not there");
  }
  for (const uint64_t chunk : moved_.Chunks()) {
    if (SizeOfChunk(chunk) == 0) return Damaged("moved positions of a chunk that is not there");
  }
  return absl::OkStatus();
}

}  // namespace warren::queue
