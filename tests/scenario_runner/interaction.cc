#include "tests/scenario_runner/interaction.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/add_nodes.h"
#include "tests/scenario_runner/config_change_text.h"
#include "tests/scenario_runner/describe.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

constexpr uint32_t kElectionTicks = 3;
constexpr uint32_t kHeartbeatTicks = 1;

absl::StatusOr<raft::Transition> ParseTransition(std::string_view name) {
  if (name == "auto") return raft::Transition::kAuto;
  if (name == "implicit") return raft::Transition::kJointImplicit;
  if (name == "explicit") return raft::Transition::kJointExplicit;
  return absl::InvalidArgumentError(fmt::format("unknown transition {}", name));
}

// The value of the argument `key`; nullopt if it is not there.
std::optional<std::string_view> ValueOf(const Block& block, std::string_view key) {
  const Argument* const argument = block.Find(key);
  if (argument == nullptr || argument->values.empty()) return std::nullopt;
  return argument->values.front();
}

absl::StatusOr<raft::ConfigChange> ParseConfigChange(const Block& block) {
  raft::ConfigChange change;
  WARREN_ASSIGN_OR_RETURN(change.transition,
                          ParseTransition(ValueOf(block, "transition").value_or("auto")));
  WARREN_ASSIGN_OR_RETURN(change.changes, ParseMemberChanges(block.input));
  if (ValueOf(block, "v1").value_or("false") == "true") {
    if (change.changes.size() != 1 || change.transition != raft::Transition::kAuto) {
      return absl::InvalidArgumentError(
          "v1 conf change can only have one operation and no transition");
    }
    change.context = base::Bytes::Copy(kFirstKindMark);
  }
  return change;
}

}  // namespace

Interaction::Handler Interaction::HandlerFor(std::string_view command) {
  struct Command {
    std::string_view name;
    Handler handler;
  };
  static constexpr std::array<Command, 21> kCommands = {{
      {"add-nodes", &Interaction::AddNodes},
      {"campaign", &Interaction::Campaign},
      {"compact", &Interaction::Compact},
      {"deliver-msgs", &Interaction::DeliverMessages},
      {"forget-leader", &Interaction::ForgetLeader},
      {"log-level", &Interaction::SetLogLevel},
      {"process-append-thread", &Interaction::ProcessAppendThread},
      {"process-apply-thread", &Interaction::ProcessApplyThread},
      {"process-ready", &Interaction::ProcessReady},
      {"propose", &Interaction::Propose},
      {"propose-conf-change", &Interaction::ProposeConfigChange},
      {"raft-log", &Interaction::RaftLog},
      {"raft-state", &Interaction::RaftState},
      {"report-unreachable", &Interaction::ReportUnreachable},
      {"send-snapshot", &Interaction::SendSnapshot},
      {"set-randomized-election-timeout", &Interaction::SetElectionTimeout},
      {"stabilize", &Interaction::Stabilize},
      {"status", &Interaction::Status},
      {"tick-election", &Interaction::TickElection},
      {"tick-heartbeat", &Interaction::TickHeartbeat},
      {"transfer-leadership", &Interaction::TransferLeadership},
  }};
  const auto found = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const Command& known) { return known.name == command; });
  return found == kCommands.end() ? nullptr : found->handler;
}

std::string Interaction::Run(const Block& block) {
  transcript_.Take();
  const Handler handler = HandlerFor(block.command);
  const absl::Status status =
      handler == nullptr ? absl::InvalidArgumentError("unknown command") : (this->*handler)(block);
  if (!status.ok()) {
    // Silence is for what went as expected.
    if (transcript_.IsQuiet()) return std::string(status.message());
    transcript_.Write(std::string(status.message()));
  }
  std::string answer = transcript_.Take();
  return answer.empty() ? "ok" : answer;
}

absl::StatusOr<Member*> Interaction::MemberNamed(std::string_view number) {
  const std::optional<uint64_t> id = NumberIn(number);
  if (!id) return absl::InvalidArgumentError(fmt::format("not a node's number: '{}'", number));
  if (*id == 0 || *id > members_.size()) {
    return absl::NotFoundError(
        fmt::format("there is no node {}: there are {}", *id, members_.size()));
  }
  return members_[*id - 1].get();
}

absl::StatusOr<std::vector<Member*>> Interaction::MembersNamed(const Block& block) {
  std::vector<Member*> members;
  for (const Argument& argument : block.arguments) {
    if (!argument.values.empty()) continue;
    WARREN_ASSIGN_OR_RETURN(Member* const member, MemberNamed(argument.key));
    members.push_back(member);
  }
  return members;
}

absl::StatusOr<Member*> Interaction::FirstMemberNamed(const Block& block) {
  if (block.arguments.empty()) {
    return absl::InvalidArgumentError("the first argument must be a node's number");
  }
  return MemberNamed(block.arguments.front().key);
}

absl::StatusOr<Member*> Interaction::MemberAt(const Block& block, std::string_view key) {
  const std::optional<std::string_view> value = ValueOf(block, key);
  if (!value) return absl::InvalidArgumentError(fmt::format("the argument {} is missing", key));
  return MemberNamed(*value);
}

absl::Status Interaction::AddNodes(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(NewMembers added, ParseAddNodes(block));
  for (uint64_t i = 0; i < added.count; ++i) {
    const uint64_t id = members_.size() + 1;
    added.setup.config.id = raft::NodeId(id);
    added.setup.config.seed = id;
    WARREN_ASSIGN_OR_RETURN(std::unique_ptr<Member> member,
                            Member::Start(added.setup, transcript_));
    members_.push_back(std::move(member));
  }
  return absl::OkStatus();
}

