#include "queue/message_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::queue {

OrderKey MessageTable::Append(const MessageRecord& record, Time accepted) {
  const OrderKey key = next_;
  accepted_.Add(key, accepted);
  open_.Append(record);
  ++open_live_;
  if (record.expires.value() != 0) watch_.Lower(ChunkOf(key), record.expires);
  const bool full = OffsetOf(key) + 1 == kChunkKeys;
  if (full) SealOpenChunk();
  next_ = key + 1;
  return key;
}

void MessageTable::SealOpenChunk() {
  const uint64_t position_base = open_.Seal();
  std::shared_ptr<const MessageChunk> fields;
  if (!sealed_.empty() && *sealed_.rbegin()->second.fields == open_) {
    fields = sealed_.rbegin()->second.fields;
  } else {
    fields = std::make_shared<const MessageChunk>(std::move(open_));
  }
  sealed_.emplace_hint(
      sealed_.end(), OpenChunk(),
      SealedChunk{.fields = std::move(fields), .position_base = position_base, .live = open_live_});
  open_ = {};
  open_skip_ = 0;
  open_live_ = 0;
}

MessageTable::Place MessageTable::PlaceIn(const SealedChunk& chunk, uint64_t offset) {
  // What was skipped when it was open is missing in front.
  const uint64_t skip = kChunkKeys - chunk.fields->size();
  if (offset < skip) return {};
  return {
      .fields = chunk.fields.get(), .position_base = chunk.position_base, .number = offset - skip};
}

MessageTable::Place MessageTable::PlaceInOpen(uint64_t offset) const {
  if (offset < open_skip_) return {};
  return {.fields = &open_, .position_base = 0, .number = offset - open_skip_};
}

MessageTable::Place MessageTable::TryFind(OrderKey key) const {
  WARREN_CHECK(key.value() != 0 && key < next_);
  const uint64_t chunk = ChunkOf(key);
  if (chunk == OpenChunk()) return PlaceInOpen(OffsetOf(key));
  const auto at = sealed_.find(chunk);
  return at == sealed_.end() ? Place{} : PlaceIn(at->second, OffsetOf(key));
}

MessageTable::Place MessageTable::Find(OrderKey key) const {
  const Place place = TryFind(key);
  WARREN_CHECK_MSG(place.fields != nullptr, "the message was released, and its chunk is gone");
  return place;
}

MessageRecord MessageTable::Get(OrderKey key) const {
  const Place place = Find(key);
  return {.position = PositionOf(key),
          .size = place.fields->SizeOf(place.number),
          .level = place.fields->LevelOf(place.number),
          .persistent = place.fields->IsPersistent(place.number),
          .expires = place.fields->ExpiresOf(place.number)};
}

Position MessageTable::PositionOf(OrderKey key) const {
  if (!moved_.empty()) {
    const std::optional<uint64_t> moved = moved_.Find(ChunkOf(key), OffsetOf(key));
    if (moved) return MessageChunk::PositionOf(*moved);
  }
  const Place place = Find(key);
  return MessageChunk::PositionOf(place.position_base +
                                  place.fields->positions().Get(place.number));
}

uint32_t MessageTable::SizeOf(OrderKey key) const {
  const Place place = Find(key);
  return place.fields->SizeOf(place.number);
}

Priority MessageTable::LevelOf(OrderKey key) const {
  const Place place = Find(key);
  return place.fields->LevelOf(place.number);
}

bool MessageTable::IsPersistent(OrderKey key) const {
  const Place place = Find(key);
  return place.fields->IsPersistent(place.number);
}

Time MessageTable::ExpiresOf(OrderKey key) const {
  const Place place = Find(key);
  return place.fields->ExpiresOf(place.number);
}

void MessageTable::SetPosition(OrderKey key, Position position) {
  Find(key);  // It must be there.
  moved_.Set(ChunkOf(key), OffsetOf(key), MessageChunk::NumberOf(position));
}

void MessageTable::Release(KeyRange keys) {
  WARREN_CHECK(keys.first.value() != 0 && keys.first <= keys.last && keys.last < next_);
  const uint64_t last_chunk = ChunkOf(keys.last);
  bool chunk_gone = false;
  for (uint64_t chunk = ChunkOf(keys.first); chunk <= last_chunk; ++chunk) {
    const OrderKey first = std::max(keys.first, KeyAt(chunk, 0));
    const OrderKey last = std::min(keys.last, KeyAt(chunk, kChunkKeys - 1));
    WARREN_CHECK(chunk != OpenChunk() || OffsetOf(first) >= open_skip_);
    chunk_gone |= ReleaseIn(chunk, last - first + 1);
  }
  if (chunk_gone) DropAcceptedTimes();
}

