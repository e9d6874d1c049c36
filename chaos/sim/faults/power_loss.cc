// The lights go out.
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// All nodes lose power at the same moment, and come back one by one.
class PowerLoss final : public Fault {
 public:
  void Strike(World& world, base::Rng& /*rng*/) override {
    world.stats().Count(FaultKind::kPowerLoss);
    for (const auto& node : world.nodes()) {
      if (node->IsUp()) node->Crash();
    }
  }
};

}  // namespace

std::unique_ptr<Fault> MakePowerLoss() { return std::make_unique<PowerLoss>(); }

}  // namespace warren::sim
