#include "tests/scenario_runner/describe.h"

#include "fmt/format.h"
#include "tests/scenario_runner/config_change_text.h"

namespace warren::scenario_runner {
namespace {

enum class Base { kDecimal, kHexadecimal };

std::string Listed(const raft::NodeSet& nodes, Base base) {
  std::string text;
  for (const raft::NodeId node : nodes) {
    if (!text.empty()) text += ' ';
    text += base == Base::kDecimal ? fmt::format("{}", node.value())
                                   : fmt::format("{:x}", node.value());
  }
  return text;
}

std::string DescribeChange(std::string_view payload) {
  const absl::StatusOr<raft::ConfigChange> change = raft::DecodeConfigChange(payload);
  if (!change.ok()) return fmt::format(" {}", std::string(change.status().message()));
  const std::string text = ToText(change->changes);
  return text.empty() ? "" : " " + text;
}

bool IsOfFirstKind(const raft::Entry& entry) {
  const absl::StatusOr<raft::ConfigChange> change = raft::DecodeConfigChange(entry.payload.view());
  return change.ok() && change->context == kFirstKindMark;
}

std::string_view StateName(raft::ProgressState state) {
  switch (state) {
    case raft::ProgressState::kProbe:
      return "StateProbe";
    case raft::ProgressState::kReplicate:
      return "StateReplicate";
    case raft::ProgressState::kSnapshot:
      return "StateSnapshot";
  }
  return "unknown";
}

}  // namespace

std::string Quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    switch (c) {
      case '"':
        text += "\\\"";
        break;
      case '\\':
        text += "\\\\";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          text += c;
        }
    }
  }
  return text + "\"";
}

std::string_view StateName(raft::Role role) {
  switch (role) {
    case raft::Role::kFollower:
      return "StateFollower";
    case raft::Role::kPreCandidate:
      return "StatePreCandidate";
    case raft::Role::kCandidate:
      return "StateCandidate";
    case raft::Role::kLeader:
      return "StateLeader";
  }
  return "unknown";
}

std::string Describe(const raft::RoleState& role) {
  return fmt::format("Lead:{} State:{}", role.leader.value(), StateName(role.role));
}

std::string Describe(const raft::HardState& hard_state) {
  std::string text = fmt::format("Term:{}", hard_state.term.value());
  if (!hard_state.vote.IsNone()) text += fmt::format(" Vote:{}", hard_state.vote.value());
  return text + fmt::format(" Commit:{}", hard_state.commit.value());
}

std::string Describe(const raft::Entry& entry) {
  const std::string id = fmt::format("{}/{}", entry.id.term.value(), entry.id.index.value());
  if (entry.type == raft::EntryType::kNormal) {
    return fmt::format("{} EntryNormal {}", id, Quoted(entry.payload.view()));
  }
  return fmt::format("{} {}{}", id, IsOfFirstKind(entry) ? "EntryConfChange" : "EntryConfChangeV2",
                     DescribeChange(entry.payload.view()));
}

std::string DescribeLines(std::span<const raft::Entry> entries) {
  std::string text;
  for (const raft::Entry& entry : entries) text += Describe(entry) + "\n";
  return text;
}

std::string Describe(const raft::ProgressView& progress) {
  std::string text = fmt::format("{} match={} next={}", StateName(progress.state),
                                 progress.match.value(), progress.next.value());
  if (progress.learner) text += " learner";
  if (progress.paused) text += " paused";
  if (progress.pending_snapshot > raft::Index()) {
    text += fmt::format(" pendingSnap={}", progress.pending_snapshot.value());
  }
  if (!progress.active) text += " inactive";
  if (progress.inflight > 0) {
    text += fmt::format(" inflight={}{}", progress.inflight, progress.window_full ? "[full]" : "");
  }
  return text;
}

std::string Describe(const raft::NodeSet& nodes) {
  return fmt::format("({})", Listed(nodes, Base::kHexadecimal));
}

std::string Describe(const raft::Membership& membership) {
  std::string text = "voters=" + Describe(membership.voters);
  if (membership.IsJoint()) text += "&&" + Describe(membership.outgoing);
  if (!membership.learners.empty()) text += " learners=" + Describe(membership.learners);
  if (!membership.learners_next.empty()) {
    text += " learners_next=" + Describe(membership.learners_next);
  }
  if (membership.auto_leave) text += " autoleave";
  return text;
}

std::string DescribeInSnapshot(const raft::Membership& membership) {
  return fmt::format("Voters:[{}] VotersOutgoing:[{}] Learners:[{}] LearnersNext:[{}] AutoLeave:{}",
                     Listed(membership.voters, Base::kDecimal),
                     Listed(membership.outgoing, Base::kDecimal),
                     Listed(membership.learners, Base::kDecimal),
                     Listed(membership.learners_next, Base::kDecimal), membership.auto_leave);
}

std::string Describe(const raft::Snapshot& snapshot) {
  return fmt::format("Index:{} Term:{} ConfState:{}", snapshot.last.id.index.value(),
                     snapshot.last.id.term.value(), DescribeInSnapshot(snapshot.membership));
}

}  // namespace warren::scenario_runner