absl::Status Interaction::Campaign(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  member->Step(raft::Campaign{});
  return absl::OkStatus();
}

absl::Status Interaction::Compact(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  const std::optional<uint64_t> index =
      block.arguments.size() < 2 ? std::nullopt : NumberIn(block.arguments[1].key);
  if (!index) return absl::InvalidArgumentError("the second argument must be an index");
  WARREN_RETURN_IF_ERROR(member->Compact(raft::Index(*index)));
  WriteLog(*member);
  return absl::OkStatus();
}

absl::Status Interaction::ForgetLeader(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  member->Step(raft::ForgetLeader{});
  return absl::OkStatus();
}

absl::Status Interaction::SetLogLevel(std::string_view name) {
  const std::optional<LogLevel> level = LogLevelNamed(name);
  if (!level) {
    return absl::InvalidArgumentError(
        fmt::format("log levels must be either of [{}]", fmt::join(kLogLevelNames, " ")));
  }
  transcript_.set_level(*level);
  return absl::OkStatus();
}

absl::Status Interaction::SetLogLevel(const Block& block) {
  return SetLogLevel(block.arguments.empty() ? std::string_view() : block.arguments.front().key);
}

absl::Status Interaction::Propose(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  if (block.arguments.size() != 2 || !block.arguments[1].values.empty()) {
    return absl::InvalidArgumentError("expected a node's number and a word to propose");
  }
  return member->Propose(block.arguments[1].key);
}

absl::Status Interaction::ProposeConfigChange(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  WARREN_ASSIGN_OR_RETURN(const raft::ConfigChange change, ParseConfigChange(block));
  return member->Propose(change);
}

void Interaction::WriteLog(const Member& member) {
  const StoredLog& log = member.log();
  if (log.entries().empty()) {
    transcript_.Write(fmt::format("log is empty: first index={}, last index={}",
                                  log.FirstIndex().value(), log.LastIndex().value()));
  } else {
    transcript_.Write(DescribeLines(log.entries()));
  }
}

absl::Status Interaction::RaftLog(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  WriteLog(*member);
  return absl::OkStatus();
}

absl::Status Interaction::RaftState(const Block&) {
  for (const std::unique_ptr<Member>& member : members_) {
    const raft::RoleState role = member->core().role();
    const bool votes = member->core().membership().IsVoter(member->id());
    transcript_.WriteLine(fmt::format("{}: {} {} Term:{} Lead:{}", member->id().value(),
                                      StateName(role.role), votes ? "(Voter)" : "(Non-Voter)",
                                      member->core().term().value(), role.leader.value()));
  }
  return absl::OkStatus();
}

absl::Status Interaction::ReportUnreachable(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(const std::vector<Member*> members, MembersNamed(block));
  if (members.size() != 2) {
    return absl::InvalidArgumentError(
        "must specify exactly two nodes: the one to tell, and the unreachable one");
  }
  members[0]->Step(raft::PeerUnreachable{.peer = members[1]->id()});
  return absl::OkStatus();
}

absl::Status Interaction::SendSnapshot(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(const std::vector<Member*> members, MembersNamed(block));
  if (members.size() != 2) {
    return absl::InvalidArgumentError("must specify exactly two nodes: sender and receiver");
  }
  raft::Message message;
  message.type = raft::MessageType::kSnapshot;
  message.from = members[0]->id();
  message.to = members[1]->id();
  message.term = members[0]->core().term();
  message.snapshot = members[0]->appender().latest();
  if (message.snapshot == nullptr) return absl::NotFoundError("there is no snapshot to send");
  transcript_.Write(Describe(ToWire(message)));
  network_.Send(std::move(message));
  return absl::OkStatus();
}

absl::Status Interaction::SetElectionTimeout(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  const std::optional<uint64_t> ticks = NumberIn(ValueOf(block, "timeout").value_or(""));
  if (!ticks || *ticks == 0 || *ticks > UINT32_MAX) {
    return absl::InvalidArgumentError("the argument timeout must be a number of ticks");
  }
  member->SetElectionTimeout(static_cast<uint32_t>(*ticks));
  return absl::OkStatus();
}

absl::Status Interaction::Status(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  for (const raft::PeerStatus& peer : member->core().GetStatus().peers) {
    transcript_.WriteLine(fmt::format("{}: {}", peer.node.value(), Describe(peer.progress)));
  }
  return absl::OkStatus();
}

void Interaction::Tick(Member& member, uint32_t times) {
  for (uint32_t i = 0; i < times; ++i) member.Step(raft::Tick{});
}

absl::Status Interaction::TickElection(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  Tick(*member, kElectionTicks);
  return absl::OkStatus();
}

absl::Status Interaction::TickHeartbeat(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const member, FirstMemberNamed(block));
  Tick(*member, kHeartbeatTicks);
  return absl::OkStatus();
}

absl::Status Interaction::TransferLeadership(const Block& block) {
  WARREN_ASSIGN_OR_RETURN(Member* const from, MemberAt(block, "from"));
  WARREN_ASSIGN_OR_RETURN(Member* const to, MemberAt(block, "to"));
  from->Transfer(to->id());
  return absl::OkStatus();
}

}  // namespace warren::scenario_runner
