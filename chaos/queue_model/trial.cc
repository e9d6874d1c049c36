#include "chaos/queue_model/trial.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "chaos/queue_model/describe.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

// A tick may find that there was nothing to do after all; not again and again.
constexpr uint64_t kIdleTicksMax = 2;
constexpr uint64_t kLookEvery = 7;

}  // namespace

Trial::Trial(const QueueConfig& config, const MakeSubject& make_subject)
    : model_(config), subject_(make_subject(config)), twin_(make_subject(config)) {}

void Trial::CompleteStamp(const Model& model, Entry& entry) {
  if (!entry.is_next) return;
  const auto complete = [&](auto& what) {
    if constexpr (requires { what.stamp; }) {
      const auto found = model.sessions().all().find(what.stamp.session);
      if (found == model.sessions().all().end()) return;
      what.stamp.epoch = found->second.epoch;
      what.stamp.number = found->second.last + 1;
      what.stamp.answered = std::min(what.stamp.answered, found->second.last);
    }
  };
  std::visit(complete, entry.command);
}

std::optional<Difference> Trial::Step(Entry& entry, Look look) {
  CompleteStamp(model_, entry);
  model_.Apply(entry.index, entry.time, entry.command, expected_);
  subject_->Apply(entry.index, entry.time, entry.command, observed_);
  twin_->Apply(entry.index, entry.time, entry.command, of_twin_);
  std::optional<Difference> difference = CompareEffects(expected_, model_.freed(), observed_);
  if (!difference.has_value()) difference = CompareTwins(observed_, of_twin_);
  if (!difference.has_value()) difference = JudgeDeadline(entry);
  if (!difference.has_value() && look == Look::kYes) difference = Examine();
  if (!difference.has_value() && entry.restores) difference = Restore();
  return difference;
}

std::optional<Difference> Trial::JudgeDeadline(const Entry& entry) {
  if (!std::holds_alternative<queue::Tick>(entry.command)) return std::nullopt;
  const auto is_late = [&](std::optional<Time> deadline) {
    return deadline.has_value() && *deadline <= model_.now();
  };
  const bool is_idle = is_late(subject_->NextDeadline()) && !is_late(model_.NextDeadline());
  idle_ticks_ = is_idle ? idle_ticks_ + 1 : 0;
  if (idle_ticks_ <= kIdleTicksMax) return std::nullopt;
  return Difference{
      .rule = "a tick at the deadline makes progress",
      .details = fmt::format("due at {} after {} ticks at {}, though exactly: {}",
                             Describe(subject_->NextDeadline()), idle_ticks_,
                             Describe(model_.now()), Describe(model_.NextDeadline()))};
}

std::optional<Difference> Trial::Examine() {
  subject_->CheckInvariants();
  if (subject_->Digest() != twin_->Digest()) {
    return Difference{
        .rule = "digest, of the restored machine",
        .details = fmt::format("{:016x} and {:016x}", subject_->Digest(), twin_->Digest())};
  }
  return CompareViews(model_, *subject_);
}

std::optional<Difference> Trial::Restore() {
  twin_ = twin_->Restored();
  if (twin_ == nullptr) {
    return Difference{.rule = "a machine reads what it has written", .details = "it does not"};
  }
  twin_->CheckInvariants();
  if (subject_->Digest() == twin_->Digest()) return std::nullopt;
  return Difference{
      .rule = "digest, after restoring",
      .details = fmt::format("{:016x} and {:016x}", subject_->Digest(), twin_->Digest())};
}

Outcome RunSetupOf(const RunSetup& setup, const MakeSubject& make_subject) {
  Driver driver(setup);
  Trial trial(setup.config, make_subject);
  Outcome outcome;
  for (uint64_t after_end = 0; outcome.steps < setup.commands && after_end < 10;) {
    Entry entry = driver.Next(trial.model());
    const bool looks = ++outcome.steps % kLookEvery == 0 || outcome.steps == setup.commands;
    outcome.difference = trial.Step(entry, looks ? Trial::Look::kYes : Trial::Look::kNo);
    outcome.operations += OperationsOf(entry.command);
    if (outcome.difference.has_value()) break;
    driver.Observe(trial.effects());
    after_end += trial.model().removed() ? 1 : 0;
  }
  return outcome;
}

History HistoryOf(const RunSetup& setup, uint64_t steps) {
  Driver driver(setup);
  Model model(setup.config);
  Effects effects;
  History history{.config = setup.config, .entries = {}};
  for (uint64_t i = 0; i < steps; ++i) {
    history.entries.push_back(driver.Next(model));
    const Entry& entry = history.entries.back();
    model.Apply(entry.index, entry.time, entry.command, effects);
    driver.Observe(effects);
  }
  return history;
}

std::optional<Failing> Replay(History& history, const MakeSubject& make_subject) {
  Trial trial(history.config, make_subject);
  for (size_t step = 0; step < history.entries.size(); ++step) {
    std::optional<Difference> difference = trial.Step(history.entries[step], Trial::Look::kYes);
    if (difference.has_value()) return Failing{.step = step, .difference = *difference};
  }
  return std::nullopt;
}

}  // namespace warren::queue_model
