// Union, difference, intersection and equality of interval sets: segment by segment.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/interval_set.h"

namespace warren::base {

using interval_set_internal::Chunk;
using interval_set_internal::Segment;

void IntervalSet::UnionWith(const IntervalSet& other) {
  if (this == &other) return;
  other.tree_.ForEach([this](const Segment& segment) {
    if (segment.IsFull()) {
      InsertFullSpan(segment.first, segment.last);
    } else {
      GrowChunk(segment.first, [&segment](Chunk& chunk) { chunk.UnionWith(segment.chunk); });
    }
  });
}

void IntervalSet::Subtract(const IntervalSet& other) {
  if (this == &other) {
    Clear();
    return;
  }
  other.tree_.ForEach([this](const Segment& segment) {
    if (segment.IsFull()) {
      tree_.Remove(segment.first, segment.last);
    } else {
      ShrinkChunk(segment.first, [&segment](Chunk& chunk) { chunk.Subtract(segment.chunk); });
    }
  });
}

void IntervalSet::IntersectWith(const IntervalSet& other) {
  if (this == &other) return;
  uint64_t next = 0;  // The first chunk that is not dealt with yet.
  other.tree_.ForEach([this, &next](const Segment& segment) {
    if (segment.first > next) tree_.Remove(next, segment.first - 1);
    next = segment.last + 1;
    if (segment.IsFull()) return;
    ShrinkChunk(segment.first, [&segment](Chunk& chunk) { chunk.IntersectWith(segment.chunk); });
  });
  if (const Segment* last = tree_.Last(); last != nullptr && last->last >= next) {
    tree_.Remove(next, last->last);
  }
}

bool operator==(const IntervalSet& a, const IntervalSet& b) {
  if (a.size() != b.size()) return false;
  std::vector<const Segment*> segments;
  a.tree_.ForEach([&segments](const Segment& segment) { segments.push_back(&segment); });
  size_t at = 0;
  bool equal = true;
  b.tree_.ForEach([&](const Segment& segment) {
    equal = equal && at < segments.size() && segment.first == segments[at]->first &&
            segment.last == segments[at]->last && segment.chunk == segments[at]->chunk;
    ++at;
  });
  return equal && at == segments.size();
}

}  // namespace warren::base
