// Links on which everything takes long.
#include "chaos/sim/draw.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// Each strike draws anew which links are slow, and how slow.
class SlowLink final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    for (const auto& from : world.nodes()) {
      for (const auto& to : world.nodes()) {
        const bool slow = rng.OneIn(4);
        const Duration extra = DrawBetween(rng, Milliseconds(1), Milliseconds(1500));
        world.network().SetSlow(from->id(), to->id(), slow ? extra : Duration(0));
      }
    }
  }
};

}  // namespace

std::unique_ptr<Fault> MakeSlowLink() { return std::make_unique<SlowLink>(); }

}  // namespace warren::sim
