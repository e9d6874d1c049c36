// Groups that are gone for ever.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

#include "base/interval_set.h"
#include "raft/types.h"
#include "replication/host/planted_bug.h"
#include "replication/host/types.h"
#include "replication/log/log_store.h"

namespace warren::replication {

// The log's group that holds what a node remembers beside its groups. No group of a cluster has
// this number.
inline constexpr GroupId kNodeGroup(UINT64_MAX);

// The numbers of all groups that were removed here. A message of old, or a member that has slept,
// must not bring one of them back to life, with nothing in it. Kept in the log: what is buried
// before a group is destroyed is durable no later than that.
//
// A group in memory is written down when it is made: it ends with this life of the node, whether or
// not anybody removes it, and the next life must know that it was there. (docs/decisions/0017.)
//
// Numbers that are given in order cost next to nothing here; random ones some 10 bytes each.
// Threads: any.
class Graveyard {
 public:
  explicit Graveyard(HostBug bug) : bug_(bug) {}

  // From what the log has recovered of kNodeGroup; null: it has nothing, and a beginning is made.
  absl::Status Open(log::LogStore* log, const log::RecoveredGroup* found);

  bool Holds(GroupId group) const;
  // RESOURCE_EXHAUSTED: the log has no room for that now.
  absl::Status Bury(GroupId group);
  // It counts as buried from the node's next life on. The same errors. Burying it is free then.
  absl::Status Foretell(GroupId group);

 private:
  absl::Status WriteWith(GroupId group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const HostBug bug_;
  log::LogStore* log_ = nullptr;
  mutable absl::Mutex mutex_;
  base::IntervalSet gone_ ABSL_GUARDED_BY(mutex_);
  base::IntervalSet foretold_ ABSL_GUARDED_BY(mutex_);  // Written down as gone, and alive.
  raft::Index version_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace warren::replication
