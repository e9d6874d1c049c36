#include "base/interval_set.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::base {
namespace {

using interval_set_internal::Chunk;
using interval_set_internal::kChunkPositions;
using interval_set_internal::OffsetRun;
using interval_set_internal::Segment;

constexpr uint16_t kLastOffset = kChunkPositions - 1;

constexpr uint64_t ChunkOf(uint64_t position) { return position / kChunkPositions; }
constexpr uint16_t OffsetOf(uint64_t position) {
  return static_cast<uint16_t>(position % kChunkPositions);
}
constexpr uint64_t PositionOf(uint64_t chunk, uint16_t offset) {
  return chunk * kChunkPositions + offset;
}

// The range's share of one chunk; ChunkOf(first) <= chunk <= ChunkOf(last).
constexpr OffsetRun ShareOf(uint64_t chunk, uint64_t first, uint64_t last) {
  return {.first = chunk == ChunkOf(first) ? OffsetOf(first) : uint16_t{0},
          .last = chunk == ChunkOf(last) ? OffsetOf(last) : kLastOffset};
}

// The segment's run at or after `from`, cut off below it and at the segment's end.
std::optional<IntervalSet::Run> NextRunIn(const Segment& segment, uint64_t from) {
  from = std::max(from, PositionOf(segment.first, 0));
  if (segment.IsFull()) {
    return IntervalSet::Run{.first = from, .last = PositionOf(segment.last, kLastOffset)};
  }
  const std::optional<OffsetRun> run = segment.chunk.NextRun(OffsetOf(from));
  if (!run) return std::nullopt;
  return IntervalSet::Run{.first = PositionOf(segment.first, run->first),
                          .last = PositionOf(segment.first, run->last)};
}

}  // namespace

uint64_t IntervalSet::InsertRange(uint64_t first, uint64_t last) {
  WARREN_CHECK(first <= last && last <= kPositionMax);
  const uint64_t first_chunk = ChunkOf(first);
  const uint64_t last_chunk = ChunkOf(last);
  if (first_chunk == last_chunk) {
    return InsertIntoChunk(first_chunk, {.first = OffsetOf(first), .last = OffsetOf(last)});
  }
  const uint64_t before = size();
  if (last_chunk - first_chunk > 1) InsertFullSpan(first_chunk + 1, last_chunk - 1);
  InsertIntoChunk(first_chunk, ShareOf(first_chunk, first, last));
  InsertIntoChunk(last_chunk, ShareOf(last_chunk, first, last));
  return size() - before;
}

uint64_t IntervalSet::EraseRange(uint64_t first, uint64_t last) {
  WARREN_CHECK(first <= last && last <= kPositionMax);
  const uint64_t first_chunk = ChunkOf(first);
  const uint64_t last_chunk = ChunkOf(last);
  if (first_chunk == last_chunk) {
    return EraseFromChunk(first_chunk, {.first = OffsetOf(first), .last = OffsetOf(last)});
  }
  const uint64_t before = size();
  if (last_chunk - first_chunk > 1) tree_.Remove(first_chunk + 1, last_chunk - 1);
  EraseFromChunk(first_chunk, ShareOf(first_chunk, first, last));
  EraseFromChunk(last_chunk, ShareOf(last_chunk, first, last));
  return before - size();
}

uint64_t IntervalSet::InsertIntoChunk(uint64_t chunk, OffsetRun range) {
  uint64_t added = 0;
  GrowChunk(chunk, [&added, range](Chunk& content) { added = content.Insert(range); });
  return added;
}

uint64_t IntervalSet::EraseFromChunk(uint64_t chunk, OffsetRun range) {
  uint64_t removed = 0;
  ShrinkChunk(chunk, [&removed, range](Chunk& content) { removed = content.Erase(range); });
  return removed;
}

void IntervalSet::GrowChunk(uint64_t chunk, ChangeChunk grow) {
  bool became_full = false;
  const bool found = tree_.Update(chunk, [&became_full, grow](Segment& segment) {
    if (segment.IsFull()) return;  // Perhaps many chunks; there is nothing to add anyway.
    grow(segment.chunk);
    became_full = segment.IsFull();
  });
  if (!found) {
    Segment fresh = {.first = chunk, .last = chunk, .chunk = {}};
    grow(fresh.chunk);
    became_full = fresh.IsFull();
    tree_.Insert(std::move(fresh));
  }
  if (became_full) InsertFullSpan(chunk, chunk);
}

