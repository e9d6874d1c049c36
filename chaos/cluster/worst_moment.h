// The moment at which it matters most that a member knows what it has forgotten.
#pragma once

#include <cstdint>

#include "base/rng.h"
#include "chaos/cluster/setup.h"

namespace warren::cluster_sim {

class Node;
class World;

// A node loses its log when it alone has, beside the leader, what was committed last:
//
//   the third member hears what is said, but entries do not reach it;
//   the leader commits with this node alone; this node loses its log, the leader starts again,
//   leads again with the third one's vote, and so does not know what this node has acknowledged;
//   it makes this node's member anew, and falls silent.
//
// Whoever counts what this node says now elects the third member, which never had those entries.
class WorstMoment {
 public:
  WorstMoment(World* world, base::Rng rng) : world_(world), rng_(rng) {}

  // False: nobody leads a group of three that `node` belongs to and follows.
  bool Begin(Node& node);

 private:
  void Lose();
  void Watch(uint64_t number, Time until);
  void End();
  void StallEntries(NodeId to);

  World* const world_;
  base::Rng rng_;
  uint64_t number_ = 0;  // Of the last one. Only one at a time.
  bool is_under_way_ = false;
  GroupId group_;
  Node* node_ = nullptr;
  Node* leader_ = nullptr;
};

}  // namespace warren::cluster_sim
