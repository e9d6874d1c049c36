#include "chaos/cluster/planted.h"

#include <algorithm>
#include <optional>

#include "chaos/cluster/simulation.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::cluster_sim {
namespace {

using replication::HostBug;
using replication::SessionPlantedBug;

constexpr auto kSessionBugs = static_cast<size_t>(PlantedBug::kConfirmBeforeQuorum);

seed_runs::ApartTask TrialOf(uint64_t seed, PlantedBug bug) {
  return [seed, bug](uint64_t& /*step*/) -> std::optional<std::string> {
    ClusterSetup setup = DrawSetup(seed);
    Plant(bug, setup);
    const RunResult result = Simulate(setup);
    if (!result.violation.has_value()) return std::nullopt;
    return fmt::format("{}: {}", result.violation->rule, result.violation->details);
  };
}

}  // namespace

std::string_view Name(PlantedBug bug) { return kPlantedBugNames[static_cast<size_t>(bug)]; }

void Plant(PlantedBug bug, ClusterSetup& setup) {
  const auto number = static_cast<size_t>(bug);
  if (number <= kSessionBugs) {
    setup.queues.planted_bug = setup.session.planted_bug = static_cast<SessionPlantedBug>(number);
  } else {
    setup.host_bug = static_cast<HostBug>(number - kSessionBugs);
  }
}

PlantedSearch FindPlanted(PlantedBug bug, size_t processes) {
  const auto is_fine_without = [](uint64_t seed) {
    return !seed_runs::FaultApart(TrialOf(seed, PlantedBug::kNone)).has_value();
  };
  return {.bug = bug,
          .finding = seed_runs::FindLowest(
              {.seeds_max = kPlantedSeedsMax,
               .processes = processes,
               .with_bug = [bug](uint64_t seed) { return TrialOf(seed, bug); },
               .is_fine_without = is_fine_without})};
}

std::string Describe(const std::vector<PlantedSearch>& searches) {
  std::vector<uint64_t> seeds = seed_runs::SeedsFound(searches);
  std::string text = seed_runs::Table(searches, kPlantedBugNames);
  text += sim::Figure("cluster.planted.found", uint64_t{seeds.size()}, "bugs");
  text += sim::Figure("cluster.planted.total", uint64_t{searches.size()}, "bugs");
  if (seeds.empty()) return text;
  std::sort(seeds.begin(), seeds.end());
  return text + sim::Figure("cluster.planted.median_seeds", seeds[seeds.size() / 2], "seeds");
}

}  // namespace warren::cluster_sim
