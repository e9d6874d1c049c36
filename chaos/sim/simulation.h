// One run, from a setup to a verdict.
#pragma once

#include <cstdint>
#include <optional>

#include "chaos/sim/oracles/verdict.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/stats.h"
#include "chaos/sim/world.h"

namespace warren::sim {

struct RunResult {
  std::optional<Violation> violation;
  uint64_t hash = 0;  // Of all that happened: equal for equal setups.
  Stats stats;
};

// Deterministic, and independent of all other runs: any thread may do any number of them.
RunResult Simulate(const RunSetup& setup, World::TraceSink trace = nullptr);

}  // namespace warren::sim
