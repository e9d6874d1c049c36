#include "chaos/crash/damage_trial.h"

#include <utility>

#include "chaos/crash/read_check.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

constexpr uint64_t kActsAfterwards = 40;

std::string NameIn(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

DamageTrial::DamageTrial(const Subject& subject, base::Rng rng)
    : setup_(subject.setup),
      rng_(rng),
      book_(subject.book),
      oracle_(subject.oracle),
      original_(subject.disk),
      machine_(subject.setup, subject.bug, &oracle_, subject.disk.Copy()) {}

DamageTrial::Outcome DamageTrial::Run() {
  Outcome outcome;
  machine_.disk().set_capacity(uint64_t{1} << 40);  // One trouble at a time.
  damage_ = DoDamage(machine_.disk(), rng_);
  if (damage_.path.empty()) return outcome;
  outcome.what = Describe(damage_);
  log::Recovery recovery;
  const absl::Status status = machine_.Open(&recovery);
  if (!status.ok()) {
    outcome.refused = true;
    outcome.fault = JudgeRefusal(status);
    return outcome;
  }
  const Oracle::Judgement judgement =
      oracle_.JudgeDamaged(recovery, MayHideLastFrame(original_, damage_));
  verdict_ = judgement.verdict;
  outcome.verdict = verdict_;
  outcome.fault = judgement.fault;
  if (!outcome.fault.has_value()) outcome.fault = JudgeReads(recovery);
  if (!outcome.fault.has_value() && verdict_ != Verdict::kAmnesiac) {
    outcome.fault = Reopen();
    if (!outcome.fault.has_value()) outcome.fault = GoOn();
  }
  return outcome;
}

// RocksDB needs its own files to be what they were; ours may be destroyed.
DamageTrial::Fault DamageTrial::JudgeRefusal(const absl::Status& status) const {
  if (!damage_.IsInStore()) {
    return fmt::format("after damage outside of the store the log does not open: {}",
                       status.ToString());
  }
  const std::string message(status.message());
  const bool is_named = message.find(NameIn(damage_.path)) != std::string::npos ||
                        message.find("/store") != std::string::npos;
  if (absl::IsDataLoss(status) && is_named) return std::nullopt;
  return fmt::format("after damage of the store the log does not say what is lost: {}",
                     status.ToString());
}

DamageTrial::Fault DamageTrial::JudgeReads(const log::Recovery& recovery) {
  for (const log::RecoveredGroup& found : recovery.groups) {
    if (verdict_ == Verdict::kAmnesiac) {
      if (Fault fault = ReadAmnesiac(found); fault.has_value()) return fault;
      continue;
    }
    const GroupModel& now = oracle_.Now(found.group);
    ReadCheck reads(machine_.engine(), book_, found.group, now, MayDecay::kYes);
    Fault fault = reads.All(rng_);
    if (!fault.has_value()) fault = machine_.fault();
    if (fault.has_value()) return fmt::format("after damage: {}", *fault);
    base::IntervalSet missing = now.missing;
    missing.UnionWith(reads.decayed());
    oracle_.Lose(found.group, missing);
  }
  return std::nullopt;
}

// Nobody knows which of its states the group is in, nor in which of its lives. What it gives must
// be true all the same.
DamageTrial::Fault DamageTrial::ReadAmnesiac(const log::RecoveredGroup& found) {
  Fault fault;
  for (uint64_t life = oracle_.NextLife(found.group) - 1; life > 0; --life) {
    GroupModel model;
    model.life = life;
    model.Adopt(found);
    fault = ReadCheck(machine_.engine(), book_, found.group, model, MayDecay::kYes).All(rng_);
    if (!fault.has_value()) return std::nullopt;
  }
  return fmt::format("after damage that nobody could name: {}", fault.value_or("no such life"));
}

DamageTrial::Fault DamageTrial::Reopen() {
  machine_.Kill();
  log::Recovery recovery;
  const absl::Status status = machine_.Open(&recovery);
  if (!status.ok()) {
    return fmt::format("after damage the log opens once, and then no more: {}", status.ToString());
  }
  const Oracle::Judgement again = oracle_.JudgeDamaged(recovery, /*at_last_frame=*/false);
  if (again.fault.has_value()) {
    return fmt::format("after damage the log opens twice, and is not the same: {}", *again.fault);
  }
  verdict_ = again.verdict;
  return JudgeReads(recovery);
}

DamageTrial::Fault DamageTrial::GoOn() {
  if (verdict_ == Verdict::kAmnesiac) return std::nullopt;
  Driver driver(setup_, machine_, oracle_, book_,
                {.rng = rng_.Fork(1), .trace = {}, .may_decay = MayDecay::kYes});
  for (uint64_t act = 0; act < kActsAfterwards && !machine_.has_failed(); ++act) {
    if (Fault fault = driver.Step(); fault.has_value()) {
      return fmt::format("some time after damage: {}", *fault);
    }
  }
  machine_.Crash();
  log::Recovery recovery;
  const absl::Status status = machine_.Open(&recovery);
  if (!status.ok()) {
    return fmt::format("after damage and a power cut the log does not open: {}", status.ToString());
  }
  const Oracle::Judgement later = oracle_.JudgeDamaged(recovery, /*at_last_frame=*/false);
  if (later.fault.has_value()) {
    return fmt::format("after damage and a power cut: {}", *later.fault);
  }
  verdict_ = later.verdict;
  return JudgeReads(recovery);
}

}  // namespace warren::crash
