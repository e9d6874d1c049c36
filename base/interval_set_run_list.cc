#include "base/interval_set_run_list.h"

#include <algorithm>

#include "base/check.h"

namespace warren::base::interval_set_internal {
namespace {

// The first run that does not end below `offset`.
template <typename Runs>
auto FirstReaching(Runs& runs, uint32_t offset) {
  return std::lower_bound(runs.begin(), runs.end(), offset,
                          [](OffsetRun run, uint32_t at) { return run.last < at; });
}

// The first run that begins above `offset`.
template <typename Runs>
auto FirstBeyond(Runs& runs, uint32_t offset) {
  return std::upper_bound(runs.begin(), runs.end(), offset,
                          [](uint32_t at, OffsetRun run) { return at < run.first; });
}

}  // namespace

uint32_t RunList::Insert(OffsetRun range) {
  // Runs that overlap the range or touch it, so also those that end right before it begins.
  const auto begin = FirstReaching(runs_, range.first == 0 ? 0u : range.first - 1u);
  const auto end = FirstBeyond(runs_, range.last + 1u);
  if (begin == end) {
    InsertAt(static_cast<size_t>(begin - runs_.begin()), range);
    size_ += LengthOf(range);
    return LengthOf(range);
  }
  uint32_t before = 0;
  for (auto run = begin; run != end; ++run) before += LengthOf(*run);
  const OffsetRun merged = {.first = std::min(range.first, begin->first),
                            .last = std::max(range.last, (end - 1)->last)};
  *begin = merged;
  runs_.erase(begin + 1, end);
  const uint32_t added = LengthOf(merged) - before;
  size_ += added;
  return added;
}

uint32_t RunList::Erase(OffsetRun range) {
  const auto begin = FirstReaching(runs_, range.first);
  const auto end = FirstBeyond(runs_, range.last);
  if (begin >= end) return 0;
  uint32_t removed = 0;
  for (auto run = begin; run != end; ++run) removed += LengthOf(*run);
  // What stands out of the range on either side stays.
  OffsetRun kept[2];
  ptrdiff_t kept_count = 0;
  if (begin->first < range.first) {
    kept[kept_count++] = {.first = begin->first, .last = static_cast<uint16_t>(range.first - 1)};
  }
  if ((end - 1)->last > range.last) {
    kept[kept_count++] = {.first = static_cast<uint16_t>(range.last + 1), .last = (end - 1)->last};
  }
  for (ptrdiff_t i = 0; i < kept_count; ++i) removed -= LengthOf(kept[i]);
  if (kept_count > end - begin) {  // A run is cut in two.
    *begin = kept[0];
    InsertAt(static_cast<size_t>(begin - runs_.begin()) + 1, kept[1]);
  } else {
    runs_.erase(std::copy(kept, kept + kept_count, begin), end);
    if (runs_.size() < runs_.capacity() / 4) SetCapacity(2 * runs_.size());
  }
  size_ -= removed;
  return removed;
}

// The vector's own growth would double 2,047 to 4,094 and so miss the bound by half.
void RunList::InsertAt(size_t index, OffsetRun run) {
  const size_t count = runs_.size();
  if (count == runs_.capacity()) {
    SetCapacity(count < kRunsMax ? std::min(2 * count, kRunsMax) : 2 * count);
  }
  runs_.insert(runs_.begin() + static_cast<ptrdiff_t>(index), run);
}

void RunList::SetCapacity(size_t runs) {
  Runs resized;
  resized.reserve(runs);
  resized.assign(runs_.begin(), runs_.end());
  runs_.swap(resized);
}

bool RunList::Contains(uint16_t offset) const {
  const auto run = FirstReaching(runs_, offset);
  return run != runs_.end() && run->first <= offset;
}

std::optional<OffsetRun> RunList::NextRun(uint16_t from) const {
  const auto run = FirstReaching(runs_, from);
  if (run == runs_.end()) return std::nullopt;
  return OffsetRun{.first = std::max(run->first, from), .last = run->last};
}

uint32_t RunList::Rank(uint16_t offset) const {
  uint32_t rank = 0;
  for (const OffsetRun run : runs_) {
    if (run.first >= offset) break;
    rank += run.last < offset ? LengthOf(run) : uint32_t{offset} - run.first;
  }
  return rank;
}

uint16_t RunList::Select(uint32_t rank) const {
  for (const OffsetRun run : runs_) {
    if (rank < LengthOf(run)) return static_cast<uint16_t>(run.first + rank);
    rank -= LengthOf(run);
  }
  WARREN_CHECK_MSG(false, "rank below size()");
  return 0;
}

size_t RunList::HeapBytes() const {
  return runs_.capacity() > kInlineRuns ? runs_.capacity() * sizeof(OffsetRun) : 0;
}

void RunList::CheckInvariants() const {
  uint32_t size = 0;
  for (size_t i = 0; i < runs_.size(); ++i) {
    WARREN_CHECK(runs_[i].first <= runs_[i].last);
    WARREN_CHECK(i == 0 || runs_[i - 1].last + 1 < runs_[i].first);
    size += LengthOf(runs_[i]);
  }
  WARREN_CHECK(size == size_);
}

}  // namespace warren::base::interval_set_internal
