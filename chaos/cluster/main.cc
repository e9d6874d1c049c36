// The program warren-cluster-sim: simulates clusters of replicated queues, and says what it found.
#include <cstdint>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "chaos/cluster/arguments.h"
#include "chaos/cluster/planted.h"
#include "chaos/cluster/report.h"
#include "chaos/cluster/runner.h"
#include "chaos/cluster/simulation.h"
#include "chaos/seed_runs/program.h"
#include "chaos/sim/crash_report.h"
#include "fmt/format.h"

namespace warren::cluster_sim {
namespace {

using seed_runs::ShowProgress;

// One run, and its hash: what a repeated run is compared by.
int Run(const Arguments& arguments, const RunOneSeed& task) {
  ClusterSetup setup = DrawSetup(task.seed);
  Plant(task.bug, setup);
  const sim::CrashReport report(setup.seed);
  if (arguments.verbose) std::cout << Describe(setup) << std::flush;
  Timeline::TraceSink trace;
  // Flushed line by line: a failed check ends the process.
  if (task.trace) trace = [](std::string_view line) { std::cout << line << std::endl; };
  const RunResult result = Simulate(setup, trace);
  std::cout << fmt::format("seed {} hash {:016x}\n", setup.seed, result.hash);
  if (!result.violation.has_value()) return 0;
  std::cout << Describe(setup.seed, *result.violation);
  return seed_runs::kExitViolation;
}

int Run(const Arguments& arguments, const RunManySeeds& task) {
  const RunPlan plan{.first_seed = task.first,
                     .last_seed = task.last,
                     .time_max = task.time_max,
                     .threads = arguments.threads,
                     .go_on = task.go_on};
  const RunTotals totals =
      RunSeeds(plan, [](uint64_t done) { ShowProgress(fmt::format("{} seeds", done)); });
  ShowProgress("");
  if (arguments.verbose) {
    for (const auto& [seed, hash] : totals.hashes) {
      std::cout << fmt::format("seed {} hash {:016x}\n", seed, hash);
    }
  }
  std::cout << Figures(totals);
  for (const auto& [seed, violation] : totals.failures) std::cout << Describe(seed, violation);
  return totals.failures.empty() ? 0 : seed_runs::kExitViolation;
}

int Run(const Arguments& arguments, const SearchPlanted& task) {
  const auto find = [&](PlantedBug bug) { return FindPlanted(bug, arguments.threads); };
  const auto describe = [](const auto& searches) { return Describe(searches); };
  return seed_runs::SearchAll(task.bugs, Name, find, describe);
}

int Main(std::vector<std::string> words) {
  return seed_runs::RunOrLeave(ParseArguments(std::move(words)), [](const Arguments& arguments) {
    sim::CrashReport::SetCommand("sim cluster");
    return std::visit([&](const auto& task) { return Run(arguments, task); }, arguments.task);
  });
}

}  // namespace
}  // namespace warren::cluster_sim

int main(int argc, char** argv) {
  return warren::seed_runs::MainOf("warren-cluster-sim", argc, argv, warren::cluster_sim::Main);
}
