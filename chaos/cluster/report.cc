#include "chaos/cluster/report.h"

#include "chaos/sim/crash_report.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::cluster_sim {

using sim::Figure;

std::string Figures(const RunTotals& totals) {
  const Stats& stats = totals.stats;
  std::string text = Figure("cluster.speedup", totals.Speedup(), "simulated_s/cpu_s");
  text += Figure("cluster.seeds", totals.seeds, "runs");
  text += Figure("cluster.violations", uint64_t{totals.failures.size()}, "violations");
  text += Figure("cluster.simulated", static_cast<double>(stats.simulated.count()) / 1e6, "s");
  for (size_t i = 0; i < kFaults; ++i) {
    text += Figure(fmt::format("cluster.fault.{}", kFaultNames[i]), stats.faults[i], "times");
  }
  text += Figure("cluster.events", stats.events, "events");
  text += Figure("cluster.frames", stats.frames, "frames");
  text += Figure("cluster.streams_broken", stats.streams_broken, "times");
  text += Figure("cluster.stragglers", stats.stragglers, "frames");
  text += Figure("cluster.starts", stats.starts, "processes");
  text += Figure("cluster.entries", stats.entries_applied, "entries");
  text += Figure("cluster.leaders", stats.leaders, "terms");
  text += Figure("cluster.changes", stats.changes, "memberships");
  text += Figure("cluster.sessions", stats.sessions, "sessions");
  text += Figure("cluster.published", stats.published, "messages");
  text += Figure("cluster.confirmed", stats.confirmed, "messages");
  text += Figure("cluster.unknown", stats.unknown, "messages");
  text += Figure("cluster.delivered", stats.delivered, "deliveries");
  text += Figure("cluster.redelivered", stats.redelivered, "deliveries");
  text += Figure("cluster.settled", stats.settled, "messages");
  return text;
}

std::string Describe(uint64_t seed, const sim::Violation& violation) {
  return fmt::format("violation: {}\n  {}\n  seed {}, commit {}\n{}  repeat with: {}\n",
                     violation.rule, violation.details, seed, sim::CommitName(),
                     Describe(DrawSetup(seed)), sim::RepeatCommand(seed));
}

}  // namespace warren::cluster_sim
