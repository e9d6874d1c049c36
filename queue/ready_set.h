// Which messages wait for a consumer, in the order in which they go.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"

#include "base/interval_set.h"
#include "queue/types.h"

namespace warren::queue {

// Keys by level; within a level the oldest goes first. Costs memory per gap. A message that comes
// back is at its old place by nature.
class ReadySet {
 public:
  struct Run {
    Priority level = 0;
    KeyRange keys;
  };

  // Requires: none of the keys is in it; all of them are in it at this level.
  void Insert(Priority level, KeyRange keys);
  void Insert(Priority level, const base::IntervalSet& keys);
  void Erase(Priority level, KeyRange keys);
  void Clear();

  bool Contains(Priority level, OrderKey key) const;
  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // What goes next: the first run of the highest level.
  std::optional<Run> First() const;
  // What is dropped first: the first run of the lowest level.
  std::optional<Run> FirstOfLowest() const;
  // The oldest of all.
  std::optional<OrderKey> Oldest() const;

  struct Level {
    Priority level = 0;
    base::IntervalSet keys;
  };
  // Highest first. Some may be empty.
  const absl::InlinedVector<Level, 1>& levels() const { return levels_; }

  size_t MemoryBytes() const;
  void CheckInvariants() const;

 private:
  Level* Find(Priority level);
  Level& FindOrAdd(Priority level);

  // Descending. Levels that ran empty stay: a queue that is drained as it is filled would otherwise
  // allocate for each message.
  absl::InlinedVector<Level, 1> levels_;
  uint64_t size_ = 0;
};

}  // namespace warren::queue
