// The search for mistakes that are known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/sim/setup.h"
#include "raft/planted_bug.h"

namespace warren::sim {

// What gave a run away: a rule that an oracle reported, or a check inside the core that stopped it.
struct Finding {
  uint64_t seed = 0;
  std::string by;
};

// Simulates `setup` in a process of its own, because a core may stop the process. nullopt: clean.
std::optional<Finding> SimulateApart(const RunSetup& setup);

struct PlantedSearch {
  raft::PlantedBug bug = raft::PlantedBug::kNone;
  std::optional<Finding> finding;  // Of the lowest seed from 1 on.
};

inline constexpr uint64_t kPlantedSeedsMax = 2000;

// Tries seeds 1 to kPlantedSeedsMax, `processes` at a time, until one finds `bug`. The setups are
// those of every other run, but for the switch in the core, which nothing here looks at. A run that
// fails without the bug, too, has found something else, and does not count.
PlantedSearch FindPlanted(raft::PlantedBug bug, size_t processes, size_t nodes);

std::string_view Name(raft::PlantedBug bug);
std::vector<raft::PlantedBug> AllPlantedBugs();
// nullopt: there is no bug of that name.
std::optional<raft::PlantedBug> PlantedBugOf(std::string_view name);

}  // namespace warren::sim
