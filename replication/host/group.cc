#include "replication/host/group.h"

#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "raft/quorum.h"

namespace warren::replication {
namespace {

constexpr size_t kRehearsalBytes = size_t{1} << 20;  // Read at a time.

// What a member's core draws its election timeouts from: different for each member and each start.
uint64_t SeedOf(GroupId group, NodeId node, Incarnation incarnation) {
  return base::Rng(group.value(), node.value()).Fork(incarnation.value()).Next();
}

// Whoever is first in line asks again so often, since the others may have learnt a moment later
// than it that the leader is gone, and have refused.
constexpr uint32_t kEagerTicks = 10;
constexpr uint32_t kEagerInterval = 2;

// The order in which members of a group try to become its leader when the last one is gone. Any
// order will do in which members of many groups differ.
uint64_t TurnOf(GroupId group, NodeId node) {
  return base::Rng(group.value(), node.value()).Next();
}

}  // namespace

Group::Group(GroupId id, const GroupConfig& config, GroupPorts* ports,
             const MachineFactory& machines, HostBug bug)
    : id_(id),
      config_(config),
      ports_(ports),
      machines_(machines),
      bug_(bug),
      logger_(ports->logger().With({{"group", id.value()}})),
      output_(ports->output()) {}

Group::~Group() = default;

// ---- Life

absl::StatusOr<std::unique_ptr<Group>> Group::Begin(const GroupSpec& spec,
                                                    const GroupConfig& config, GroupPorts* ports,
                                                    const MachineFactory& machines, HostBug bug) {
  std::unique_ptr<Group> group(new Group(spec.group, config, ports, machines, bug));
  raft::Recovered first = FirstOf(spec, ports->incarnation());
  WARREN_RETURN_IF_ERROR(group->RestoreMachine(first.snapshot));
  group->durability_ = spec.durability;
  if (spec.durability == Durability::kInMemory) {
    WARREN_RETURN_IF_ERROR(ports->log().CreateInMemory(spec.group, first, {}));
  } else {
    WARREN_RETURN_IF_ERROR(ports->log().Create(spec.group, first, {}));
  }
  group->writes_.PushSubmitted({});
  WARREN_RETURN_IF_ERROR(group->StartCore(std::move(first)));
  return group;
}

absl::StatusOr<std::unique_ptr<Group>> Group::BeginForgetful(GroupId id, const GroupConfig& config,
                                                             GroupPorts* ports,
                                                             const MachineFactory& machines,
                                                             HostBug bug) {
  std::unique_ptr<Group> group(new Group(id, config, ports, machines, bug));
  raft::Recovered first;
  first.hard_state.amnesiac = bug != HostBug::kAmnesiacCounted;
  first.incarnation = ports->incarnation();
  WARREN_RETURN_IF_ERROR(ports->log().Create(id, first, {}));
  group->writes_.PushSubmitted({});
  WARREN_RETURN_IF_ERROR(group->StartCore(std::move(first)));
  return group;
}

absl::StatusOr<std::unique_ptr<Group>> Group::Recover(const log::RecoveredGroup& recovered,
                                                      const GroupConfig& config, GroupPorts* ports,
                                                      const MachineFactory& machines, HostBug bug) {
  std::unique_ptr<Group> group(new Group(recovered.group, config, ports, machines, bug));
  WARREN_ASSIGN_OR_RETURN(base::IntervalSet missing, group->StillNeeded(recovered));
  if (missing.empty()) {
    WARREN_RETURN_IF_ERROR(group->StartWhole());
    return group;
  }
  group->logger_.Warning("group.mending", {{"missing", missing.size()}});
  group->StartFetching(std::move(missing));
  return group;
}

// Of what its snapshot keeps and is not here, what is live after all that this member knows to be
// committed. An install does without what has died since the snapshot, so that is not here either,
// and it may be that nobody is left who could say so. The machine stays as it is then, and answers
// others who ask for the same.
absl::StatusOr<base::IntervalSet> Group::StillNeeded(const log::RecoveredGroup& found) {
  const bool below = found.snapshot != nullptr && !found.missing.empty() &&
                     *found.missing.Last() <= found.base.id.index.value();
  if (!below) return found.missing;
  WARREN_RETURN_IF_ERROR(RestoreMachine(found.snapshot));
  const raft::Index last = std::min(found.hard_state.commit, found.last.index);
  for (raft::Index next = applied_.id.index + 1; next <= last; next = applied_.id.index + 1) {
    const auto entries = ports_->log().Read(id_, next, last, kRehearsalBytes);
    if (!entries.ok()) return found.missing;
    for (const raft::Entry& entry : *entries) {
      if (entry.type == raft::EntryType::kNormal && !entry.payload.empty()) machine_->Apply(entry);
      applied_ = entry.Head();
    }
  }
  base::IntervalSet needed;
  for (auto run = found.missing.NextRun(0); run.has_value();
       run = found.missing.NextRun(run->last + 1)) {
    for (uint64_t index = run->first; index <= run->last; ++index) {
      if (machine_->IsLive(raft::Index(index))) needed.InsertRange(index, index);
    }
  }
  return needed;
}

absl::Status Group::StartCore(raft::Recovered recovered) {
  raft::Config config = config_.core;
  config.id = ports_->self();
  config.seed = SeedOf(id_, config.id, ports_->incarnation());
  WARREN_ASSIGN_OR_RETURN(raft::Core core, raft::Core::Create(config, std::move(recovered)),
                          absl::StrCat("group ", id_.value()));
  core_.emplace(std::move(core));
  role_ = core_->role();
  ports_->Touch(id_);
  return absl::OkStatus();
}

// From the log, which has all that is needed.
absl::Status Group::StartWhole() {
  WARREN_ASSIGN_OR_RETURN(const log::RecoveredGroup found, ports_->log().Describe(id_));
  raft::Recovered recovered = log::ToRecovered(found);
  recovered.incarnation = ports_->incarnation();
  for (raft::Index next = found.base.id.index + 1; next <= found.last.index;) {
    WARREN_ASSIGN_OR_RETURN(std::vector<raft::Entry> entries,
                            ports_->log().Read(id_, next, found.last.index, SIZE_MAX),
                            absl::StrCat("group ", id_.value()));
    next = entries.back().id.index + 1;
    std::move(entries.begin(), entries.end(), std::back_inserter(recovered.entries));
  }
  if (found.snapshot != nullptr) WARREN_RETURN_IF_ERROR(RestoreMachine(found.snapshot));
  return StartCore(std::move(recovered));
}

absl::Status Group::RestoreMachine(const raft::SnapshotRef& snapshot) {
  WARREN_ASSIGN_OR_RETURN(const KindAndState sealed, OpenState(snapshot->state),
                          absl::StrCat("group ", id_.value()));
  if (machine_ == nullptr || kind_ != sealed.kind) {
    kind_ = sealed.kind;
    machine_ = machines_(kind_, this);
    if (machine_ == nullptr) {
      return absl::UnimplementedError(absl::StrCat(
          "group ", id_.value(), ": nobody here knows kind ", static_cast<int>(kind_)));
    }
  }
  WARREN_RETURN_IF_ERROR(machine_->Restore(sealed.state), absl::StrCat("group ", id_.value()));
  applied_ = snapshot->last;
  terms_ = snapshot->terms.empty() ? raft::TermRuns(snapshot->last.id) : snapshot->terms;
  snapshot_at_ = applied_.id.index;
  recent_.Clear();
  recent_bytes_ = bytes_since_snapshot_ = 0;
  return absl::OkStatus();
}

void Group::Fail(const absl::Status& why) {
  if (!fault_.ok()) return;
  fault_ = why;
  logger_.Error("group.failed", {{"why", why.ToString()}});
  if (leading_ && machine_ != nullptr) machine_->StopLeading(NodeId());
  leading_ = false;
  StopFetching();
}

// ---- What happens

raft::StepResult Group::Step(const raft::Event& event) { return core_->Step(event); }

void Group::OnRaft(const raft::Message& message) {
  if (!IsRunning()) return;
  ports_->Touch(id_);
  Step(raft::Received{message});
  if (message.type == raft::MessageType::kPreVote) CampaignIfAhead(message);
}

// Whoever campaigns with a shorter log than ours gets nowhere; rather than waiting until it finds
// that out, try ourselves.
void Group::CampaignIfAhead(const raft::Message& message) {
  const raft::EntryId last = core_->last();
  const bool ahead =
      last.term > message.log_term || (last.term == message.log_term && last.index > message.index);
  const bool leaderless = core_->leader().IsNone() || suspected_;
  if (ahead && leaderless && core_->role().role == raft::Role::kFollower) Step(raft::Campaign{});
}

void Group::OnToLeader(NodeId from, SessionMessage message) {
  if (machine_ == nullptr || !fault_.ok()) return;
  ports_->Touch(id_);
  machine_->OnMessage(from, leader(), std::move(message));
}

void Group::OnNode(NodeId node, NodeNews news, Incarnation incarnation) {
  if (fetcher_ != nullptr && news != NodeNews::kTrusted) {
    const auto before = static_cast<int>(fetcher_->under_way());
    fetcher_->OnNodeLost(node);
    ports_->fetch_budget().OnUnderWay(static_cast<int>(fetcher_->under_way()) - before);
  }
  if (fetcher_ != nullptr) ports_->Touch(id_);
  if (!IsRunning()) return;
  ports_->Touch(id_);
  if (news == NodeNews::kTrusted && leader() == node && std::exchange(suspected_, false)) {
    Step(raft::LeaderTrusted{});
  }
  if (core_->role().role == raft::Role::kLeader && news != NodeNews::kTrusted) {
    Step(raft::PeerUnreachable{node});
    std::erase_if(sent_snapshots_, [this, node](const SentSnapshot& sent) {
      if (sent.peer != node) return false;
      Step(raft::SnapshotReport{.peer = node, .delivered = false});
      return true;
    });
  }
  if (leading_) machine_->OnNode(node, news, incarnation);
}

void Group::OnRetirementNear() {
  wants_snapshot_ = true;
  ports_->Touch(id_);
}

void Group::Tick() {
  if (!IsRunning()) return;
  const bool idle = core_->role().role == raft::Role::kLeader && writes_.empty();
  if (bug_ == HostBug::kLastCommitNeverSent && idle) return;
  ports_->Touch(id_);
  Step(raft::Tick{});
  if (eager_ticks_ > 0 && --eager_ticks_ % kEagerInterval == 0) {
    const raft::Role role = core_->role().role;
    const bool leaderless = core_->leader().IsNone() || suspected_;
    if (leaderless && role != raft::Role::kLeader && role != raft::Role::kCandidate) {
      Step(raft::Campaign{});
    }
  }
  // An answer would have come long ago.
  const base::MonotonicTime now = ports_->clock().Now();
  std::erase_if(sent_snapshots_, [this, now](const SentSnapshot& sent) {
    if (now - sent.at < config_.fetch_patience * 5) return false;
    Step(raft::SnapshotReport{.peer = sent.peer, .delivered = false});
    return true;
  });
}

void Group::OnDeadline() {
  if (!leading_) return;
  ports_->Touch(id_);
  machine_->OnDeadline();
}

void Group::OnReach(const raft::NodeSet& reached) {
  reached_ = reached;
  if (!IsRunning()) return;
  const raft::Membership& members = core_->membership();
  const auto vote = [&reached](NodeId node) { return std::optional<bool>(reached.Contains(node)); };
  const bool quorum =
      raft::JointCountVotes(members.voters, members.outgoing, vote) == raft::VoteResult::kWon;
  if (quorum_ == quorum) return;
  quorum_ = quorum;
  ports_->Touch(id_);
  Step(raft::QuorumReachable{quorum});
}

void Group::SuspectLeader() {
  if (!IsRunning() || leader().IsNone() || leader() == self()) return;
  ports_->Touch(id_);
  const NodeId gone = leader();
  suspected_ = true;
  Step(raft::LeaderSuspected{});
  // The first in line does not wait: the others would only get in its way.
  for (const NodeId voter : core_->membership().AllVoters()) {
    if (voter == gone || voter == self() || !ports_->Trusts(voter)) continue;
    if (TurnOf(id_, voter) < TurnOf(id_, self())) return;
  }
  if (!core_->membership().IsVoter(self())) return;
  eager_ticks_ = kEagerTicks;
  Step(raft::Campaign{});
}

// ---- What an operator wants

raft::StepResult Group::TransferLeadership(NodeId to) {
  if (!IsRunning()) return {.outcome = raft::Outcome::kRefused, .first = {}};
  ports_->Touch(id_);
  return Step(raft::TransferLeadership{to});
}

// What is in memory has one member for ever: no other could rely on it.
raft::StepResult Group::ChangeMembers(const raft::ConfigChange& change) {
  if (!IsRunning() || durability_ == Durability::kInMemory)
    return {.outcome = raft::Outcome::kRefused, .first = {}};
  ports_->Touch(id_);
  return Step(raft::ProposeConfigChange{.change = change, .clock = Clock()});
}

raft::StepResult Group::AddMember(NodeId node) {
  if (!IsRunning() || !leading_) return {.outcome = raft::Outcome::kNotLeader, .first = {}};
  if (core_->membership().IsVoter(node)) return {};
  raft::StepResult result;
  if (!core_->membership().IsLearner(node)) {
    result =
        ChangeMembers({.transition = raft::Transition::kAuto,
                       .changes = {{.type = raft::MemberChangeType::kAddLearner, .node = node}},
                       .context = {}});
  }
  if (result.outcome == raft::Outcome::kDone) to_promote_.Insert(node);
  return result;
}

raft::StepResult Group::RemoveMember(NodeId node) {
  if (!IsRunning() || !leading_) return {.outcome = raft::Outcome::kNotLeader, .first = {}};
  to_promote_.Erase(node);
  return ChangeMembers({.transition = raft::Transition::kAuto,
                        .changes = {{.type = raft::MemberChangeType::kRemove, .node = node}},
                        .context = {}});
}

raft::StepResult Group::ForgiveAmnesia() {
  if (!IsRunning()) return {.outcome = raft::Outcome::kRefused, .first = {}};
  ports_->Touch(id_);
  return Step(raft::ForgiveAmnesia{});
}

// ---- What it is

raft::LogTime Group::Clock() const {
  const int64_t now = absl::ToUnixMicros(ports_->clock().WallNow());
  return raft::LogTime(static_cast<uint64_t>(std::max<int64_t>(now, 1)));
}

NodeId Group::leader() const { return core_.has_value() ? core_->leader() : NodeId(); }

raft::NodeSet Group::Members() const {
  if (core_.has_value()) return core_->membership().AllMembers();
  const auto found = ports_->log().Describe(id_);
  if (!found.ok() || found->snapshot == nullptr) return {};
  return found->snapshot->membership.AllMembers();
}

bool Group::WantsTick() const { return IsRunning() && core_->WantsTick(); }

std::optional<raft::LogTime> Group::NextDeadline() const {
  return leading_ ? machine_->NextDeadline() : std::nullopt;
}

GroupView Group::View() const {
  GroupView view;
  view.group = id_;
  view.durability = durability_;
  view.whole = fetcher_ == nullptr;
  if (fetcher_ != nullptr) {
    if (const auto found = ports_->log().Describe(id_); found.ok()) {
      view.missing = found->missing.size();
    }
  }
  view.leads = leading_;
  if (core_.has_value()) view.core = core_->GetStatus();
  if (!fault_.ok()) view.fault = fault_.ToString();
  return view;
}

// ---- For the machine

raft::StepResult Group::Propose(std::span<const SealedPayload> payloads) {
  if (!IsRunning()) return {.outcome = raft::Outcome::kNoLeader, .first = {}};
  if (!ports_->HasRoom()) return {.outcome = raft::Outcome::kBusy, .first = {}};
  std::vector<base::Bytes> bytes;
  std::vector<uint32_t> crcs;
  bytes.reserve(payloads.size());
  crcs.reserve(payloads.size());
  for (const SealedPayload& payload : payloads) {
    bytes.push_back(payload.bytes);
    crcs.push_back(payload.crc);
  }
  ports_->Touch(id_);
  return Step(raft::Propose{.payloads = bytes, .clock = Clock(), .crcs = crcs});
}

void Group::Read(uint64_t tag, std::vector<raft::Index> indexes) {
  const uint64_t number = next_read_++;
  ports_->ReadSparse(id_, {.purpose = ReadTag::Purpose::kMachine, .number = number}, indexes);
  machine_reads_.emplace(number, MachineRead{.tag = tag, .indexes = std::move(indexes)});
}

void Group::Send(NodeId to, ShardNo shard, SessionMessage message) {
  ports_->SendToSession(to, shard, id_, std::move(message));
}

}  // namespace warren::replication
