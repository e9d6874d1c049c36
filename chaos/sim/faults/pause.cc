// A process that stands still.
#include "chaos/sim/draw.h"
#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"

namespace warren::sim {
namespace {

class Pause final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    Node* node = PickRunning(world, rng);
    if (node == nullptr) return;
    world.stats().Count(FaultKind::kPause);
    node->Pause();
    world.WakeIn(DrawBetween(rng, Milliseconds(50), Seconds(5)),
                 {.kind = WakeupKind::kResume, .node = node->id(), .life = node->life()});
  }
};

}  // namespace

std::unique_ptr<Fault> MakePause() { return std::make_unique<Pause>(); }

}  // namespace warren::sim
