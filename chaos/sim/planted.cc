#include "chaos/sim/planted.h"

#include "chaos/sim/simulation.h"
#include "chaos/sim/swarm.h"

namespace warren::sim {
namespace {

seed_runs::ApartTask RunOf(const RunSetup& setup) {
  return [setup](uint64_t& /*step*/) -> std::optional<std::string> {
    const RunResult result = Simulate(setup);
    if (!result.violation.has_value()) return std::nullopt;
    return result.violation->rule;
  };
}

}  // namespace

PlantedSearch FindPlanted(raft::PlantedBug bug, size_t processes, size_t nodes) {
  const auto with_bug = [=](uint64_t seed) {
    RunSetup setup = DrawSetup(seed, nodes);
    setup.core.planted_bug = bug;
    return RunOf(setup);
  };
  const auto is_fine_without = [=](uint64_t seed) {
    return !seed_runs::FaultApart(RunOf(DrawSetup(seed, nodes))).has_value();
  };
  return {.bug = bug,
          .finding = seed_runs::FindLowest({.seeds_max = kPlantedSeedsMax,
                                            .processes = processes,
                                            .with_bug = with_bug,
                                            .is_fine_without = is_fine_without})};
}

std::string_view Name(raft::PlantedBug bug) {
  return raft::kPlantedBugNames[static_cast<size_t>(bug)];
}

std::vector<raft::PlantedBug> AllPlantedBugs() {
  return std::get<0>(seed_runs::ChosenAs<raft::PlantedBug>(raft::kPlantedBugNames, ""));
}

}  // namespace warren::sim
