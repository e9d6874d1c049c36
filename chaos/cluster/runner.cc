#include "chaos/cluster/runner.h"

#include "chaos/sim/seed_pool.h"

namespace warren::cluster_sim {

double RunTotals::Speedup() const {
  const double seconds = absl::ToDoubleSeconds(cpu);
  return seconds <= 0 ? 0 : static_cast<double>(stats.simulated.count()) / 1e6 / seconds;
}

RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress) {
  RunTotals totals;
  const auto run = [&](uint64_t seed, const sim::KeepResult& keep) {
    const RunResult result = Simulate(DrawSetup(seed));
    keep([&] {
      ++totals.seeds;
      totals.stats.Add(result.stats);
      totals.hashes.emplace(seed, result.hash);
      if (result.violation.has_value()) totals.failures.emplace(seed, *result.violation);
    });
    return !result.violation.has_value() || plan.go_on;
  };
  const sim::SeedPlan seeds{.first = plan.first_seed,
                            .last = plan.last_seed,
                            .time_max = plan.time_max,
                            .threads = plan.threads};
  totals.cpu = sim::RunOnThreads(seeds, run, [&] { on_progress(totals.seeds); });
  return totals;
}

}  // namespace warren::cluster_sim
