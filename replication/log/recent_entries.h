// The newest entries of all groups, kept in memory for reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/functional/function_ref.h"

#include "raft/types.h"
#include "replication/log/group_state.h"
#include "replication/log/types.h"

namespace warren::log {

// Entries stand in their group's ring (GroupState::recent), contiguous up to the last one; here is
// the order in which they leave it, oldest first over all groups, once they take more than the
// budget. What is not written yet never leaves: it is nowhere else. So the budget may be passed by
// what is queued.
//
// Threads: a plain value.
class RecentEntries {
 public:
  explicit RecentEntries(size_t bytes_max) : bytes_max_(bytes_max) {}

  // At the end of the group's log; they will be written with `frame`.
  void Add(GroupState& group, std::vector<raft::Entry> entries, FrameNo frame);
  // The group's log ends before `first` now.
  void Truncate(GroupState& group, raft::Index first, FrameNo frame);
  void Forget(GroupState& group);

  // Frames up to `written` can be read from disk. `find` gives null for a group that is gone.
  void Evict(FrameNo written, absl::FunctionRef<GroupState*(GroupNo)> find);

  size_t bytes() const { return bytes_; }

 private:
  // Entries of a group up to `last` are in frames up to `frame`. Void if the group has been
  // truncated since: its epoch tells.
  struct Turn {
    GroupNo group;
    raft::Index last;
    FrameNo frame;
    uint64_t epoch = 0;
  };

  size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<Turn> turns_;  // Frames rise.
};

}  // namespace warren::log
