// The program warren-queue-sim: judges the queue machine by the model, and says what it found.
#include <cstdint>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "chaos/queue_model/arguments.h"
#include "chaos/queue_model/machine_subject.h"
#include "chaos/queue_model/planted.h"
#include "chaos/queue_model/runner.h"
#include "chaos/seed_runs/program.h"
#include "chaos/sim/crash_report.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

using seed_runs::ShowProgress;

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
  const auto find = [&](queue::PlantedBug bug) { return FindPlanted(bug, arguments.threads); };
  const auto describe = [](const auto& searches) { return Describe(searches); };
  return seed_runs::SearchAll(task.bugs, Name, find, describe);
}

int Main(std::vector<std::string> words) {
  return seed_runs::RunOrLeave(ParseArguments(std::move(words)), [](const Arguments& arguments) {
    sim::CrashReport::SetArguments("queue ");
    return std::visit([&](const auto& task) { return Run(arguments, task); }, arguments.task);
  });
}

}  // namespace
}  // namespace warren::queue_model

int main(int argc, char** argv) {
  return warren::seed_runs::MainOf("warren-queue-sim", argc, argv, warren::queue_model::Main);
}
