// The search for mistakes that are known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replication/log/planted_bug.h"

namespace warren::crash {

struct PlantedSearch {
  log::PlantedBug bug = log::PlantedBug::kNone;
  std::optional<uint64_t> seed;  // The lowest from 1 on that finds it.
  std::string by;                // What was wrong, or the failed check.
};

inline constexpr uint64_t kPlantedSeedsMax = 1000;

// Tries seeds 1 to kPlantedSeedsMax, `processes` at a time, until one finds `bug`. Driver and
// oracle do not know of it. A trial that fails without the bug, too, does not count.
PlantedSearch FindPlanted(log::PlantedBug bug, size_t processes);

std::string_view Name(log::PlantedBug bug);
std::vector<log::PlantedBug> AllPlantedBugs();
std::string Describe(const std::vector<PlantedSearch>& searches);  // A table, and the figures.

}  // namespace warren::crash
