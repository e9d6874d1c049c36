#include "chaos/queue_model/runner.h"

#include <utility>
#include <vector>

#include "chaos/queue_model/apart.h"
#include "chaos/queue_model/describe.h"
#include "chaos/queue_model/shrink.h"
#include "chaos/queue_model/trial.h"
#include "chaos/sim/seed_pool.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

constexpr size_t kShrinkTriesMax = 4000;

std::string InWords(const Difference& difference) {
  return fmt::format("{}\n  {}\n", difference.rule, difference.details);
}

// The replay of a history, in words; what it did last comes last.
ApartTask ReplayOf(const History& history, const MakeSubject& make_subject) {
  return [&history, &make_subject](uint64_t& step) -> std::optional<std::string> {
    Trial trial(history.config, make_subject);
    for (step = 0; step < history.entries.size(); ++step) {
      Entry entry = history.entries[step];
      const auto difference = trial.Step(entry, Trial::Look::kYes);
      if (difference.has_value()) return InWords(*difference);
    }
    return std::nullopt;
  };
}

// Fills in what only the model knows: the stamps.
void Complete(History& history) {
  Model model(history.config);
  Effects effects;
  for (Entry& entry : history.entries) {
    Trial::CompleteStamp(model, entry);
    model.Apply(entry.index, entry.time, entry.command, effects);
  }
}

}  // namespace

RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress) {
  RunTotals totals;
  const auto run = [&](uint64_t seed, const sim::KeepResult& keep) {
    const Outcome outcome = RunSetupOf(DrawSetup(seed), plan.make_subject);
    bool enough = outcome.difference.has_value();
    keep([&] {
      ++totals.seeds;
      totals.operations += outcome.operations;
      if (outcome.difference.has_value()) totals.failures.emplace(seed, *outcome.difference);
      enough |= totals.operations >= plan.operations;
    });
    return !enough;
  };
  const sim::SeedPlan seeds{.first = plan.first_seed,
                            .last = plan.last_seed,
                            .time_max = plan.time_max,
                            .threads = plan.threads};
  sim::RunOnThreads(seeds, run, [&] { on_progress(totals.operations); });
  return totals;
}

std::optional<std::string> FaultOf(uint64_t seed, const MakeSubject& make_subject) {
  Apart run([&](uint64_t& step) -> std::optional<std::string> {
    const Outcome outcome = RunSetupOf(DrawSetup(seed), make_subject);
    step = outcome.steps;
    if (!outcome.difference.has_value()) return std::nullopt;
    return InWords(*outcome.difference);
  });
  return run.Result();
}

std::string ShrunkStory(uint64_t seed, const MakeSubject& make_subject) {
  const RunSetup setup = DrawSetup(seed);
  // Another fault that comes to light on the way would only distract.
  std::string rule;
  const FailsAt fails_at = [&](const History& history) -> std::optional<size_t> {
    Apart replay(ReplayOf(history, make_subject));
    const std::optional<std::string> fault = replay.Result();
    if (!fault.has_value()) return std::nullopt;
    const std::string its_rule = fault->substr(0, fault->find('\n'));
    if (rule.empty()) rule = its_rule;
    if (its_rule != rule) return std::nullopt;
    return replay.step();
  };
  History history = Shrink(HistoryOf(setup, setup.commands), fails_at, kShrinkTriesMax);
  Complete(history);
  std::string story = fmt::format("seed {}, shortened to {} commands\n  config {}\n", seed,
                                  history.entries.size(), Describe(history.config));
  for (const Entry& entry : history.entries) {
    story += fmt::format("  [{}] at {} {}{}\n", entry.index.value(), Describe(entry.time),
                         Describe(entry.command),
                         entry.restores ? "; then the second machine is restored" : "");
  }
  Apart replay(ReplayOf(history, make_subject));
  return story + replay.Result().value_or("it does not fail any more\n");
}

}  // namespace warren::queue_model
