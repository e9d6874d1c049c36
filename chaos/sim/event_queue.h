// What is going to happen, in the order in which it will.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"
#include "chaos/sim/time.h"

namespace warren::sim {

// Ordered by time, and at equal times by the order of Push: a run that is repeated pushes in the
// same order, so it pops in the same order too. That is all that determinism asks of it.
template <typename T>
class EventQueue {
 public:
  struct Due {
    Time at;
    uint64_t sequence = 0;
    T what;
  };

  void Push(Time at, T what) {
    heap_.push_back({.at = at, .sequence = next_sequence_++, .what = std::move(what)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }

  // Requires: not empty.
  Due Pop() {
    WARREN_CHECK(!heap_.empty());
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    Due due = std::move(heap_.back());
    heap_.pop_back();
    return due;
  }

  bool empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  Time NextAt() const { return heap_.front().at; }  // Requires: not empty.

 private:
  static bool Later(const Due& a, const Due& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }

  std::vector<Due> heap_;
  uint64_t next_sequence_ = 0;
};

}  // namespace warren::sim
