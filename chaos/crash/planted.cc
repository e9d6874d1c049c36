#include "chaos/crash/planted.h"

#include <utility>

#include "chaos/crash/runner.h"
#include "chaos/crash/setup.h"
#include "chaos/sim/report.h"

namespace warren::crash {
namespace {

seed_runs::ApartTask TrialOf(uint64_t seed, log::PlantedBug bug) {
  return [seed, bug](uint64_t& /*step*/) -> std::optional<std::string> {
    return RunTrial(DrawSetup(seed), bug, {}).fault;
  };
}

}  // namespace

PlantedSearch FindPlanted(log::PlantedBug bug, size_t processes) {
  const auto is_fine_without = [](uint64_t seed) {
    return !FaultOf(seed, log::PlantedBug::kNone).has_value();
  };
  return {.bug = bug,
          .finding = seed_runs::FindLowest(
              {.seeds_max = kPlantedSeedsMax,
               .processes = processes,
               .with_bug = [bug](uint64_t seed) { return TrialOf(seed, bug); },
               .is_fine_without = is_fine_without})};
}

std::string_view Name(log::PlantedBug bug) {
  return log::kPlantedBugNames[static_cast<size_t>(bug)];
}

std::vector<log::PlantedBug> AllPlantedBugs() {
  return std::get<0>(seed_runs::ChosenAs<log::PlantedBug>(log::kPlantedBugNames, ""));
}

std::string Describe(const std::vector<PlantedSearch>& searches) {
  return seed_runs::Table(searches, log::kPlantedBugNames) +
         sim::Figure("crash.planted.found", uint64_t{seed_runs::SeedsFound(searches).size()},
                     "bugs") +
         sim::Figure("crash.planted.total", uint64_t{searches.size()}, "bugs");
}

}  // namespace warren::crash
