// A timer that runs too fast or too slow.
#include "chaos/sim/draw.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

class TickDrift final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    const Duration right = world.setup().host.tick;
    DrawOneNode(world, rng).SetTick(DrawBetween(rng, right / 2, right * 2));
    world.stats().Count(FaultKind::kTickDrift);
  }

 private:
  static Node& DrawOneNode(World& world, base::Rng& rng) {
    return *world.nodes()[rng.Below(world.nodes().size())];
  }
};

}  // namespace

std::unique_ptr<Fault> MakeTickDrift() { return std::make_unique<TickDrift>(); }

}  // namespace warren::sim