void IntervalSet::ShrinkChunk(uint64_t chunk, ChangeChunk shrink) {
  bool is_full = false;
  bool became_empty = false;
  tree_.Update(chunk, [&is_full, &became_empty, shrink](Segment& segment) {
    is_full = segment.IsFull();
    if (is_full) return;
    shrink(segment.chunk);
    became_empty = segment.chunk.empty();
  });
  if (is_full) {  // Perhaps in the middle of a span: cut this chunk out and put the rest back.
    Segment rest = {.first = chunk, .last = chunk, .chunk = Chunk::Full()};
    shrink(rest.chunk);
    tree_.Remove(chunk, chunk);
    if (rest.chunk.IsFull()) {
      InsertFullSpan(chunk, chunk);
    } else if (!rest.chunk.empty()) {
      tree_.Insert(std::move(rest));
    }
  } else if (became_empty) {
    tree_.Remove(chunk, chunk);
  }
}

void IntervalSet::InsertFullSpan(uint64_t first_chunk, uint64_t last_chunk) {
  if (first_chunk > 0) {
    const Segment* below = tree_.Find(first_chunk - 1);
    if (below != nullptr && below->IsFull()) first_chunk = below->first;
  }
  const Segment* above = tree_.Find(last_chunk + 1);
  if (above != nullptr && above->IsFull()) last_chunk = above->last;
  tree_.Remove(first_chunk, last_chunk);
  tree_.Insert({.first = first_chunk, .last = last_chunk, .chunk = Chunk::Full()});
}

std::optional<uint64_t> IntervalSet::PopFirst() {
  const std::optional<uint64_t> first = First();
  if (first) Erase(*first);
  return first;
}

bool IntervalSet::Contains(uint64_t position) const {
  const Segment* segment = tree_.Find(ChunkOf(position));
  return segment != nullptr && segment->chunk.Contains(OffsetOf(position));
}

std::optional<uint64_t> IntervalSet::First() const {
  const Segment* segment = tree_.First();
  if (segment == nullptr) return std::nullopt;
  return PositionOf(segment->first, segment->chunk.NextRun(0)->first);
}

std::optional<uint64_t> IntervalSet::Last() const {
  const Segment* segment = tree_.Last();
  if (segment == nullptr) return std::nullopt;
  return PositionOf(segment->last, segment->chunk.Last());
}

uint64_t IntervalSet::Rank(uint64_t position) const {
  const uint64_t chunk = ChunkOf(position);
  const auto [segment, before] = tree_.PlaceOf(chunk);
  if (segment == nullptr || segment->first > chunk) return before;
  const uint64_t full_chunks = chunk - segment->first;
  return before + full_chunks * kChunkPositions + segment->chunk.Rank(OffsetOf(position));
}

std::optional<uint64_t> IntervalSet::Select(uint64_t rank) const {
  if (rank >= size()) return std::nullopt;
  const auto [segment, before] = tree_.PlaceOfRank(rank);
  const uint64_t within = rank - before;
  if (segment->IsFull()) return PositionOf(segment->first, 0) + within;
  return PositionOf(segment->first, segment->chunk.Select(static_cast<uint32_t>(within)));
}

std::optional<IntervalSet::Run> IntervalSet::NextRun(uint64_t from) const {
  const Segment* segment = tree_.PlaceOf(ChunkOf(from)).segment;
  if (segment == nullptr) return std::nullopt;
  std::optional<Run> run = NextRunIn(*segment, from);
  if (!run) {  // The segment reaches the chunk, but has nothing behind `from`.
    segment = tree_.PlaceOf(segment->last + 1).segment;
    if (segment == nullptr) return std::nullopt;
    run = NextRunIn(*segment, 0);
  }
  // A run may go on in the next segments: at most two, since full neighbours are one.
  while (OffsetOf(run->last) == kLastOffset) {
    segment = tree_.Find(segment->last + 1);
    if (segment == nullptr || !segment->chunk.Contains(0)) break;
    run->last = NextRunIn(*segment, 0)->last;
  }
  return run;
}

void IntervalSet::CheckInvariants() const {
  tree_.CheckInvariants();
  const Segment* previous = nullptr;
  tree_.ForEach([&previous](const Segment& segment) {
    WARREN_CHECK(segment.last <= ChunkOf(kPositionMax));
    WARREN_CHECK(previous == nullptr || previous->last + 1 < segment.first || !previous->IsFull() ||
                 !segment.IsFull());
    previous = &segment;
  });
}

}  // namespace warren::base
