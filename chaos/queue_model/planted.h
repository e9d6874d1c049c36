// The search for mistakes that are known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/seed_runs/planted_search.h"
#include "queue/planted_bug.h"

namespace warren::queue_model {

using PlantedSearch = seed_runs::PlantedSearch<queue::PlantedBug>;

inline constexpr uint64_t kPlantedSeedsMax = 200;

// Tries seeds 1 to kPlantedSeedsMax, `processes` at a time, until one finds `bug`. The driver and
// the model do not know of it. A run that fails without the bug, too, does not count.
PlantedSearch FindPlanted(queue::PlantedBug bug, size_t processes);

std::string_view Name(queue::PlantedBug bug);
std::vector<queue::PlantedBug> AllPlantedBugs();
std::string Describe(const std::vector<PlantedSearch>& searches);  // A table, and the figures.

}  // namespace warren::queue_model
