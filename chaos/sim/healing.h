// The end of each run: what was disturbed must recover by itself.
#pragma once

#include <functional>
#include <string_view>

#include "base/rng.h"
#include "chaos/sim/time.h"
#include "raft/node_set.h"

namespace warren::sim {

class Node;
class World;

// Oracle of liveness. First a majority heals, while the others stay dead: entries that are proposed
// from then on must become committed (Progress). Then everybody heals and the clients fall silent:
// all members must come to hold and to have applied the same log, a member that had forgotten
// something must be cured, a joint phase must end, and reads must be answered (Convergence). Each
// within a bound of virtual time that is generous for elections, and short for waiting in vain.
//
// As a real host would do by order of the catalog, nodes that are no members any more are stopped:
// they do not know that, and may go on asking for votes.
class Healing {
 public:
  // `world` outlives this.
  explicit Healing(World& world);

  void Run();

 private:
  void HealMajority();
  void HealAll();
  bool IsConverged() const;
  bool IsCaughtUp(const Node& leader, const Node& member) const;
  // Starts those of `wanted` that are down, and stops all others.
  void KeepUp(const raft::NodeSet& wanted);
  void StopRemovedLeader();
  raft::NodeSet Members() const;
  raft::NodeSet MembersFor(const raft::NodeSet& those) const;
  // False, and a violation, if `done()` does not come true in time. `meanwhile()` is called often.
  bool Await(std::string_view rule, const std::function<bool()>& done,
             const std::function<void()>& meanwhile);

  World& world_;
  base::Rng rng_;
  const Duration bound_;
};

}  // namespace warren::sim
