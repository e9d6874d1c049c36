// What people and scripts read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chaos/sim/planted.h"
#include "chaos/sim/runner.h"

namespace warren::sim {

// "figure sim.seeds 100 seeds"
std::string Figure(std::string_view name, uint64_t value, std::string_view unit);
std::string Figure(std::string_view name, double value, std::string_view unit);

// All figures of some runs, a line each.
std::string Figures(const RunTotals& totals);

// What was violated, in which run, and the one command that repeats it.
std::string Describe(const Failure& failure);

// The table of planted bugs, and its figures.
std::string Describe(const std::vector<PlantedSearch>& searches);

}  // namespace warren::sim
