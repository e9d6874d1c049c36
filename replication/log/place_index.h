// Where a group's entries lie in the segments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/interval_set.h"
#include "raft/types.h"
#include "replication/log/types.h"

namespace warren::log {

struct EntryPlace {
  FrameNo frame;
  uint32_t offset = 0;  // Of content, from the start of the frame.
  uint32_t bytes = 0;   // Header and payload.
  friend bool operator==(const EntryPlace&, const EntryPlace&) = default;
};

// Entries come in runs, one for each time that some were appended; a run costs 40 bytes, and 4 for
// each entry but the first. Runs go, oldest first, when their segment retires, so what is here is
// bounded by the segments that are kept.
//
//   log      |--run in frame 7--|---run in frame 9---|-run in 12-|     indexes and frames both rise
//   bodies    . .  .                                                   single entries brought back
//
// Knows nothing of what is needed: entries below a snapshot stay until their segment goes.
// Threads: a plain value.
class PlaceIndex {
 public:
  // Entries from `first` on, at `offsets` in the frame; the last ends at `end`. Drops what was at
  // or above `first`. Requires: no frame here is later.
  void Append(raft::Index first, FrameNo frame, std::span<const uint32_t> offsets, uint32_t end);
  // The same, of entries that take the place of lost ones: drops nothing, and comes before the log.
  void AddBodies(raft::Index first, FrameNo frame, std::span<const uint32_t> offsets, uint32_t end);
  void TruncateFrom(raft::Index first);
  // Only these are ours still, at or below the end of a snapshot that was installed; the log above
  // it is empty.
  void KeepOnly(const base::IntervalSet& kept);
  // Everything in frames up to `last` has moved.
  void DropFrames(FrameNo last);

  std::optional<EntryPlace> Find(raft::Index index) const;
  // The first index that the log (not the bodies) has in a frame above this one.
  std::optional<raft::Index> FirstAbove(FrameNo frame) const;
  // Calls visit(index, place) for every entry in frames up to this one; of an index that was
  // brought back only the newer place.
  template <typename Visit>
  void ForEachUpTo(FrameNo frame, Visit&& visit) const;
  // Is anything in frames up to this one?
  bool TouchesUpTo(FrameNo frame) const;
  bool empty() const { return start_ == runs_.size() && bodies_.empty(); }

 private:
  struct Run {
    raft::Index first;
    FrameNo frame;
    uint32_t count = 0;
    uint32_t offset = 0;               // Of the first.
    uint32_t end = 0;                  // Behind the last.
    std::unique_ptr<uint32_t[]> more;  // Offsets of the others.

    EntryPlace At(size_t i) const;
  };
  static Run MakeRun(raft::Index first, FrameNo frame, std::span<const uint32_t> offsets,
                     uint32_t end);
  static std::optional<EntryPlace> FindIn(const Run& run, raft::Index index);

  // A queue: those before start_ are gone. Sorted by index and by frame.
  std::vector<Run> runs_;
  size_t start_ = 0;
  std::map<raft::Index, Run>
      bodies_;  // By the first index; runs of one, so that they never overlap.
};

template <typename Visit>
void PlaceIndex::ForEachUpTo(FrameNo frame, Visit&& visit) const {
  for (size_t r = start_; r < runs_.size() && runs_[r].frame <= frame; ++r) {
    for (uint32_t i = 0; i < runs_[r].count; ++i) {
      const raft::Index index = runs_[r].first + i;
      if (bodies_.empty() || !bodies_.contains(index)) visit(index, runs_[r].At(i));
    }
  }
  for (const auto& [index, body] : bodies_) {
    if (body.frame <= frame) visit(index, body.At(0));
  }
}

}  // namespace warren::log
