// Disks on which everything takes long.
#include "chaos/sim/draw.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

// Each strike draws anew whose disks are slow, and how slow.
class SlowDisk final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    for (const auto& node : world.nodes()) {
      const bool slow = rng.OneIn(3);
      const Duration extra = DrawBetween(rng, Milliseconds(1), Seconds(2));
      node->mutable_disk().SetSlow(slow ? extra : Duration(0));
    }
  }
};

}  // namespace

std::unique_ptr<Fault> MakeSlowDisk() { return std::make_unique<SlowDisk>(); }

}  // namespace warren::sim
