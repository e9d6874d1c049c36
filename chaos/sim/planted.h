// The search for mistakes that are known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "chaos/seed_runs/planted_search.h"
#include "raft/planted_bug.h"

namespace warren::sim {

using seed_runs::Finding;
using PlantedSearch = seed_runs::PlantedSearch<raft::PlantedBug>;

inline constexpr uint64_t kPlantedSeedsMax = 2000;

// Tries seeds 1 to kPlantedSeedsMax, `processes` at a time, until one finds `bug`. The setups are
// those of every other run, but for the switch in the core, which nothing here looks at. A run that
// fails without the bug, too, has found something else, and does not count.
PlantedSearch FindPlanted(raft::PlantedBug bug, size_t processes, size_t nodes);

std::string_view Name(raft::PlantedBug bug);
std::vector<raft::PlantedBug> AllPlantedBugs();

}  // namespace warren::sim
