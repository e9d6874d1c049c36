#include "chaos/crash/machine.h"

#include <utility>

#include "fmt/format.h"
#include "replication/log/disk/testing/simulated_env.h"

namespace warren::crash {

Machine::Machine(const CrashSetup& setup, log::PlantedBug bug, Oracle* oracle,
                 std::unique_ptr<log::SimulatedDisk> disk)
    : setup_(setup),
      bug_(bug),
      oracle_(oracle),
      disk_(std::move(disk)),
      env_(log::MakeSimulatedEnv(disk_.get())),
      secrets_(setup.seed, /*stream=*/2) {}

Machine::~Machine() = default;

void Machine::Arm(const Ending& ending) {
  ending_ = ending;
  passed_ = 0;
  met_ = false;
  disk_->KeepPower();
  if (ending.end == End::kOpening) disk_->PowerOffAt(ending.nth);
}

absl::Status Machine::Open(log::Recovery* recovery) {
  failed_ = false;
  log::LogPlatform platform;
  platform.files = disk_.get();
  platform.env = env_.get();
  platform.clock = &clock_;
  platform.listener = this;
  platform.random = [this] { return secrets_.Next(); };
  platform.compacts_by_itself = false;
  platform.bug = bug_;
  platform.at = [this](log::LogStep step, log::Moment moment) { At(step, moment); };
  *recovery = {};
  auto opened = log::LogEngine::Open(setup_.config, std::move(platform), recovery);
  if (!opened.ok()) return opened.status();
  engine_ = *std::move(opened);
  if (ending_.end == End::kAtChange) disk_->PowerOffAt(ending_.nth);
  return absl::OkStatus();
}

void Machine::Crash() {
  disk_->PowerOff();
  engine_.reset();
  disk_->Crash();
}

void Machine::At(log::LogStep step, log::Moment moment) {
  if (disk_->is_off()) return;
  const bool is_retiring = step == log::LogStep::kFlush || step == log::LogStep::kIngest;
  if (is_retiring && meanwhile_ && engine_ != nullptr) meanwhile_();
  if (ending_.end != End::kAtPoint || ending_.step != step || ending_.moment != moment) return;
  if (++passed_ != ending_.nth) return;
  points_.Count(step, moment);
  met_ = true;
  disk_->PowerOff();
}

void Machine::OnCompleted(std::span<const log::Completion> completions) {
  for (const log::Completion& completion : completions) {
    std::optional<std::string> fault = oracle_->Complete(completion);
    if (fault.has_value() && !fault_.has_value()) fault_ = std::move(fault);
  }
}

void Machine::OnRetirementNear(std::span<const raft::GroupId> /*groups*/) {}

void Machine::OnFailed(const absl::Status& why) {
  failed_ = true;
  const bool is_expected = disk_->is_off() || ending_.end == End::kFailure;
  if (is_expected || fault_.has_value()) return;
  fault_ = fmt::format("the log has failed by itself: {}", why.ToString());
}

void Machine::OnSpace(bool /*short_of_space*/) {}

}  // namespace warren::crash
