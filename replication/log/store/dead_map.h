// Which stored entries nobody needs any more.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/container/flat_hash_map.h"

#include "raft/snapshot.h"
#include "raft/types.h"
#include "replication/log/types.h"

namespace warren::log {

// What the compaction filter asks. An entry is dead if its group is, or if it lies at or below a
// snapshot that does not keep it; and that snapshot must be durable *in the store*, or a crash
// would bring an older one back which still needs the entry.
//
// Until Load() has been called everything is alive: RocksDB may compact while it opens, before
// anybody could have said what is needed.
//
// Threads: any.
class DeadMap {
 public:
  void Load();

  // Requires: the snapshot is synced in the store. One that ends below what is known already is
  // ignored. Store does this itself for what it has loaded or applied.
  void SetSnapshot(GroupNo group, raft::SnapshotRef snapshot);
  void SetDestroyed(GroupNo group);
  void Forget(GroupNo group);  // A destroyed one whose keys are gone.

  struct Verdict {
    bool dead = false;
    // If dead: the first index above that is alive; nullopt: nothing of the group is.
    std::optional<raft::Index> next_live;
    friend bool operator==(const Verdict&, const Verdict&) = default;
  };
  Verdict Judge(GroupNo group, raft::Index index) const;

  // At most so many of `count` entries that lie within [first, last] are alive; exact if all that
  // could be there are. Requires: 0 < first <= last.
  uint64_t AliveAtMost(GroupNo group, raft::Index first, raft::Index last, uint64_t count) const;

  // What is known of one group, to be asked about many of its entries without this map. It may
  // grow old: then it takes for alive what has died since, never the other way round.
  struct State {
    bool destroyed = false;
    raft::SnapshotRef snapshot;

    Verdict Judge(raft::Index index) const;
  };
  State StateOf(GroupNo group) const;

 private:
  mutable std::mutex mutex_;
  bool loaded_ = false;
  absl::flat_hash_map<GroupNo, State> groups_;
};

}  // namespace warren::log
