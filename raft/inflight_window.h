// How much may be on its way to a member.
#pragma once

#include <cstddef>
#include <vector>

#include "raft/types.h"

namespace warren::raft {

// The appends that left and were not acknowledged, bounded by their number and by their bytes:
// the first bounds work after a loss, the second is what fills a link (bandwidth times delay).
// The byte bound is checked before and not after an append, so the last one may exceed it.
// The ring grows to its bound as it is used, and then allocates no more.
class InflightWindow {
 public:
  InflightWindow() = default;
  InflightWindow(size_t messages_max, size_t bytes_max)
      : messages_max_(messages_max), bytes_max_(bytes_max) {}

  // An append whose last entry is `last` left. Requires: not full; last above all earlier ones.
  void Add(Index last, size_t bytes);
  // Everything up to `index` has arrived.
  void FreeUpTo(Index index);
  void Reset();

  bool IsFull() const { return count_ >= messages_max_ || bytes_ >= bytes_max_; }
  size_t count() const { return count_; }

 private:
  struct Inflight {
    Index last;
    size_t bytes = 0;
  };
  void Grow();

  std::vector<Inflight> ring_;  // Oldest at start_; size is a power of two.
  size_t start_ = 0;
  size_t count_ = 0;
  size_t bytes_ = 0;
  size_t messages_max_ = 1;
  size_t bytes_max_ = 1;
};

}  // namespace warren::raft
