#include "chaos/crash/trial.h"

#include <utility>

#include "chaos/crash/damage_trial.h"
#include "chaos/crash/read_check.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

constexpr uint64_t kDamagesEach = 2;
constexpr uint64_t kWriterStepsMax = 100;
constexpr uint64_t kInterruptionsMax = 2;  // In one life: each brings the next one about.

std::string_view NameOf(crash::End end) {
  static constexpr std::string_view kNames[] = {"a power cut at a point",
                                                "a power cut in a change",
                                                "a power cut while opening",
                                                "a kill",
                                                "a stop",
                                                "a failure of the disk"};
  return kNames[static_cast<size_t>(end)];
}

}  // namespace

Trial::Trial(const CrashSetup& setup, log::PlantedBug bug, Driver::Trace trace)
    : setup_(setup),
      bug_(bug),
      trace_(std::move(trace)),
      rng_(setup.seed, /*stream=*/4),
      book_(setup.seed, setup.sizes),
      machine_(setup, bug, &oracle_, std::make_unique<log::SimulatedDisk>(setup.disk)),
      driver_(setup, machine_, oracle_, book_, {.rng = base::Rng(setup.seed, 3), .trace = trace_}) {
  machine_.set_meanwhile([this] { Interrupt(); });
}

// The writer is at work while a segment retires; now and then so much that it needs new segments.
void Trial::Interrupt() {
  if (interruptions_ == 0) return;
  --interruptions_;
  const uint64_t enough = machine_.engine().GetStats().segments + rng_.Below(3);
  for (uint64_t step = 0; step < kWriterStepsMax && !fault_of_writer_.has_value(); ++step) {
    if (machine_.is_off() || machine_.has_failed()) return;
    fault_of_writer_ = driver_.StepOfWriter();
    if (machine_.engine().GetStats().segments >= enough) return;
  }
}

TrialResult Trial::Run() {
  for (uint64_t life = 0; life < setup_.lives && !result_.fault.has_value(); ++life) {
    const Ending ending = DrawEnding(rng_);
    Tell(fmt::format("life {}, to end by {} ({}, {} {}, {})", life + 1, NameOf(ending.end),
                     ending.nth, ending.moment == log::Moment::kBefore ? "before" : "after",
                     log::kLogStepNames[static_cast<size_t>(ending.step)],
                     ending.is_damaged ? "then damage" : "no damage"));
    ++result_.lives;
    result_.fault = Live(ending);
  }
  // What is left at last is judged too.
  if (!result_.fault.has_value()) result_.fault = Live({.end = End::kStop});
  result_.points.Add(machine_.points());
  return std::move(result_);
}

Trial::Fault Trial::Live(const Ending& ending) {
  Fault fault = at_rest_ && rng_.OneIn(3) ? CheckStore() : std::nullopt;
  if (!fault.has_value() && rng_.OneIn(4)) {  // Opening it once more finds the same.
    fault = Open({.end = crash::End::kKill});
    machine_.Kill();
  }
  if (!fault.has_value()) fault = Open(ending);
  if (fault.has_value() || !machine_.is_open()) return fault;
  interruptions_ = rng_.Below(kInterruptionsMax + 1);
  fault = Act(ending);
  if (!fault.has_value()) fault = this->End(ending);
  if (!fault.has_value()) fault = fault_of_writer_;
  if (!fault.has_value() && ending.is_damaged && at_rest_) fault = TryDamage();
  return fault;
}

Trial::Fault Trial::Open(const Ending& ending) {
  machine_.Arm(ending);
  at_rest_ = false;
  log::Recovery recovery;
  absl::Status status = machine_.Open(&recovery);
  if (absl::IsResourceExhausted(status)) {
    Tell(fmt::format("no room to open: {}", status.ToString()));
    machine_.disk().set_capacity(uint64_t{1} << 40);
    status = machine_.Open(&recovery);
  }
  if (!status.ok()) {
    if (!machine_.is_off()) return fmt::format("the log does not open: {}", status.ToString());
    machine_.points().CountOpening();
    machine_.Crash();
    at_rest_ = true;
    return std::nullopt;
  }
  Tell(fmt::format("open: {} groups, {} frames in {} segments", recovery.groups.size(),
                   recovery.frames, recovery.segments));
  Fault fault = oracle_.Judge(recovery);
  if (!fault.has_value()) fault = ReadAll();
  return fault;
}

Trial::Fault Trial::ReadAll() {
  for (const raft::GroupId group : oracle_.Existing()) {
    Fault fault =
        ReadCheck(machine_.engine(), book_, group, oracle_.Now(group), MayDecay::kNo).All(rng_);
    if (fault.has_value() && !machine_.is_off()) return fault;
  }
  return std::nullopt;
}

Trial::Fault Trial::Act(const Ending& ending) {
  const uint64_t acts = rng_.Between(20, setup_.acts_max);
  const uint64_t fails_at = ending.end == crash::End::kFailure ? rng_.Below(acts) : acts;
  for (uint64_t act = 0; act < acts && !machine_.is_off() && !machine_.has_failed(); ++act) {
    if (act == fails_at) {
      Tell("the next operation of its kind will fail");
      machine_.disk().FailNext(ending.operation, absl::InternalError("Input/output error"));
    }
    ++result_.acts;
    if (Fault fault = driver_.Step(); fault.has_value()) return fault;
    if (fault_of_writer_.has_value()) return fault_of_writer_;
  }
  return machine_.fault();
}

Trial::Fault Trial::End(const Ending& ending) {
  const bool waits_for_point = ending.end == crash::End::kAtPoint && !machine_.met_its_point();
  const bool goes_on = !machine_.is_off() && !machine_.has_failed();
  if (goes_on && (waits_for_point || ending.end == crash::End::kStop)) {
    if (Fault fault = driver_.Finish(); fault.has_value()) return fault;
  }
  if (machine_.is_off() && !machine_.met_its_point()) {
    machine_.points().CountChange();
  } else if (!machine_.is_off() && machine_.has_failed()) {
    machine_.points().CountFailure();
  }
  const bool only_killed =
      !machine_.is_off() && !machine_.has_failed() &&
      (ending.end == crash::End::kKill || (ending.end == crash::End::kStop && rng_.OneIn(2)));
  if (only_killed) {
    Tell("killed");
    machine_.Kill();
    return std::nullopt;
  }
  Tell("the power fails");
  machine_.Crash();
  at_rest_ = true;
  return std::nullopt;
}

Trial::Fault Trial::CheckStore() {
  const auto copy = machine_.disk().Copy();
  return store_check_.Check(*copy, setup_.config.directory);
}

Trial::Fault Trial::TryDamage() {
  for (uint64_t i = 0; i < kDamagesEach; ++i) {
    const DamageTrial::Subject subject{
        .setup = setup_, .bug = bug_, .book = book_, .oracle = oracle_, .disk = machine_.disk()};
    const DamageTrial::Outcome outcome = DamageTrial(subject, rng_.Fork(rng_.Next())).Run();
    if (outcome.what.empty()) continue;
    ++result_.damages;
    result_.refusals += outcome.refused ? 1 : 0;
    if (outcome.verdict.has_value()) ++result_.verdicts[static_cast<size_t>(*outcome.verdict)];
    Tell(fmt::format("damage: {}", outcome.what));
    if (outcome.fault.has_value()) return fmt::format("{}\n  {}", *outcome.fault, outcome.what);
  }
  return std::nullopt;
}

TrialResult RunTrial(const CrashSetup& setup, log::PlantedBug bug, const Driver::Trace& trace) {
  return Trial(setup, bug, trace).Run();
}

}  // namespace warren::crash
