// How often messages were handed out before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/container/btree_map.h"

#include "queue/types.h"

namespace warren::queue {

struct Tries {
  uint32_t acquired = 0;
  uint32_t failed = 0;
  friend bool operator==(const Tries&, const Tries&) = default;
};

// Counts by ranges of keys; most messages have none, and cost nothing.
//
// Invariant: ranges are apart, and none has counts of zero.
class TryCounts {
 public:
  Tries Of(OrderKey key) const {
    const auto at = Covering(key);
    return at == ranges_.end() ? Tries() : at->second.tries;
  }

  // The first part of `keys` with equal counts.
  struct Piece {
    KeyRange keys;
    Tries tries;
  };
  Piece FirstPiece(KeyRange keys) const {
    const auto next = ranges_.upper_bound(keys.first);
    if (next != ranges_.begin()) {
      const auto& [first, range] = *std::prev(next);
      if (range.last >= keys.first) {
        return {{keys.first, std::min(keys.last, range.last)}, range.tries};
      }
    }
    if (next == ranges_.end() || next->first > keys.last) return {keys, {}};
    return {{keys.first, next->first - 1}, {}};
  }

  // One try more for each of `keys`.
  void Count(KeyRange keys, bool failed) {
    while (true) {
      const Piece piece = FirstPiece(keys);
      Forget(piece.keys);
      Put(piece.keys, {.acquired = Plus(piece.tries.acquired, true),
                       .failed = Plus(piece.tries.failed, failed)});
      if (piece.keys.last == keys.last) return;
      keys.first = piece.keys.last + 1;
    }
  }

  // These messages are gone.
  void Forget(KeyRange keys) {
    if (ranges_.empty()) return;
    auto at = ranges_.upper_bound(keys.first);
    if (at != ranges_.begin() && std::prev(at)->second.last >= keys.first) --at;
    while (at != ranges_.end() && at->first <= keys.last) {
      const OrderKey first = at->first;
      const Range range = at->second;
      at = ranges_.erase(at);
      if (first < keys.first) {
        at = std::next(ranges_.emplace(first, Range{keys.first - 1, range.tries}).first);
      }
      if (range.last > keys.last) {
        at = std::next(ranges_.emplace(keys.last + 1, Range{range.last, range.tries}).first);
      }
    }
  }

  struct Range {
    OrderKey last;
    Tries tries;
  };
  bool empty() const { return ranges_.empty(); }
  // By the first key of each. Neighbours may have equal counts.
  const absl::btree_map<OrderKey, Range>& ranges() const { return ranges_; }
  // Requires: no counts for any of `keys` yet, and not both zero.
  void Put(KeyRange keys, Tries tries) {
    const auto next = ranges_.upper_bound(keys.first);
    if (next != ranges_.begin()) {
      Range& before = std::prev(next)->second;
      if (before.last + 1 == keys.first && before.tries == tries) {
        before.last = keys.last;
        return;
      }
    }
    ranges_.emplace_hint(next, keys.first, Range{keys.last, tries});
  }

  size_t MemoryBytes() const {
    return sizeof(*this) + ranges_.size() * (sizeof(OrderKey) + sizeof(Range));
  }

 private:
  // Counts stand still rather than wrap.
  static uint32_t Plus(uint32_t count, bool one) {
    return count == UINT32_MAX || !one ? count : count + 1;
  }

  absl::btree_map<OrderKey, Range>::const_iterator Covering(OrderKey key) const {
    const auto next = ranges_.upper_bound(key);
    if (next == ranges_.begin()) return ranges_.end();
    const auto at = std::prev(next);
    return at->second.last >= key ? at : ranges_.end();
  }

  absl::btree_map<OrderKey, Range> ranges_;
};

}  // namespace warren::queue
