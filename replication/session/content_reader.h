// Where the contents of messages come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "replication/host/state_machine.h"
#include "replication/session/queue_entry.h"

namespace warren::replication {

// Entries that a leader needs to look into: the one that is being applied, those read of late, and
// those that are being read. Whoever needs one asks for it, and asks again when Changed() says so.
//
//   Find(index) ── here ──▶ the entry
//        └── not here ──▶ wanted ── SendReads() ──▶ GroupHandle::Read ──▶ OnRead ──▶ here, or gone
//
// An entry that cannot be read is asked for again by itself, for as long as it is live; if it is
// not live, nobody has a claim on its contents any more, and it is gone.
// Bounded: what is here and not needed by the present call, to `bytes_max`; what is asked for, by
// who asks.
// Threads: owned by the group's shard.
class ContentReader {
 public:
  ContentReader(GroupHandle* group, size_t bytes_max) : group_(group), bytes_max_(bytes_max) {}

  struct Found {
    const QueueEntry* entry = nullptr;  // Good until the reader is next called.
    bool gone = false;                  // There is no use in waiting.
  };
  // If it is neither here nor gone it is wanted from now on.
  Found Find(raft::Index index);
  void Put(raft::Index index, const base::Bytes& payload);

  // Asks for what is wanted and not under way.
  void SendReads();
  // True: it was one of ours, and more may be here, or gone, than before.
  bool OnRead(uint64_t tag, const absl::StatusOr<std::vector<raft::Entry>>& entries,
              absl::FunctionRef<bool(raft::Index)> is_live);
  // Entries whose reads failed are wanted again. False: there are none.
  bool Retry();
  bool HasFailed() const { return !failed_.empty(); }

  void Trim();  // Down to bytes_max; what was found before is not good any more.

  const absl::Status& fault() const {
    return fault_;
  }  // Of the last read that failed, until one succeeds.
  uint64_t retried() const { return retried_; }

 private:
  struct Here {
    QueueEntry entry;
    uint64_t used = 0;
  };

  void Use(raft::Index index, Here& here);
  void Failed(raft::Index index, absl::FunctionRef<bool(raft::Index)> is_live);
  void ReadOne(raft::Index index);

  GroupHandle* const group_;
  const size_t bytes_max_;
  absl::btree_map<raft::Index, Here> here_;
  absl::btree_map<uint64_t, raft::Index> by_use_;  // The same; what was not used longest is first.
  size_t bytes_ = 0;
  uint64_t uses_ = 0;
  absl::btree_set<raft::Index> wanted_;
  absl::btree_set<raft::Index> failed_;
  absl::btree_set<raft::Index> gone_;
  absl::btree_map<uint64_t, std::vector<raft::Index>> under_way_;
  absl::btree_set<raft::Index> reading_;  // All of under_way_.
  uint64_t last_tag_ = 0;
  absl::Status fault_;
  uint64_t retried_ = 0;
};

}  // namespace warren::replication
