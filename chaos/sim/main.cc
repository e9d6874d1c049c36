// The program warren-sim: simulates clusters, and says what it found.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

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

void ShowProgress(const std::string& text) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal) std::cerr << "\r\033[K" << text << std::flush;
}

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
  std::vector<PlantedSearch> searches;
  for (const raft::PlantedBug bug : task.bugs) {
    ShowProgress(fmt::format("looking for {}", Name(bug)));
    searches.push_back(FindPlanted(bug, arguments.threads, arguments.nodes));
  }
  ShowProgress("");
  std::cout << Describe(searches);
  const bool all = std::all_of(searches.begin(), searches.end(), [](const PlantedSearch& search) {
    return search.finding.has_value();
  });
  return all ? 0 : kExitViolation;
}

int Main(std::vector<std::string> words) {
  const std::variant<Arguments, Farewell> parsed = ParseArguments(std::move(words));
  if (const auto* farewell = std::get_if<Farewell>(&parsed)) {
    (farewell->exit_code == 0 ? std::cout : std::cerr) << farewell->text;
    return farewell->exit_code;
  }
  const auto& arguments = std::get<Arguments>(parsed);
  CrashReport::SetArguments(arguments.ForRepeating());
  return std::visit([&](const auto& task) { return Run(arguments, task); }, arguments.task);
}

}  // namespace
}  // namespace warren::sim

int main(int argc, char** argv) {
  try {
    return warren::sim::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& failure) {
    std::cerr << "warren-sim: " << failure.what() << "\n";
    return 1;
  }
}
