#include "tests/scenario_runner/membership_script.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/config_change_text.h"
#include "tests/scenario_runner/describe.h"

namespace warren::scenario_runner {
namespace {

std::string_view ErrorText(raft::ChangeError error) {
  switch (error) {
    case raft::ChangeError::kNoVoterLeft:
      return "removed all voters";
    case raft::ChangeError::kNeedsJoint:
      return "more than one voter changed without entering joint config";
    case raft::ChangeError::kAlreadyJoint:
      return "config is already joint";
    case raft::ChangeError::kNotJoint:
      return "can't leave a non-joint config";
    case raft::ChangeError::kJointNeedsVoters:
      return "can't make a zero-voter config joint";
    case raft::ChangeError::kSimpleWhileJoint:
      return "can't apply simple config change in joint config";
  }
  return "unknown error";
}

}  // namespace

std::string MembershipScript::Run(const Block& block) {
  const raft::Index command_at = std::exchange(last_, last_ + 1);
  const absl::StatusOr<std::vector<raft::MemberChange>> changes = ParseMemberChanges(block.input);
  if (!changes.ok()) return std::string(changes.status().message());
  const absl::StatusOr<raft::ChangeResult> result = Change(block, *changes);
  if (!result.ok()) return std::string(result.status().message());
  if (const auto* const error = std::get_if<raft::ChangeError>(&*result)) {
    return fmt::format("{}\n", ErrorText(*error));
  }
  Track(*changes, std::get<raft::Membership>(*result), command_at);
  return Describe();
}

absl::StatusOr<raft::ChangeResult> MembershipScript::Change(
    const Block& block, const std::vector<raft::MemberChange>& changes) const {
  raft::ConfigChange change;
  change.changes = changes;
  if (block.command == "simple") return raft::ChangeSimply(membership_, change);
  if (block.command == "enter-joint") {
    const Argument* const auto_leave = block.Find("autoleave");
    const bool leaves = auto_leave != nullptr && !auto_leave->values.empty() &&
                        auto_leave->values.front() == "true";
    return raft::EnterJoint(membership_, change, leaves);
  }
  if (block.command == "leave-joint") {
    if (!changes.empty()) return absl::InvalidArgumentError("this command takes no input");
    return raft::LeaveJoint(membership_);
  }
  return absl::InvalidArgumentError("unknown command");
}

// A member that is removed and added again by the same change begins anew, unless its vote went
// on counting in the outgoing half meanwhile.
void MembershipScript::Track(const std::vector<raft::MemberChange>& changes,
                             const raft::Membership& after, raft::Index command_at) {
  for (const raft::MemberChange& change : changes) {
    if (change.type == raft::MemberChangeType::kUpdate) continue;
    if (change.type != raft::MemberChangeType::kRemove) {
      raft::ProgressView fresh;
      fresh.next = std::max(command_at, raft::Index(1));
      fresh.active = true;
      progress_.try_emplace(change.node, fresh);
    } else if (!after.outgoing.Contains(change.node)) {
      progress_.erase(change.node);
    }
  }
  for (auto at = progress_.begin(); at != progress_.end();) {
    at->second.learner = after.IsLearner(at->first);
    at = after.Contains(at->first) ? std::next(at) : progress_.erase(at);
  }
  membership_ = after;
}

std::string MembershipScript::Describe() const {
  std::string text = scenario_runner::Describe(membership_) + "\n";
  for (const auto& [node, progress] : progress_) {
    text += fmt::format("{}: {}\n", node.value(), scenario_runner::Describe(progress));
  }
  return text;
}

}  // namespace warren::scenario_runner
