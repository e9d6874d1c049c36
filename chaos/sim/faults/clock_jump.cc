// A wall clock that is set.
#include "chaos/sim/draw.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

class ClockJump final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    Node& node = *world.nodes()[rng.Below(world.nodes().size())];
    node.JumpClock(DrawBetween(rng, Seconds(-10), Seconds(10)));
    world.stats().Count(FaultKind::kClockJump);
  }
};

}  // namespace

std::unique_ptr<Fault> MakeClockJump() { return std::make_unique<ClockJump>(); }

}  // namespace warren::sim
