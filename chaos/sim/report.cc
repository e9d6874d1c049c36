#include "chaos/sim/report.h"

#include <algorithm>

#include "chaos/sim/crash_report.h"
#include "fmt/format.h"

namespace warren::sim {

std::string Figure(std::string_view name, uint64_t value, std::string_view unit) {
  return fmt::format("figure {} {} {}\n", name, value, unit);
}

std::string Figure(std::string_view name, double value, std::string_view unit) {
  return fmt::format("figure {} {:.1f} {}\n", name, value, unit);
}

std::string Figures(const RunTotals& totals) {
  const Stats& stats = totals.stats;
  std::string text = fmt::format(
      "{}{}{}{}{}", Figure("sim.speedup", totals.Speedup(), "simulated_s/cpu_s"),
      Figure("sim.seeds", totals.seeds, "runs"), Figure("sim.steps", stats.steps, "steps"),
      Figure("sim.violations", uint64_t{totals.failures.size()}, "violations"),
      Figure("sim.simulated", static_cast<double>(stats.simulated.count()) / 1e6, "s"));
  for (size_t i = 0; i < kFaultNames.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}",
                   Figure(fmt::format("sim.fault.{}", kFaultNames[i]), stats.faults[i], "times"));
  }
  fmt::format_to(std::back_inserter(text), "{}{}{}{}{}{}{}{}{}",
                 Figure("sim.messages", stats.messages, "messages"),
                 Figure("sim.commits", stats.commits, "entries"),
                 Figure("sim.elections", stats.elections, "elections"),
                 Figure("sim.reads", stats.reads, "reads"),
                 Figure("sim.snapshots", stats.snapshots, "snapshots"),
                 Figure("sim.installs", stats.installs, "installs"),
                 Figure("sim.fetched", stats.fetched, "bodies"),
                 Figure("sim.loads", stats.loads, "loads"),
                 Figure("sim.truncations", stats.truncations, "truncations"));
  fmt::format_to(
      std::back_inserter(text), "{}{}{}{}{}", Figure("sim.changes", stats.changes, "changes"),
      Figure("sim.joint_changes", stats.joint_changes, "changes"),
      Figure("sim.transfers", stats.transfers, "transfers"),
      Figure("sim.amnesia", stats.amnesia, "times"), Figure("sim.cures", stats.cures, "times"));
  return text;
}

std::string Describe(const Failure& failure) {
  return fmt::format("violation: {}\n  {}\n  seed {}, commit {}\n{}\n  repeat with: {}\n",
                     failure.violation.rule, failure.violation.details, failure.setup.seed,
                     CommitName(), Describe(failure.setup), RepeatCommand(failure.setup.seed));
}

std::string Describe(const std::vector<PlantedSearch>& searches) {
  std::string text = seed_runs::Table(searches, raft::kPlantedBugNames);
  std::vector<uint64_t> seeds = seed_runs::SeedsFound(searches);
  fmt::format_to(std::back_inserter(text), "{}{}",
                 Figure("sim.planted.found", uint64_t{seeds.size()}, "bugs"),
                 Figure("sim.planted.total", uint64_t{searches.size()}, "bugs"));
  if (!seeds.empty()) {
    std::sort(seeds.begin(), seeds.end());
    fmt::format_to(std::back_inserter(text), "{}",
                   Figure("sim.planted.median_seeds", seeds[seeds.size() / 2], "seeds"));
  }
  return text;
}

}  // namespace warren::sim
