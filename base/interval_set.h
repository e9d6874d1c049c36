#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "base/interval_set_tree.h"

namespace warren::base {

// A set of positions that costs memory per gap and not per position: which messages of a queue
// are ready, which entries of a log are still needed.
//
//   positions   0 .......................................................................> 2^64
//   chunks      |  2^16  |  2^16  |  2^16  |  2^16  |  2^16  |  2^16  |  2^16  |
//   the set      ....####|########|########|########|###.#...|        |#.#.#.#.|
//   segments     [runs  ] [          one full span  ][runs   ]         [bitmap ]
//
// A chunk holds the list of its runs, or a bitmap once that is smaller; neighbouring full chunks
// are one span of any length. So a first-in-first-out backlog of any depth takes a few hundred
// bytes, and no set takes more than 1/8 byte per position of the chunks it touches, plus about
// 100 bytes for each of these (IntervalSetTest.WorstCase... holds it to that).
//
// Cost: Insert, Erase, Contains, NextRun and PopFirst are O(log segments) plus work within one
// chunk, which is bounded: at worst 8 KiB are moved or scanned, for a FIFO queue one run is looked
// at. Range operations touch the chunks at both ends; what lies between is dropped at O(1) each,
// which whoever inserted it has paid for.
//
// Iteration is in ascending order. Equal sets give equal results and equal bytes, however they
// came about, so replicas may hash or compare them.
// Threads: a plain value.
class IntervalSet {
 public:
  IntervalSet() = default;

  // UINT64_MAX is not a position: so size() fits into 64 bits, and one past a run is a position
  // or UINT64_MAX. Requires, for every position given to a change: <= kPositionMax.
  static constexpr uint64_t kPositionMax = UINT64_MAX - 1;

  struct Run {
    uint64_t first = 0;
    uint64_t last = 0;  // Included.
    friend bool operator==(const Run&, const Run&) = default;
  };

  // Each returns how many positions it added or removed. Ranges include both ends.
  // Requires: first <= last.
  uint64_t Insert(uint64_t position) { return InsertRange(position, position); }
  uint64_t InsertRange(uint64_t first, uint64_t last);
  uint64_t Erase(uint64_t position) { return EraseRange(position, position); }
  uint64_t EraseRange(uint64_t first, uint64_t last);
  std::optional<uint64_t> PopFirst();  // Removes the lowest position.
  void Clear() { tree_ = {}; }

  uint64_t size() const { return tree_.size(); }
  bool empty() const { return size() == 0; }
  bool Contains(uint64_t position) const;
  std::optional<uint64_t> First() const;
  std::optional<uint64_t> Last() const;

  // How many positions of the set are below this one.
  uint64_t Rank(uint64_t position) const;
  // The position with so many below it: Select(Rank(p)) is p for each p of the set. nullopt if
  // there are no more than `rank`.
  std::optional<uint64_t> Select(uint64_t rank) const;

  // The part at or after `from` of the first maximal run that has one. From 0 on, and from each
  // run's last + 1, this gives all maximal runs; the set may change in between.
  std::optional<Run> NextRun(uint64_t from) const;

  // All maximal runs: for (const IntervalSet::Run& run : set.Runs()). The set must live and stay
  // unchanged meanwhile.
  class RunIterator;
  class RunRange;
  RunRange Runs() const;

  // In place. O(other's segments * log(segments)), a chunk against a chunk 64 positions at a time.
  void UnionWith(const IntervalSet& other);
  void Subtract(const IntervalSet& other);
  void IntersectWith(const IntervalSet& other);

  friend bool operator==(const IntervalSet& a, const IntervalSet& b);

  // The format is docs/formats/interval_set.md. Deserialize() takes exactly what Serialize()
  // gives, and answers anything else with DATA_LOSS (or UNIMPLEMENTED for a later version); it
  // uses at most kDecodedBytesPerByte bytes of memory per byte of input. Both are O(segments).
  std::string Serialize() const;
  static absl::StatusOr<IntervalSet> Deserialize(std::string_view bytes);
  static constexpr size_t kDecodedBytesPerByte = 64;

  // Asked of the allocator, without its own overhead, and this object itself. O(segments).
  size_t MemoryBytes() const { return sizeof(*this) + tree_.HeapBytes(); }

  // Stops the process if a structural invariant does not hold. O(memory): for tests.
  void CheckInvariants() const;

 private:
  using ChangeChunk = absl::FunctionRef<void(interval_set_internal::Chunk&)>;

  explicit IntervalSet(interval_set_internal::SegmentTree tree) : tree_(std::move(tree)) {}

  // Change one chunk by a function that only adds (and leaves something in it), or only removes.
  void GrowChunk(uint64_t chunk, ChangeChunk grow);
  void ShrinkChunk(uint64_t chunk, ChangeChunk shrink);
  uint64_t InsertIntoChunk(uint64_t chunk, interval_set_internal::OffsetRun range);
  uint64_t EraseFromChunk(uint64_t chunk, interval_set_internal::OffsetRun range);
  void InsertFullSpan(uint64_t first_chunk, uint64_t last_chunk);

  // Invariant: full neighbours are in one segment, so equal sets have the same segments.
  interval_set_internal::SegmentTree tree_;
};

class IntervalSet::RunIterator {
 public:
  using value_type = Run;
  using difference_type = std::ptrdiff_t;

  RunIterator() = default;
  explicit RunIterator(const IntervalSet* set) : set_(set), run_(set->NextRun(0)) {}

  const Run& operator*() const { return *run_; }
  const Run* operator->() const { return &*run_; }
  RunIterator& operator++() {
    run_ = set_->NextRun(run_->last + 1);
    return *this;
  }
  RunIterator operator++(int) {
    RunIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const RunIterator& a, const RunIterator& b) { return a.run_ == b.run_; }
  friend bool operator==(const RunIterator& a, std::default_sentinel_t) {
    return !a.run_.has_value();
  }

 private:
  const IntervalSet* set_ = nullptr;
  std::optional<Run> run_;
};

class IntervalSet::RunRange {
 public:
  explicit RunRange(const IntervalSet* set) : set_(set) {}
  RunIterator begin() const { return RunIterator(set_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  const IntervalSet* set_;
};

inline IntervalSet::RunRange IntervalSet::Runs() const { return RunRange(this); }

}  // namespace warren::base
