#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/interval_set_run_list.h"

namespace warren::base::interval_set_internal {

// A chunk as one bit per position: 8 KiB, whatever it holds.
// Invariant: size() and run_count() are those of the bits; both are kept up by every change.
// Cost: a change is O(1 + positions / 64); Rank() and Select() look at up to 1,024 words.
// Threads: a plain value.
class Bitmap {
 public:
  static constexpr size_t kWords = kChunkPositions / 64;
  using Words = std::array<uint64_t, kWords>;

  Bitmap() = default;
  explicit Bitmap(const Words& words) : words_(words) { Recount(); }

  // Each returns by how much size() changed.
  uint32_t Insert(OffsetRun range);
  uint32_t Erase(OffsetRun range);

  void UnionWith(const Bitmap& other);
  void Subtract(const Bitmap& other);
  void IntersectWith(const Bitmap& other);

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t run_count() const { return run_count_; }
  const Words& words() const { return words_; }  // Bit i of word w is offset 64 * w + i.

  bool Contains(uint16_t offset) const;
  // The run at or after `from`, cut off below `from`.
  std::optional<OffsetRun> NextRun(uint16_t from) const;
  uint16_t Last() const;                 // Requires: !empty().
  uint32_t Rank(uint16_t offset) const;  // How many are below `offset`.
  uint16_t Select(uint32_t rank) const;  // Requires: rank < size().

  void CheckInvariants() const;

 private:
  void Recount();
  // How many runs begin, and how many positions are set, in the words that `range` touches and
  // the one behind it: those are the ones whose counts a change of `range` can alter.
  struct Counts {
    uint32_t positions = 0;
    uint32_t runs = 0;
  };
  Counts CountAround(OffsetRun range) const;
  uint64_t RunStarts(size_t word) const;
  // The first offset at or after `from` that is set (or, inverted, clear); 2^16 if none.
  template <bool kSet>
  uint32_t FindFrom(uint32_t from) const;

  Words words_ = {};
  uint32_t size_ = 0;
  uint32_t run_count_ = 0;
};

}  // namespace warren::base::interval_set_internal
