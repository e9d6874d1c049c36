#include "chaos/queue_model/runner.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"

#include "chaos/queue_model/apart.h"
#include "chaos/queue_model/describe.h"
#include "chaos/queue_model/shrink.h"
#include "chaos/queue_model/trial.h"
#include "chaos/sim/crash_report.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

constexpr size_t kShrinkTriesMax = 4000;

// What the threads share. One lock for all of it: a run takes milliseconds.
class Shared {
 public:
  explicit Shared(const RunPlan& plan)
      : plan_(plan), next_(plan.first_seed), deadline_(absl::Now() + plan.time_max) {}

  // nullopt: no more.
  std::optional<uint64_t> TakeSeed() {
    const std::lock_guard lock(mutex_);
    const bool is_over = exhausted_ || !totals_.failures.empty() ||
                         totals_.operations >= plan_.operations || absl::Now() >= deadline_;
    if (is_over) return std::nullopt;
    exhausted_ = next_ == plan_.last_seed;
    return next_++;
  }

  void Finish(uint64_t seed, const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    ++totals_.seeds;
    totals_.operations += outcome.operations;
    if (outcome.difference.has_value()) totals_.failures.emplace(seed, *outcome.difference);
  }

  void Leave() {
    const std::lock_guard lock(mutex_);
    ++left_;
    changed_.notify_all();
  }

  // Waits a while, or until all threads have left. True if they have.
  bool AwaitLeave(uint64_t& done) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(200), [&] { return left_ == plan_.threads; });
    done = totals_.operations;
    return left_ == plan_.threads;
  }

  RunTotals Take() { return std::move(totals_); }

 private:
  const RunPlan& plan_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_;
  bool exhausted_ = false;
  const absl::Time deadline_;
  size_t left_ = 0;
  RunTotals totals_;
};

void Work(const RunPlan& plan, Shared& shared) {
  while (const auto seed = shared.TakeSeed()) {
    const sim::CrashReport report(*seed);
    shared.Finish(*seed, RunSetupOf(DrawSetup(*seed), plan.make_subject));
  }
  shared.Leave();
}

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
  Shared shared(plan);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < plan.threads; ++i) {
    threads.emplace_back([&] { Work(plan, shared); });
  }
  uint64_t done = 0;
  while (!shared.AwaitLeave(done)) on_progress(done);
  for (std::thread& thread : threads) thread.join();
  return shared.Take();
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
