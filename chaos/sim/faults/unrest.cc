// Members that lose patience.
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// A member campaigns, or forgets its leader, for no reason that anybody else could see.
class Unrest final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    const bool campaign = rng.OneIn(2);
    Node* node = PickRunning(world, rng);
    if (node == nullptr) return;
    if (campaign) {
      node->Ask(raft::Campaign{});
    } else {
      node->Ask(raft::ForgetLeader{});
    }
  }
};

}  // namespace

std::unique_ptr<Fault> MakeUnrest() { return std::make_unique<Unrest>(); }

}  // namespace warren::sim
