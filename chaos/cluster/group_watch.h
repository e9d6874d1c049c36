// What members of groups do, and whether they agree.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "chaos/cluster/timeline.h"
#include "queue/machine.h"
#include "raft/types.h"
#include "replication/host/group.h"
#include "replication/session/message.h"
#include "replication/session/queue_replica.h"

namespace warren::cluster_sim {

class Node;
class World;

// Looks at members from outside, through what they apply, what they send and what they show:
//
//   AppliedAlike        all members apply the same entries
//   DigestsAreEqual     ... and come to the same states
//   OneLeader           a term has one
//   RemovedForEver      a group that was removed on a node does not come back there
//   InstalledIsWhole    who acknowledges holds what its snapshot keeps
//   MembersFail         no member gives up
//   LogIsBounded        snapshots are taken
class GroupWatch {
 public:
  explicit GroupWatch(World* world);

  // ---- From WatchedMachine

  void BeforeApply(NodeId node, GroupId group, const raft::Entry& entry,
                   const queue::Machine& machine);
  void AfterApply(NodeId node, GroupId group, const raft::Entry& entry,
                  const replication::QueueReplica& replica);
  void OnOutcome(GroupId group, const replication::Outcome& outcome);
  void OnLeads(NodeId node, GroupId group, raft::Term term);
  void OnRemoved(NodeId node, GroupId group);

  // ---- Of whole nodes

  void Look(Node& node, const replication::Group& group);   // After each pass.
  void Audit(Node& node, const replication::Group& group);  // Now and then: it takes longer.
  // Something that a node remembers is gone.
  void OnForgot(NodeId node);
  // Who belonged to it when it was removed, as far as those knew who removed it.
  bool WasMember(GroupId group, NodeId node) const;
  // It has been there, in some life of the node.
  bool WasOn(GroupId group, NodeId node) const;
  // Of the entry with this index, as the first member had it that applied it.
  void CompareDigest(NodeId node, GroupId group, raft::Index index, uint64_t digest);

 private:
  struct Applied {
    uint32_t crc = 0;
    raft::Term term;
  };
  struct Seen {
    std::map<raft::Index, Applied> entries;
    std::map<raft::Index, std::pair<uint64_t, NodeId>> digests;
    std::map<raft::Term, NodeId> leaders;
    std::set<NodeId> seen_on;
    std::set<NodeId> removed;
    raft::NodeSet members_when_removed;
    raft::Index last;  // The last that anybody has applied.
  };
  void SeeLeader(NodeId node, GroupId group, raft::Term term);
  void OnFirstApplied(GroupId group, const raft::Entry& entry, const queue::Machine& machine);

  World* const world_;
  Timeline* const timeline_;
  std::map<GroupId, Seen> groups_;
  queue::Command command_;
};

}  // namespace warren::cluster_sim
