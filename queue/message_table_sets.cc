// What can be said of many messages at once. A set with millions of gaps is as quick as a range
// where the messages of a chunk are alike, which they mostly are.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "queue/message_table.h"

namespace warren::queue {
namespace {

uint64_t CountIn(const base::IntervalSet& keys, OrderKey first, uint64_t size) {
  return keys.Rank(first.value() + size) - keys.Rank(first.value());
}

// Calls visit(first offset, count) for each run of the set within the chunk.
template <typename Visit>
void ForEachRun(const base::IntervalSet& keys, OrderKey first, uint64_t size, Visit visit) {
  const uint64_t end = first.value() + size;
  for (auto run = keys.NextRun(first.value()); run && run->first < end;) {
    const uint64_t last = std::min(run->last, end - 1);
    visit(run->first - first.value(), last - run->first + 1);
    run = keys.NextRun(last + 1);
  }
}

}  // namespace

void MessageTable::ForEachChunk(VisitChunk visit) const {
  for (const auto& [chunk, sealed] : sealed_) {
    const uint64_t size = sealed.fields->size();
    const uint64_t skip = kChunkKeys - size;
    visit(PlaceIn(sealed, skip), KeyAt(chunk, skip), size);
  }
  if (!open_.empty()) {
    visit(PlaceInOpen(open_skip_), KeyAt(OpenChunk(), open_skip_), open_.size());
  }
}

MessageTable::Totals MessageTable::TotalsOf(const base::IntervalSet& keys) const {
  Totals totals;
  ForEachChunk([&](const Place& place, OrderKey first, uint64_t size) {
    const uint64_t count = CountIn(keys, first, size);
    if (count == 0) return;
    const MessageChunk& fields = *place.fields;
    if (count == size || (fields.SizesAreEqual() && fields.AllOrNonePersist())) {
      // All are as the first one is, or all are in the set.
      const uint64_t of = count == size ? size : 1;
      const uint64_t times = count == size ? 1 : count;
      totals.bytes += fields.BytesIn(0, of) * times;
      totals.persistent += fields.PersistentIn(0, of) * times;
      totals.persistent_bytes += fields.PersistentBytesIn(0, of) * times;
      return;
    }
    ForEachRun(keys, first, size, [&](uint64_t offset, uint64_t run) {
      totals.bytes += fields.BytesIn(offset, run);
      totals.persistent += fields.PersistentIn(offset, run);
      totals.persistent_bytes += fields.PersistentBytesIn(offset, run);
    });
  });
  return totals;
}

void MessageTable::Release(const base::IntervalSet& keys) {
  std::vector<std::pair<uint64_t, uint64_t>> released;  // Chunk, messages.
  uint64_t found = 0;
  ForEachChunk([&](const Place&, OrderKey first, uint64_t size) {
    const uint64_t count = CountIn(keys, first, size);
    found += count;
    if (count > 0) released.emplace_back(ChunkOf(first), count);
  });
  WARREN_CHECK(found == keys.size());
  bool chunk_gone = false;
  for (const auto& [chunk, count] : released) chunk_gone |= ReleaseIn(chunk, count);
  if (chunk_gone) DropAcceptedTimes();
}

std::optional<Priority> MessageTable::LevelOfLasting(const base::IntervalSet& keys) const {
  std::optional<Priority> level;
  bool alike = true;
  ForEachChunk([&](const Place& place, OrderKey first, uint64_t size) {
    if (!alike || CountIn(keys, first, size) == 0) return;
    const MessageChunk& fields = *place.fields;
    const Priority here = fields.LevelOf(0);
    alike = fields.LevelsAreEqual() && fields.AllNeverExpire() && level.value_or(here) == here;
    level = here;
  });
  return alike ? level : std::nullopt;
}

bool MessageTable::AreOfLevel(const base::IntervalSet& keys, Priority level) const {
  bool are = true;
  ForEachChunk([&](const Place& place, OrderKey first, uint64_t size) {
    if (!are || CountIn(keys, first, size) == 0) return;
    const MessageChunk& fields = *place.fields;
    if (fields.LevelsAreEqual()) {
      are = fields.LevelOf(0) == level;
      return;
    }
    ForEachRun(keys, first, size, [&](uint64_t offset, uint64_t run) {
      for (uint64_t i = offset; i < offset + run; ++i) are &= fields.LevelOf(i) == level;
    });
  });
  return are;
}

}  // namespace warren::queue
