#include "chaos/crash/runner.h"

#include <deque>
#include <utility>

#include "chaos/crash/setup.h"
#include "chaos/seed_runs/apart.h"
#include "chaos/sim/seed_pool.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

constexpr size_t kStoryLines = 60;

void Add(const TrialResult& one, TrialResult& sum) {
  sum.points.Add(one.points);
  sum.lives += one.lives;
  sum.acts += one.acts;
  sum.damages += one.damages;
  sum.refusals += one.refusals;
  for (size_t i = 0; i < kVerdicts; ++i) sum.verdicts[i] += one.verdicts[i];
}

}  // namespace

RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t points)>& on_progress) {
  RunTotals totals;
  const auto run = [&](uint64_t seed, const sim::KeepResult& keep) {
    const TrialResult result = RunTrial(DrawSetup(seed), log::PlantedBug::kNone, {});
    keep([&] {
      ++totals.seeds;
      Add(result, totals.sum);
      if (result.fault.has_value()) totals.failures.emplace(seed, *result.fault);
    });
    return !result.fault.has_value();
  };
  const sim::SeedPlan seeds{.first = plan.first_seed,
                            .last = plan.last_seed,
                            .time_max = plan.time_max,
                            .threads = plan.threads};
  sim::RunOnThreads(seeds, run, [&] { on_progress(totals.sum.points.total()); });
  return totals;
}

std::optional<std::string> FaultOf(uint64_t seed, log::PlantedBug bug) {
  seed_runs::Apart run([=](uint64_t& /*step*/) -> std::optional<std::string> {
    return RunTrial(DrawSetup(seed), bug, {}).fault;
  });
  return run.Result();
}

std::string StoryOf(uint64_t seed) {
  seed_runs::Apart run([=](uint64_t& /*step*/) -> std::optional<std::string> {
    std::deque<std::string> lines;
    const auto trace = [&lines](const std::string& line) {
      lines.push_back(line);
      if (lines.size() > kStoryLines) lines.pop_front();
    };
    const TrialResult result = RunTrial(DrawSetup(seed), log::PlantedBug::kNone, trace);
    if (!result.fault.has_value()) return std::nullopt;
    std::string story;
    for (const std::string& line : lines) story += fmt::format("  {}\n", line);
    return story;
  });
  return run.Result().value_or("  it does not fail again\n");
}

}  // namespace warren::crash
