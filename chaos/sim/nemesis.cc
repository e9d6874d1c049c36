#include "chaos/sim/nemesis.h"

#include <utility>

#include "chaos/sim/draw.h"
#include "chaos/sim/world.h"
#include "fmt/format.h"

namespace warren::sim {

Nemesis::Nemesis(World& world)
    : world_(world),
      downtime_max_(world.setup().nemesis.downtime_max),
      rng_(world.MakeRng(RngUse::kNemesis)) {
  for (size_t i = 0; i < kStrikeNames.size(); ++i) {
    const auto kind = static_cast<StrikeKind>(i);
    const Duration every = world.setup().Every(kind);
    if (every == Duration(0)) continue;
    faults_.push_back({.kind = kind, .every = every, .fault = MakeFault(kind)});
  }
}

void Nemesis::Start() {
  for (uint64_t which = 0; which < faults_.size(); ++which) Schedule(which);
}

void Nemesis::Schedule(uint64_t which) {
  world_.WakeIn(DrawAround(rng_, faults_[which].every),
                {.kind = WakeupKind::kStrike, .key = which});
}

void Nemesis::Strike(uint64_t which) {
  if (!running_) return;
  world_.Trace([&] {
    return fmt::format("-- {} --", kStrikeNames[static_cast<size_t>(faults_[which].kind)]);
  });
  faults_[which].fault->Strike(world_, rng_);
  Schedule(which);
}

void Nemesis::OnCrashed(const Node& node) {
  world_.WakeIn(DrawBetween(rng_, Milliseconds(1), downtime_max_),
                {.kind = WakeupKind::kRestart, .node = node.id(), .life = node.life()});
}

void Nemesis::Restart(Node& node) {
  if (running_ && !node.IsUp()) node.Start();
}

}  // namespace warren::sim
