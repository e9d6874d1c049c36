#include "chaos/queue_model/planted.h"

#include <utility>

#include "chaos/queue_model/machine_subject.h"
#include "chaos/queue_model/runner.h"
#include "chaos/queue_model/trial.h"
#include "chaos/sim/report.h"

namespace warren::queue_model {
namespace {

seed_runs::ApartTask RunOf(uint64_t seed, queue::PlantedBug bug) {
  return [seed, bug](uint64_t&) -> std::optional<std::string> {
    const Outcome outcome = RunSetupOf(DrawSetup(seed), MachineWith(bug));
    if (!outcome.difference.has_value()) return std::nullopt;
    return outcome.difference->rule;
  };
}

}  // namespace

PlantedSearch FindPlanted(queue::PlantedBug bug, size_t processes) {
  const auto is_fine_without = [](uint64_t seed) {
    return !FaultOf(seed, MachineWith()).has_value();
  };
  return {.bug = bug,
          .finding =
              seed_runs::FindLowest({.seeds_max = kPlantedSeedsMax,
                                     .processes = processes,
                                     .with_bug = [bug](uint64_t seed) { return RunOf(seed, bug); },
                                     .is_fine_without = is_fine_without})};
}

std::string_view Name(queue::PlantedBug bug) {
  return queue::kPlantedBugNames[static_cast<size_t>(bug)];
}

std::vector<queue::PlantedBug> AllPlantedBugs() {
  return std::get<0>(seed_runs::ChosenAs<queue::PlantedBug>(queue::kPlantedBugNames, ""));
}

std::string Describe(const std::vector<PlantedSearch>& searches) {
  return seed_runs::Table(searches, queue::kPlantedBugNames) +
         sim::Figure("queue.planted.found", uint64_t{seed_runs::SeedsFound(searches).size()},
                     "bugs") +
         sim::Figure("queue.planted.total", uint64_t{searches.size()}, "bugs");
}

}  // namespace warren::queue_model
