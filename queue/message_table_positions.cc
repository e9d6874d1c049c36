// Where runs of messages lie.
#include <algorithm>

#include "base/check.h"
#include "queue/message_table.h"

namespace warren::queue {
namespace {

// Differences of positions as numbers.
constexpr uint64_t kNextSlot = 1;
constexpr uint64_t kNextEntry = kSlotsMax;

// Gathers entries, and adds those that touch as one range.
class EntryRange {
 public:
  explicit EntryRange(base::IntervalSet& entries) : entries_(entries) {}
  void Add(uint64_t first, uint64_t last) {
    if (first >= first_ && first <= last_ + 1) {
      last_ = std::max(last_, last);
      return;
    }
    Flush();
    first_ = first;
    last_ = last;
  }
  void Flush() {
    if (first_ <= last_) entries_.InsertRange(first_, last_);
  }

 private:
  base::IntervalSet& entries_;
  uint64_t first_ = UINT64_MAX;  // Above last_: nothing was added yet.
  uint64_t last_ = 0;
};

}  // namespace

Column::Stretch MessageTable::PositionsAt(OrderKey key, const Place& place) const {
  Column::Stretch stretch = place.fields->positions().StretchAt(place.number);
  stretch.value += place.position_base;
  return moved_.empty() ? stretch : moved_.Over(ChunkOf(key), OffsetOf(key), stretch);
}

PositionRun MessageTable::RunAt(OrderKey first, uint64_t count_max) const {
  WARREN_CHECK(count_max > 0);
  const Column::Stretch head = PositionsAt(first, Find(first));
  PositionRun run = {.first = MessageChunk::PositionOf(head.value)};
  uint64_t step = head.step;
  uint64_t count = head.count;
  while (count < count_max && first + count < next_) {
    const OrderKey key = first + count;
    const Place place = TryFind(key);
    if (place.fields == nullptr) break;
    const Column::Stretch more = PositionsAt(key, place);
    if (count == 1) step = more.value - head.value;
    if (more.value != head.value + step * count) break;
    if (step != kNextSlot && step != kNextEntry) break;
    count += more.step == step ? more.count : 1;
  }
  count = std::min(count, count_max);
  if (step == kNextSlot) {
    count = std::min<uint64_t>(count, kSlotsMax - run.first.slot);
  } else if (step != kNextEntry) {
    count = 1;
  }
  run.count = count;
  run.one_per_entry = count > 1 && step == kNextEntry;
  return run;
}

void MessageTable::AddEntries(KeyRange keys, base::IntervalSet& entries) const {
  WARREN_CHECK(keys.first <= keys.last && keys.last < next_);
  EntryRange range(entries);
  for (OrderKey key = keys.first; key <= keys.last;) {
    const Column::Stretch stretch = PositionsAt(key, Find(key));
    const uint64_t count = std::min(stretch.count, keys.last - key + 1);
    if (stretch.step <= kNextEntry) {  // It skips no entry.
      range.Add(stretch.value / kSlotsMax,
                (stretch.value + stretch.step * (count - 1)) / kSlotsMax);
    } else {
      for (uint64_t i = 0; i < count; ++i) {
        const uint64_t entry = (stretch.value + stretch.step * i) / kSlotsMax;
        range.Add(entry, entry);
      }
    }
    key = key + count;
  }
  range.Flush();
}

}  // namespace warren::queue
