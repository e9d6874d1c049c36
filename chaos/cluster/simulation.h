// One run, from its setup to its verdict.
#pragma once

#include <cstdint>
#include <optional>

#include "chaos/cluster/setup.h"
#include "chaos/cluster/stats.h"
#include "chaos/cluster/timeline.h"
#include "chaos/sim/oracles/verdict.h"

namespace warren::cluster_sim {

struct RunResult {
  std::optional<sim::Violation> violation;
  Stats stats;
  uint64_t hash = 0;
};

RunResult Simulate(const ClusterSetup& setup, const Timeline::TraceSink& trace = nullptr);

}  // namespace warren::cluster_sim
