// The program warren-queue-sim: judges the queue machine by the model, and says what it found.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "chaos/queue_model/arguments.h"
#include "chaos/queue_model/machine_subject.h"
#include "chaos/queue_model/planted.h"
#include "chaos/queue_model/runner.h"
#include "chaos/sim/crash_report.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

void ShowProgress(const std::string& text) {
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal) std::cerr << "\r\033[K" << text << std::flush;
}

std::string Violation(uint64_t seed, const std::string& fault) {
  return fmt::format("violation: {}\n{}  commit {}\n  repeat with: {}\n", fault,
                     ShrunkStory(seed, MachineWith()), sim::CommitName(), sim::RepeatCommand(seed));
}

int Run(const Arguments& /*arguments*/, const RunOneSeed& task) {
  const std::optional<std::string> fault = FaultOf(task.seed, MachineWith());
  if (!fault.has_value()) {
    std::cout << fmt::format("seed {}: no violation\n", task.seed);
    return 0;
  }
  std::cout << Violation(task.seed, *fault);
  return kExitViolation;
}

int Run(const Arguments& arguments, const RunManySeeds& task) {
  const RunPlan plan{.first_seed = task.first,
                     .last_seed = task.last,
                     .operations = task.operations,
                     .time_max = task.time_max,
                     .threads = arguments.threads,
                     .make_subject = MachineWith()};
  const RunTotals totals =
      RunSeeds(plan, [](uint64_t done) { ShowProgress(fmt::format("{} operations", done)); });
  ShowProgress("");
  std::cout << sim::Figure("queue.model.seeds", totals.seeds, "runs")
            << sim::Figure("queue.model.operations", totals.operations, "operations")
            << sim::Figure("queue.model.violations", uint64_t{totals.failures.size()}, "violations")
            << std::flush;
  for (const auto& [seed, difference] : totals.failures) {
    std::cout << Violation(seed, difference.rule) << std::flush;
  }
  return totals.failures.empty() ? 0 : kExitViolation;
}

int Run(const Arguments& arguments, const SearchPlanted& task) {
  std::vector<PlantedSearch> searches;
  for (const queue::PlantedBug bug : task.bugs) {
    ShowProgress(fmt::format("looking for {}", Name(bug)));
    searches.push_back(FindPlanted(bug, arguments.threads));
  }
  ShowProgress("");
  std::cout << Describe(searches);
  const bool all = std::all_of(searches.begin(), searches.end(),
                               [](const PlantedSearch& search) { return search.seed.has_value(); });
  return all ? 0 : kExitViolation;
}

int Main(std::vector<std::string> words) {
  const std::variant<Arguments, Farewell> parsed = ParseArguments(std::move(words));
  if (const auto* farewell = std::get_if<Farewell>(&parsed)) {
    (farewell->exit_code == 0 ? std::cout : std::cerr) << farewell->text;
    return farewell->exit_code;
  }
  const auto& arguments = std::get<Arguments>(parsed);
  sim::CrashReport::SetArguments("queue ");
  return std::visit([&](const auto& task) { return Run(arguments, task); }, arguments.task);
}

}  // namespace
}  // namespace warren::queue_model

int main(int argc, char** argv) {
  try {
    return warren::queue_model::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& failure) {
    std::cerr << "warren-queue-sim: " << failure.what() << "\n";
    return 1;
  }
}
