// Who disturbs the cluster.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/setup.h"

namespace warren::sim {

class Node;
class World;

// Lets each fault that the setup names strike, at intervals drawn around the mean that it gives,
// and starts crashed nodes again after a while. The faults of the network and of the disk that are
// a matter of chance (a lost message, a failed sync) are drawn there.
class Nemesis {
 public:
  // `world` outlives this.
  explicit Nemesis(World& world);

  void Start();
  void Stop() { running_ = false; }

  // A fault is due. `which` is what was put into the reminder.
  void Strike(uint64_t which);
  void OnCrashed(const Node& node);
  void Restart(Node& node);

 private:
  struct Armed {
    StrikeKind kind{};
    Duration every{0};
    std::unique_ptr<Fault> fault;
  };
  void Schedule(uint64_t which);

  World& world_;
  const Duration downtime_max_;
  base::Rng rng_;
  std::vector<Armed> faults_;
  bool running_ = true;
};

}  // namespace warren::sim
