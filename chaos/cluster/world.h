// One simulated cluster.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "chaos/cluster/group_watch.h"
#include "chaos/cluster/message_book.h"
#include "chaos/cluster/nemesis.h"
#include "chaos/cluster/network.h"
#include "chaos/cluster/node.h"
#include "chaos/cluster/placement.h"
#include "chaos/cluster/setup.h"
#include "chaos/cluster/timeline.h"
#include "chaos/cluster/workload.h"

namespace warren::cluster_sim {

// What is explained by damage, or by a log that was lost.
bool ExplainedByDamage(std::string_view event);

// A queue, as those who use it know it.
struct GroupInfo {
  GroupId id;
  GroupPlan plan;
  raft::NodeSet wanted;   // Its members are to be these (placement.h),
  raft::NodeSet members;  // ... and were these when a leader was last asked.
  bool is_ready = false;  // It was made, and its leader has answered.
  bool is_removed = false;
  bool is_being_removed = false;
  uint64_t tries = 0;
};

// Everything there is, in one thread: time, the nodes, what lies between them, those who use them,
// those who disturb them and those who watch.
class World {
 public:
  World(const ClusterSetup& setup, Timeline::TraceSink trace);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  const ClusterSetup& setup() const { return setup_; }
  Timeline& timeline() { return timeline_; }
  Network& network() { return network_; }
  GroupWatch& watch() { return watch_; }
  MessageBook& book(GroupId group) { return *books_.at(group); }
  Nemesis& nemesis() { return nemesis_; }
  Placement& placement() { return placement_; }
  Workload& workload() { return workload_; }

  // ---- Nodes

  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }  // Gone ones, too.
  Node* Find(NodeId id);
  Node& AddNode();  // With an empty disk and a new id; it is not started.
  void Retire(Node& node);
  std::vector<NodeId> Peers() const;  // All that are not gone.
  // One that runs; null if none does.
  Node* AnyUp(base::Rng& rng);

  // ---- Groups

  std::map<GroupId, GroupInfo>& groups() { return groups_; }
  GroupId MakeGroup(const GroupPlan& plan);
  void RemoveGroup(GroupId group);
  // On those of its first members that never had it, as a catalog would see to it: they were down
  // when it was made, and have nothing to forget.
  void MakeWhereMissing(const GroupInfo& info);
  // The running member that leads in the latest term; null if none does.
  struct Leader {
    Node* node = nullptr;
    replication::Group* group = nullptr;
  };
  Leader LeaderOf(GroupId group);
  std::vector<NodeId> MembersOf(const GroupInfo& info) const;  // That sessions are told of.

  // ---- From nodes

  void OnPass(Node& node, replication::Shard& shard);
  void OnProcessEnds(Node& node);
  void OnCannotOpen(Node& node);

  void CalmDown();

 private:
  void TryMake(GroupId group);
  static replication::GroupSpec SpecOf(const GroupInfo& info);
  void TryRemove(GroupId group);
  void AuditForEver();

  const ClusterSetup setup_;
  Timeline timeline_;
  base::Rng rng_;
  Network network_;
  GroupWatch watch_;
  std::map<GroupId, std::unique_ptr<MessageBook>> books_;
  std::map<GroupId, GroupInfo> groups_;
  Workload workload_;
  Nemesis nemesis_;
  Placement placement_;
  std::vector<std::unique_ptr<Node>> nodes_;  // Goes first: what it holds calls the others.
};

}  // namespace warren::cluster_sim
