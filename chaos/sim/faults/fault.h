// What all faults have in common.
#pragma once

#include <memory>
#include <vector>

#include "base/rng.h"
#include "chaos/sim/setup.h"

namespace warren::sim {

class Node;
class World;

// Does something unkind each time it is asked to. What it begins and does not end by itself, its
// next strike ends, and World::CalmDown() in any case.
class Fault {
 public:
  virtual ~Fault() = default;
  virtual void Strike(World& world, base::Rng& rng) = 0;
};

// One file each.
std::unique_ptr<Fault> MakePartition();
std::unique_ptr<Fault> MakeSlowLink();
std::unique_ptr<Fault> MakeCrash();
std::unique_ptr<Fault> MakePowerLoss();
std::unique_ptr<Fault> MakeBitRot();
std::unique_ptr<Fault> MakeSlowDisk();
std::unique_ptr<Fault> MakePause();
std::unique_ptr<Fault> MakeTickDrift();
std::unique_ptr<Fault> MakeClockJump();
std::unique_ptr<Fault> MakeMembership();
std::unique_ptr<Fault> MakeTransfer();
std::unique_ptr<Fault> MakeUnrest();

std::unique_ptr<Fault> MakeFault(StrikeKind kind);

// A running node, as often as not the leader; null if none runs.
Node* PickRunning(World& world, base::Rng& rng);

}  // namespace warren::sim
