// All groups of a log.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "raft/types.h"
#include "replication/log/group_state.h"
#include "replication/log/store/store.h"
#include "replication/log/types.h"
#include "replication/log/wal/log_scan.h"

namespace warren::log {

// Groups by number and by id; the numbers that were given; and whose remains the store may hold
// still.
//
// Threads: a plain value.
class GroupTable {
 public:
  GroupState* Find(raft::GroupId group) const;
  GroupState* Find(GroupNo no) const;
  // Requires: neither the id nor the number is here.
  GroupState& Add(std::unique_ptr<GroupState> group);
  // It was destroyed in `frame`.
  void Destroy(GroupState& group, FrameNo frame);

  // By number.
  const std::map<GroupNo, std::unique_ptr<GroupState>>& groups() const { return groups_; }
  size_t size() const { return groups_.size(); }

  GroupNo last_given() const { return last_given_; }

  struct Destroyed {
    GroupNo no;
    FrameNo frame;
  };
  const std::vector<Destroyed>& destroyed() const { return destroyed_; }
  void ForgetDestroyed(FrameNo up_to);  // Their remains are gone.

  // ---- Recovery: first the store's records, then what the segments say has happened since.
  void TakeRecords(Store::Contents contents);
  // False if it speaks of groups that nobody knows: then something is gone that had no name.
  bool Replay(const LogScan& scan);

 private:
  bool ReplayItem(const FoundFrame& frame, const FoundItem& found);
  bool ReplayCreation(const FoundFrame& frame, const Item& item);
  bool IsDestroyed(GroupNo no) const;

  std::map<GroupNo, std::unique_ptr<GroupState>> groups_;
  absl::flat_hash_map<raft::GroupId, GroupState*> by_id_;
  GroupNo last_given_;
  std::vector<Destroyed> destroyed_;
  FrameNo dealt_with_;  // What was lost up to here has been dealt with.
};

}  // namespace warren::log
