#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"

namespace warren::base::interval_set_internal {

// The parts of an IntervalSet work on chunks of 2^16 positions; within one, a position is its
// offset. Both ends of a run belong to it.
inline constexpr uint32_t kChunkPositions = 1 << 16;

struct OffsetRun {
  uint16_t first = 0;
  uint16_t last = 0;
  friend bool operator==(const OffsetRun&, const OffsetRun&) = default;
};

constexpr uint32_t LengthOf(OffsetRun run) { return uint32_t{run.last} - run.first + 1; }

// With this many runs a list takes 8 KiB, as much as a bitmap of the chunk.
inline constexpr size_t kRunsMax = 2048;

// A chunk as the sorted list of its maximal runs: 4 bytes per run, whatever its length.
// Invariants: runs ascend and do not touch; size() is the sum of their lengths.
// Cost: a change is O(log runs) and moves the runs behind it. The list itself takes any number
// of runs; Chunk turns it into a bitmap above kRunsMax, and up to there the list asks for no more
// than 8 KiB of memory.
// Threads: a plain value.
class RunList {
 public:
  // Each returns by how much size() changed.
  uint32_t Insert(OffsetRun range);
  uint32_t Erase(OffsetRun range);

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t run_count() const { return runs_.size(); }
  absl::Span<const OffsetRun> runs() const { return runs_; }

  bool Contains(uint16_t offset) const;
  // The run at or after `from`, cut off below `from`.
  std::optional<OffsetRun> NextRun(uint16_t from) const;
  uint16_t Last() const { return runs_.back().last; }  // Requires: !empty().
  uint32_t Rank(uint16_t offset) const;                // How many are below `offset`.
  uint16_t Select(uint32_t rank) const;                // Requires: rank < size().

  size_t HeapBytes() const;
  void CheckInvariants() const;

 private:
  static constexpr size_t kInlineRuns = 4;  // As many as the pointers take anyway.
  using Runs = absl::InlinedVector<OffsetRun, kInlineRuns>;

  void InsertAt(size_t index, OffsetRun run);
  void SetCapacity(size_t runs);

  Runs runs_;
  uint32_t size_ = 0;
};

}  // namespace warren::base::interval_set_internal
