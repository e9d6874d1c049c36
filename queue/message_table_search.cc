// From a place in the log back to messages.
#include <algorithm>

#include "queue/message_table.h"

namespace warren::queue {

std::vector<OrderKey> MessageTable::KeysOf(EntryIndex entry) const {
  std::vector<OrderKey> keys;
  const auto look = [&](uint64_t chunk, uint64_t skip, const Place& place, uint64_t size) {
    const OrderKey first = KeyAt(chunk, skip);
    for (uint64_t i = 0; i < size;) {
      const OrderKey key = first + i;
      Place at = place;
      at.number = i;
      const Column::Stretch stretch = PositionsAt(key, at);
      const uint64_t count = std::min(stretch.count, size - i);
      for (uint64_t j = 0; j < count; ++j) {
        const uint64_t position = stretch.value + stretch.step * j;
        if (position / kSlotsMax == entry.value()) keys.push_back(key + j);
      }
      i += count;
    }
  };
  const std::vector<uint64_t> moved = moved_.Chunks();
  for (const auto& [chunk, sealed] : sealed_) {
    const uint64_t lowest = sealed.position_base / kSlotsMax;
    const uint64_t highest = (sealed.position_base + sealed.fields->PositionsSpan()) / kSlotsMax;
    const bool may_hold = (lowest <= entry.value() && entry.value() <= highest) ||
                          std::binary_search(moved.begin(), moved.end(), chunk);
    if (!may_hold) continue;
    const uint64_t skip = kChunkKeys - sealed.fields->size();
    look(chunk, skip, PlaceIn(sealed, skip), sealed.fields->size());
  }
  if (!open_.empty()) look(OpenChunk(), open_skip_, PlaceInOpen(open_skip_), open_.size());
  return keys;
}

bool MessageTable::Holds(const base::IntervalSet& keys) const {
  if (keys.size() != live()) return false;
  const auto count = [&](uint64_t chunk, uint64_t skip, uint64_t size) {
    const uint64_t first = KeyAt(chunk, skip).value();
    return keys.Rank(first + size) - keys.Rank(first);
  };
  for (const auto& [chunk, sealed] : sealed_) {
    const uint64_t size = sealed.fields->size();
    if (count(chunk, kChunkKeys - size, size) != sealed.live) return false;
  }
  return open_.empty() || count(OpenChunk(), open_skip_, open_.size()) == open_live_;
}

uint64_t MessageTable::live() const {
  uint64_t live = open_live_;
  for (const auto& [chunk, sealed] : sealed_) live += sealed.live;
  return live;
}

}  // namespace warren::queue
