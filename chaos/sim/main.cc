// The program warren-sim: simulates clusters, and says what it found.
#include <cstdint>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "chaos/seed_runs/program.h"
#include "chaos/sim/arguments.h"
#include "chaos/sim/crash_report.h"
#include "chaos/sim/planted.h"
#include "chaos/sim/report.h"
#include "chaos/sim/runner.h"
#include "chaos/sim/simulation.h"
#include "chaos/sim/swarm.h"
#include "fmt/format.h"

namespace warren::sim {
namespace {

using seed_runs::ShowProgress;

// One run, and its hash: what a repeated run is compared by.
int Run(const Arguments& arguments, const RunOneSeed& task) {
  const RunSetup setup = arguments.MakeSetup(task.seed);
  const CrashReport report(setup.seed);
  if (arguments.verbose) std::cout << Describe(setup) << std::endl;
  World::TraceSink trace;
  // Flushed line by line: a failed check in the core ends the process.
  if (task.trace) trace = [](std::string_view line) { std::cout << line << std::endl; };
  const RunResult result = Simulate(setup, trace);
  std::cout << fmt::format("seed {} hash {:016x}\n", setup.seed, result.hash);
  if (!result.violation.has_value()) return 0;
  std::cout << Describe(Failure{.setup = setup, .violation = *result.violation});
  return kExitViolation;
}

// What a cluster of three with 100 proposals a second costs, whatever the runs were about.
std::string CalmFigure() {
  const RunPlan plan{.last_seed = 1, .make_setup = [](uint64_t seed) { return CalmSetup(seed); }};
  return Figure("sim.speedup.calm", RunSeeds(plan, [](uint64_t /*done*/) {}).Speedup(),
                "simulated_s/cpu_s");
}

int Run(const Arguments& arguments, const RunManySeeds& task) {
  const RunPlan plan{.first_seed = task.first,
                     .last_seed = task.last,
                     .time_max = task.time_max,
                     .threads = arguments.threads,
                     .go_on = task.go_on,
                     .make_setup = [&](uint64_t seed) { return arguments.MakeSetup(seed); }};
  const RunTotals totals =
      RunSeeds(plan, [](uint64_t done) { ShowProgress(fmt::format("{} seeds", done)); });
  ShowProgress("");
  if (arguments.verbose) {
    for (const auto& [seed, hash] : totals.hashes) {
      std::cout << fmt::format("seed {} hash {:016x}\n", seed, hash);
    }
  }
  std::cout << Figures(totals);
  if (!arguments.calm) std::cout << CalmFigure();
  for (const auto& [seed, failure] : totals.failures) std::cout << Describe(failure);
  return totals.failures.empty() ? 0 : kExitViolation;
}

int Run(const Arguments& arguments, const SearchPlanted& task) {
  const auto find = [&](raft::PlantedBug bug) {
    return FindPlanted(bug, arguments.threads, arguments.nodes);
  };
  const auto describe = [](const auto& searches) { return Describe(searches); };
  return seed_runs::SearchAll(task.bugs, Name, find, describe);
}

int Main(std::vector<std::string> words) {
  return seed_runs::RunOrLeave(ParseArguments(std::move(words)), [](const Arguments& arguments) {
    CrashReport::SetArguments(arguments.ForRepeating());
    return std::visit([&](const auto& task) { return Run(arguments, task); }, arguments.task);
  });
}

}  // namespace
}  // namespace warren::sim

int main(int argc, char** argv) {
  return warren::seed_runs::MainOf("warren-sim", argc, argv, warren::sim::Main);
}
