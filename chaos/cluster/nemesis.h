// Who disturbs the cluster.
#pragma once

#include <vector>

#include "base/rng.h"
#include "chaos/cluster/setup.h"
#include "chaos/cluster/worst_moment.h"

namespace warren::cluster_sim {

class Node;
class World;

// Lets each kind of fault strike that the setup names, and starts again what has ended.
//
// It never takes so much from so many that a loss would be in order: what is at rest decays on one
// machine of a run only, and then all groups have three members at least; a machine that is thrown
// away has left all groups before, or is the only one that has lost anything.
class Nemesis {
 public:
  explicit Nemesis(World* world);

  void Start();
  void Stop() { running_ = false; }
  void OnProcessEnds(Node& node);

 private:
  void Schedule(FaultKind kind);
  void Strike(FaultKind kind);
  void StrikeNode(FaultKind kind);
  void StrikeLinks(FaultKind kind);
  std::vector<std::pair<NodeId, NodeId>> LinksAcross(uint64_t sides) const;
  void Transfer();
  void MoveGroup();
  void Replace();
  void Decay();
  void LoseLog();
  void RemoveGroup();
  Node* Pick();          // One that runs and is not paused; null: there is none.
  bool MayLose() const;  // Some machine may lose what it has synced.

  World* const world_;
  base::Rng rng_;
  WorstMoment worst_moment_;
  bool running_ = false;
  NodeId frail_;           // The machine that decays.
  bool has_died_ = false;  // One with its disk.
};

}  // namespace warren::cluster_sim
