// A process that dies.
#include "chaos/sim/boundary.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// Not at once, but when the node next comes to a boundary that is drawn.
class Crash final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    const auto boundary = static_cast<Boundary>(rng.Below(kBoundaries));
    if (Node* node = PickRunning(world, rng)) node->ArmCrash(boundary);
  }
};

}  // namespace

std::unique_ptr<Fault> MakeCrash() { return std::make_unique<Crash>(); }

}  // namespace warren::sim
