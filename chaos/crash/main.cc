// The program warren-crash: judges the log by what it remembers, and says what it found.
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "chaos/crash/arguments.h"
#include "chaos/crash/kill_loop.h"
#include "chaos/crash/planted.h"
#include "chaos/crash/runner.h"
#include "chaos/seed_runs/program.h"
#include "chaos/sim/crash_report.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

using seed_runs::ShowProgress;

std::string Violation(uint64_t seed, const std::string& fault) {
  return fmt::format("violation: {}\n{}  commit {}\n  repeat with: {}\n", fault, StoryOf(seed),
                     sim::CommitName(), sim::RepeatCommand(seed));
}

std::string Figures(const RunTotals& totals) {
  const TrialResult& sum = totals.sum;
  const auto verdict = [&](Verdict one) { return sum.verdicts[static_cast<size_t>(one)]; };
  return sum.points.Table() +
         fmt::format("{} damaged: {} sound, {} named, {} residual, {} amnesiac, {} refused\n",
                     sum.damages, verdict(Verdict::kSound), verdict(Verdict::kNamed),
                     verdict(Verdict::kResidual), verdict(Verdict::kAmnesiac), sum.refusals) +
         sim::Figure("crash.seeds", totals.seeds, "runs") +
         sim::Figure("crash.lives", sum.lives, "lives") +
         sim::Figure("crash.operations", sum.acts, "operations") +
         sim::Figure("crash.damages", sum.damages, "damages") +
         sim::Figure("crash.points", sum.points.total(), "points") +
         sim::Figure("crash.violations", uint64_t{totals.failures.size()}, "violations");
}

int Run(const Arguments& arguments, const RunOneSeed& task) {
  const sim::CrashReport report(task.seed);
  const auto trace = [](const std::string& line) { std::cout << line << std::endl; };
  const TrialResult result = RunTrial(DrawSetup(task.seed), log::PlantedBug::kNone,
                                      arguments.verbose ? Driver::Trace(trace) : Driver::Trace());
  if (!result.fault.has_value()) {
    std::cout << fmt::format("seed {}: no violation\n", task.seed);
    return 0;
  }
  if (arguments.verbose) {
    std::cout << fmt::format("violation: {}\n", *result.fault);
  } else {
    std::cout << Violation(task.seed, *result.fault);
  }
  return kExitViolation;
}

int Run(const Arguments& arguments, const RunManySeeds& task) {
  const RunPlan plan{.first_seed = task.first,
                     .last_seed = task.last,
                     .time_max = task.time_max,
                     .threads = arguments.threads};
  const RunTotals totals =
      RunSeeds(plan, [](uint64_t points) { ShowProgress(fmt::format("{} points", points)); });
  ShowProgress("");
  std::cout << Figures(totals) << std::flush;
  for (const auto& [seed, fault] : totals.failures) std::cout << Violation(seed, fault);
  if (!totals.failures.empty()) return kExitViolation;
  const CrashPoints& points = totals.sum.points;
  if (!task.is_default || (points.total() >= kPointsMin && points.Least() >= kPointsOfKindMin)) {
    return 0;
  }
  std::cout << fmt::format("too few points: {} in all and {} of the rarest, not {} and {}\n",
                           points.total(), points.Least(), kPointsMin, kPointsOfKindMin);
  return kExitViolation;
}

int Run(const Arguments& arguments, const SearchPlanted& task) {
  const auto find = [&](log::PlantedBug bug) { return FindPlanted(bug, arguments.threads); };
  const auto describe = [](const auto& searches) { return Describe(searches); };
  return seed_runs::SearchAll(task.bugs, Name, find, describe);
}

int Run(const Arguments& /*arguments*/, const KillInALoop& task) {
  const KillOutcome outcome = KillInLoop(task.rounds);
  std::cout << sim::Figure("crash.kills", outcome.kills, "kills")
            << sim::Figure("crash.kills.acknowledged", outcome.acknowledged, "entries")
            << sim::Figure("crash.kills.violations", uint64_t{outcome.fault.has_value()},
                           "violations");
  if (!outcome.fault.has_value()) return 0;
  std::cout << fmt::format("violation: {}\n", *outcome.fault);
  return kExitViolation;
}

int Run(const Arguments& /*arguments*/, const BeKilled& task) {
  return WriteUntilKilled(task.directory, STDOUT_FILENO);
}

int Main(std::vector<std::string> words) {
  return seed_runs::RunOrLeave(ParseArguments(std::move(words)), [](const Arguments& arguments) {
    sim::CrashReport::SetCommand("crash");
    return std::visit([&](const auto& task) { return Run(arguments, task); }, arguments.task);
  });
}

}  // namespace
}  // namespace warren::crash

int main(int argc, char** argv) {
  return warren::seed_runs::MainOf("warren-crash", argc, argv, warren::crash::Main);
}