bool MessageTable::ReleaseIn(uint64_t chunk, uint64_t count) {
  if (chunk == OpenChunk()) {
    WARREN_CHECK(open_live_ >= count);
    open_live_ -= count;
    if (open_live_ > 0) return false;
    open_.Clear();
    open_skip_ = OffsetOf(next_);
  } else {
    const auto at = sealed_.find(chunk);
    WARREN_CHECK(at != sealed_.end() && at->second.live >= count);
    at->second.live -= count;
    if (at->second.live > 0) return false;
    sealed_.erase(at);
  }
  moved_.Forget(chunk);
  watch_.Forget(chunk);
  return true;
}

void MessageTable::DropAcceptedTimes() {
  if (sealed_.empty()) {
    accepted_.DropBefore(KeyAt(OpenChunk(), open_skip_));
  } else {
    accepted_.DropBefore(KeyAt(sealed_.begin()->first, 0));
  }
}

void MessageTable::ForEachPart(KeyRange keys, Visit visit) const {
  WARREN_CHECK(keys.first.value() != 0 && keys.first <= keys.last && keys.last < next_);
  const uint64_t first_chunk = ChunkOf(keys.first);
  const uint64_t last_chunk = ChunkOf(keys.last);
  auto at = first_chunk < OpenChunk() ? sealed_.find(first_chunk) : sealed_.end();
  for (uint64_t chunk = first_chunk; chunk <= last_chunk; ++chunk) {
    const uint64_t first = chunk == first_chunk ? OffsetOf(keys.first) : 0;
    const uint64_t last = chunk == last_chunk ? OffsetOf(keys.last) : kChunkKeys - 1;
    Place place;
    if (chunk == OpenChunk()) {
      place = PlaceInOpen(first);
    } else {
      WARREN_CHECK(at != sealed_.end() && at->first == chunk);
      place = PlaceIn(at->second, first);
      ++at;
    }
    WARREN_CHECK(place.fields != nullptr);
    visit(place, last - first + 1);
  }
}

uint64_t MessageTable::BytesIn(KeyRange keys) const {
  uint64_t bytes = 0;
  ForEachPart(keys, [&bytes](const Place& place, uint64_t count) {
    bytes += place.fields->BytesIn(place.number, count);
  });
  return bytes;
}

uint64_t MessageTable::PersistentIn(KeyRange keys) const {
  uint64_t persistent = 0;
  ForEachPart(keys, [&persistent](const Place& place, uint64_t count) {
    persistent += place.fields->PersistentIn(place.number, count);
  });
  return persistent;
}

uint64_t MessageTable::PersistentBytesIn(KeyRange keys) const {
  uint64_t bytes = 0;
  ForEachPart(keys, [&bytes](const Place& place, uint64_t count) {
    bytes += place.fields->PersistentBytesIn(place.number, count);
  });
  return bytes;
}

uint64_t MessageTable::SizeOfChunk(uint64_t chunk) const {
  if (chunk == OpenChunk()) return open_.size();
  const auto at = sealed_.find(chunk);
  return at == sealed_.end() ? 0 : at->second.fields->size();
}

size_t MessageTable::MemoryBytes() const {
  size_t bytes = sizeof(*this) + open_.HeapBytes() + moved_.HeapBytes() + accepted_.HeapBytes() +
                 watch_.HeapBytes();
  constexpr size_t kShareCounts = 16;
  const MessageChunk* last = nullptr;
  for (const auto& [chunk, sealed] : sealed_) {
    if (sealed.fields.get() != last) bytes += kShareCounts + sealed.fields->MemoryBytes();
    last = sealed.fields.get();
  }
  // The tree's nodes are between half full and full.
  return bytes + sealed_.size() * sizeof(std::pair<uint64_t, SealedChunk>) * 3 / 2;
}

void MessageTable::CheckInvariants() const {
  open_.CheckInvariants();
  watch_.CheckInvariants();
  WARREN_CHECK(open_.empty() == (open_live_ == 0) && open_live_ <= open_.size());
  WARREN_CHECK(open_skip_ + open_.size() == OffsetOf(next_));
  for (const auto& [chunk, sealed] : sealed_) {
    WARREN_CHECK(chunk < OpenChunk());
    WARREN_CHECK(sealed.live > 0 && sealed.live <= sealed.fields->size());
    WARREN_CHECK(sealed.fields->size() <= kChunkKeys);
    sealed.fields->CheckInvariants();
  }
  for (const auto& [chunk, bound] : watch_.bounds()) WARREN_CHECK(SizeOfChunk(chunk) > 0);
  for (const uint64_t chunk : moved_.Chunks()) WARREN_CHECK(SizeOfChunk(chunk) > 0);
}

}  // namespace warren::queue
