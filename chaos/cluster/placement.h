// Who moves groups between nodes.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/rng.h"
#include "chaos/cluster/setup.h"

namespace warren::cluster_sim {

class Node;
class World;
struct GroupInfo;

// What a placement of a cluster does: it compares who the members of a group are with who they are
// to be, and asks the leader for one step after the other: a new member is a learner first, and a
// voter once it has caught up; then those leave that are not wanted any more.
class Placement {
 public:
  explicit Placement(World* world);

  void Start();
  // A new node takes the place of that one. It goes when no group has it as a member.
  void Decommission(Node& node);
  // ... which is dead already, and its disk with it.
  void ReplaceDead(Node& node);

  // Every group has the members that it is to have, and nobody is leaving.
  bool IsSettled() const;
  bool IsReplacing() const { return !leaving_.empty(); }
  std::string DescribeUnsettled() const;

 private:
  void Tick();
  void Move(GroupInfo& info);
  void Substitute(Node& node);
  std::string DescribeNeedOf(NodeId node) const;  // Empty: none.
  bool IsSomewhere(GroupId group) const;

  World* const world_;
  base::Rng rng_;
  std::set<NodeId> leaving_;
};

}  // namespace warren::cluster_sim
