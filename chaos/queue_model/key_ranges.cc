#include "chaos/queue_model/key_ranges.h"

#include <algorithm>

namespace warren::queue_model {

bool Includes(const std::vector<KeyRange>& ranges, OrderKey key) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const KeyRange& range) {
    return range.first <= key && key <= range.last;
  });
}

std::vector<KeyRange> Without(std::vector<KeyRange> ranges, const std::vector<OrderKey>& keys) {
  std::erase_if(ranges, [](const KeyRange& range) { return range.first > range.last; });
  std::sort(ranges.begin(), ranges.end(),
            [](const KeyRange& a, const KeyRange& b) { return a.first < b.first; });
  std::vector<KeyRange> merged;
  for (const KeyRange& range : ranges) {
    const bool touches = !merged.empty() && (range.first <= merged.back().last ||
                                             range.first - merged.back().last == 1);
    if (touches) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  std::vector<KeyRange> left;
  for (KeyRange range : merged) {
    bool is_over = false;
    for (const OrderKey key : keys) {
      if (is_over || key < range.first || key > range.last) continue;
      if (key > range.first) left.push_back({.first = range.first, .last = key - 1});
      is_over = key == range.last;
      if (!is_over) range.first = key + 1;
    }
    if (!is_over) left.push_back(range);
  }
  return left;
}

}  // namespace warren::queue_model
