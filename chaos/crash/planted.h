// The search for mistakes that are known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/seed_runs/planted_search.h"
#include "replication/log/planted_bug.h"

namespace warren::crash {

using PlantedSearch = seed_runs::PlantedSearch<log::PlantedBug>;

inline constexpr uint64_t kPlantedSeedsMax = 1000;

// Tries seeds 1 to kPlantedSeedsMax, `processes` at a time, until one finds `bug`. Driver and
// oracle do not know of it. A trial that fails without the bug, too, does not count.
PlantedSearch FindPlanted(log::PlantedBug bug, size_t processes);

std::string_view Name(log::PlantedBug bug);
std::vector<log::PlantedBug> AllPlantedBugs();
std::string Describe(const std::vector<PlantedSearch>& searches);  // A table, and the figures.

}  // namespace warren::crash
