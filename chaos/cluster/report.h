// What people and scripts read.
#pragma once

#include <cstdint>
#include <string>

#include "chaos/cluster/runner.h"

namespace warren::cluster_sim {

// All figures of some runs, a line each.
std::string Figures(const RunTotals& totals);
// What was violated, in which run, and the one command that repeats it.
std::string Describe(uint64_t seed, const sim::Violation& violation);

}  // namespace warren::cluster_sim
