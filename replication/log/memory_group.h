// One group that is kept in memory alone.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/ring.h"
#include "replication/log/group_state.h"
#include "replication/log/log_store.h"

namespace warren::log {

// What a group's log holds, and nothing besides:
//
//      kept: what the snapshot keeps      tail: all of it
//   |--- . . -- . ------- . . --------|=====================|
//                                   base                  last
//
// An entry that a snapshot lets die is let go of at once. Threads: a plain value.
class MemoryGroup {
 public:
  explicit MemoryGroup(raft::GroupId id) : shape_(GroupNo(), id) {}

  // As LogStore::Submit says. INVALID_ARGUMENT: it has changed nothing.
  absl::Status Carry(Write&& write);

  // As LogStore::Read.
  absl::StatusOr<std::vector<raft::Entry>> Read(raft::Index first, raft::Index last,
                                                size_t bytes_max) const;
  RecoveredGroup Describe() const { return shape_.Describe(); }

  // By raft::AccountedBytes, and the snapshot's state.
  size_t bytes() const {
    const raft::SnapshotRef& snapshot = shape_.snapshot();
    return entry_bytes_ + (snapshot == nullptr ? 0 : snapshot->state.size());
  }

 private:
  void Install(raft::SnapshotRef snapshot);
  void BringBack(std::vector<raft::Entry> bodies);
  void TruncateFrom(raft::Index first);
  void Append(std::vector<raft::Entry> entries);
  void TakeSnapshot(raft::SnapshotRef snapshot);
  void Keep(raft::Entry entry);
  void Drop(const base::IntervalSet& dead);
  const raft::Entry* Find(raft::Index index) const;
  absl::Status WhyNot(raft::Index index) const;

  GroupState shape_;  // Without places and recent entries.
  absl::btree_map<raft::Index, raft::Entry> kept_;
  base::Ring<raft::Entry> tail_;
  size_t entry_bytes_ = 0;
};

}  // namespace warren::log
