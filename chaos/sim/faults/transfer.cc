// Leadership that is asked to move.
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// To any node: a voter, a learner, one that is down, or one that is no member. A refusal is as good
// a test as a success.
class Transfer final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    const raft::NodeId to = world.nodes()[rng.Below(world.nodes().size())]->id();
    if (Node* leader = world.Leader()) leader->Ask(raft::TransferLeadership{to});
  }
};

}  // namespace

std::unique_ptr<Fault> MakeTransfer() { return std::make_unique<Transfer>(); }

}  // namespace warren::sim
