#include "chaos/sim/runner.h"

#include "chaos/sim/seed_pool.h"
#include "chaos/sim/simulation.h"

namespace warren::sim {

double RunTotals::Speedup() const {
  const double seconds = absl::ToDoubleSeconds(cpu);
  return seconds <= 0 ? 0 : static_cast<double>(stats.simulated.count()) / 1e6 / seconds;
}

RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress) {
  RunTotals totals;
  const auto run = [&](uint64_t seed, const KeepResult& keep) {
    const RunSetup setup = plan.make_setup(seed);
    const RunResult result = Simulate(setup);
    keep([&] {
      ++totals.seeds;
      totals.stats.Add(result.stats);
      totals.hashes.emplace(seed, result.hash);
      if (!result.violation.has_value()) return;
      totals.failures.emplace(seed, Failure{.setup = setup, .violation = *result.violation});
    });
    return !result.violation.has_value() || plan.go_on;
  };
  const SeedPlan seeds{.first = plan.first_seed,
                       .last = plan.last_seed,
                       .time_max = plan.time_max,
                       .threads = plan.threads};
  totals.cpu = RunOnThreads(seeds, run, [&] { on_progress(totals.seeds); });
  return totals;
}

}  // namespace warren::sim
