#include "chaos/sim/faults/fault.h"

#include <array>

#include "chaos/sim/draw.h"
#include "chaos/sim/world.h"

namespace warren::sim {

std::unique_ptr<Fault> MakeFault(StrikeKind kind) {
  using Maker = std::unique_ptr<Fault> (*)();
  static constexpr std::array<Maker, kStrikeNames.size()> kMakers = {
      MakePartition, MakeSlowLink,  MakeCrash,     MakePowerLoss,  MakeBitRot,   MakeSlowDisk,
      MakePause,     MakeTickDrift, MakeClockJump, MakeMembership, MakeTransfer, MakeUnrest,
  };
  return kMakers[static_cast<size_t>(kind)]();
}

Node* PickRunning(World& world, base::Rng& rng) {
  Node* leader = world.Leader();
  if (rng.OneIn(2) && leader != nullptr) return leader;
  std::vector<Node*> running;
  for (const auto& node : world.nodes()) {
    if (node->IsRunning()) running.push_back(node.get());
  }
  return running.empty() ? nullptr : DrawOneOf(rng, running);
}

}  // namespace warren::sim
