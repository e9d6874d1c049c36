#include "replication/host/shard.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/session/message_codec.h"
#include "replication/wire/envelope.h"

namespace warren::replication {
namespace {

// Requests for missing entries that may be under way on each shard.
constexpr uint32_t kFetchesPerShard = 4;

// A pass ends after so many rounds, even if each has brought about another one, so that what came
// in meanwhile is heard.
constexpr int kRoundsPerPass = 16;

// Groups that nodes which are away have not been told to be gone.
constexpr size_t kFarewellsMax = 100'000;

StreamClass StreamOf(const raft::Message& message) {
  switch (message.type) {
    case raft::MessageType::kSnapshot:
      return StreamClass::kSnapshot;
    // Also without entries: they say what is committed, and must not overtake what was sent before.
    case raft::MessageType::kAppend:
      return StreamClass::kData;
    default:
      return StreamClass::kControl;
  }
}

StreamClass StreamOf(EnvelopeKind kind) {
  switch (kind) {
    case EnvelopeKind::kBeat:
    case EnvelopeKind::kGroupGone:
      return StreamClass::kControl;
    case EnvelopeKind::kFetch:
    case EnvelopeKind::kFetched:
      return StreamClass::kSnapshot;
    default:
      return StreamClass::kData;
  }
}

}  // namespace

ShardNo ShardOf(GroupId group, ShardNo shards) {
  return static_cast<ShardNo>(base::Rng(group.value(), 0).Next() % shards);
}

Shard::Shard(const HostConfig& config, ShardPlatform platform)
    : config_(config),
      platform_(std::move(platform)),
      pacer_(config.elections_burst, config.elections_per_second),
      session_ids_(platform_.self, platform_.incarnation, platform_.shard, platform_.shards),
      inquirer_(this,
                [this](NodeId to, const GroupSpec& spec) {
                  if (to == self()) {
                    OnCreateGroup(to, {.kind = EnvelopeKind::kCreateGroup,
                                       .shard = shard(),
                                       .group = spec.group,
                                       .body = EncodeGroupSpec(spec).Flatten()});
                    return;
                  }
                  SendEnvelope(to, EnvelopeKind::kCreateGroup, spec.group, shard(),
                               EncodeGroupSpec(spec));
                }),
      held_back_(config.held_back_bytes_max),
      fetch_budget_(kFetchesPerShard,
                    std::max<uint64_t>(1, config.fetch_bytes_per_second / platform_.shards)) {
  reached_.Insert(self());
}

Shard::~Shard() = default;

// ---- A pass

void Shard::Handle(ShardItem item) {
  std::visit([this](auto& each) { On(std::move(each)); }, item);
}

void Shard::Pass() {
  ++stats_.passes;
  Tick();
  MeetDeadlines();
  HoldElections();
  inquirer_.Advance();
  held_back_.TryAgain(Now(), [this](NodeId to, base::BytesChain message) {
    return platform_.ports->SendToPeer(to, StreamClass::kData, std::move(message));
  });
  unfinished_ = true;
  for (int round = 0; round < kRoundsPerPass && unfinished_; ++round) unfinished_ = Round();
  Bury();
}

// What this shard tells itself, then the groups, then what they and the sessions have gathered.
// True if that has brought about something more.
bool Shard::Round() {
  // Apart until here, since a session may be opened from within a call to another one.
  for (auto& session : std::exchange(opened_, {})) {
    sessions_.emplace(session->id(), std::move(session));
  }
  for (FromShard& item : std::exchange(local_, {})) On(std::move(item));
  for (const GroupId id : std::exchange(touched_, {})) {
    const auto found = groups_.find(id);
    if (found == groups_.end()) continue;
    Slot& slot = found->second;
    slot.touched = false;
    slot.group->Pump();
    if (!std::exchange(slot.flush_due, true)) to_flush_.push_back(id);
    Settle(slot);
  }
  // Only when the groups are quiet: what comes together is sent together.
  if (touched_.empty() && local_.empty()) {
    for (const GroupId id : std::exchange(to_flush_, {})) {
      const auto found = groups_.find(id);
      if (found == groups_.end()) continue;
      found->second.flush_due = false;
      found->second.group->Flush();
    }
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      at->second->Flush();
      at = at->second->IsEnded() ? sessions_.erase(at) : std::next(at);
    }
  }
  return !touched_.empty() || !local_.empty() || !to_flush_.empty() || !opened_.empty();
}

// Writes down what the group waits for now.
void Shard::Settle(Slot& slot) {
  Group& group = *slot.group;
  const GroupId id = group.group();
  if (const bool awake = group.WantsTick(); awake != slot.awake) {
    slot.awake = awake;
    if (awake) {
      if (awake_.empty()) next_tick_ = Now() + config_.tick;
      awake_.insert(id);
    } else {
      awake_.erase(id);
    }
  }
  if (const bool stuck = group.IsStuck(); stuck != slot.stuck) {
    slot.stuck = stuck;
    if (stuck) {
      stuck_.insert(id);
    } else {
      stuck_.erase(id);
    }
  }
  waiting_bytes_ += group.waiting_bytes() - slot.waiting_bytes;
  slot.waiting_bytes = group.waiting_bytes();
  if (const auto deadline = group.NextDeadline(); deadline != slot.deadline) {
    if (slot.deadline.has_value()) deadlines_.erase({*slot.deadline, id});
    if (deadline.has_value()) deadlines_.insert({*deadline, id});
    slot.deadline = deadline;
  }
  if (const auto deadline = group.NextFetchDeadline(); deadline != slot.fetch_deadline) {
    if (slot.fetch_deadline.has_value()) fetch_deadlines_.erase({*slot.fetch_deadline, id});
    if (deadline.has_value()) fetch_deadlines_.insert({*deadline, id});
    slot.fetch_deadline = deadline;
  }
}

// ---- Time

void Shard::Tick() {
  const base::MonotonicTime now = Now();
  if (awake_.empty() || now < next_tick_) return;
  // After a pause one tick: what was missed tells nothing about the others.
  next_tick_ = now + config_.tick;
  const std::vector<GroupId> awake(awake_.begin(), awake_.end());
  for (const GroupId id : awake) groups_.at(id).group->Tick();
}

void Shard::MeetDeadlines() {
  const base::MonotonicTime now = Now();
  const raft::LogTime wall(
      static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMicros(clock().WallNow()), 0)));
  while (!deadlines_.empty() && deadlines_.begin()->first <= wall) {
    const GroupId id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    Slot& slot = groups_.at(id);
    slot.deadline.reset();
    slot.group->OnDeadline();
    Touch(id);
  }
  while (!fetch_deadlines_.empty() && fetch_deadlines_.begin()->first <= now) {
    const GroupId id = fetch_deadlines_.begin()->second;
    fetch_deadlines_.erase(fetch_deadlines_.begin());
    groups_.at(id).fetch_deadline.reset();
    Touch(id);
  }
  for (const auto& [id, session] : sessions_) {
    const auto deadline = session->NextDeadline();
    if (deadline.has_value() && *deadline <= now) session->Advance();
  }
}

void Shard::HoldElections() {
  const base::MonotonicTime now = Now();
  while (const auto turn = pacer_.Next(now)) {
    const auto found = groups_.find(turn->group);
    // It may have got another leader meanwhile, or the old one back.
    if (found == groups_.end() || found->second.group->leader() != turn->leader) continue;
    if (!turn->surely && Trusts(turn->leader)) continue;
    ++stats_.elections_begun;
    found->second.group->SuspectLeader();
  }
}

std::optional<base::MonotonicTime> Shard::NextWakeup() const {
  if (unfinished_ || !touched_.empty() || !local_.empty() || !opened_.empty())
    return base::MonotonicTime();
  std::optional<base::MonotonicTime> first;
  const auto consider = [&first](std::optional<base::MonotonicTime> at) {
    if (at.has_value() && (!first.has_value() || *at < *first)) first = at;
  };
  if (!awake_.empty()) consider(next_tick_);
  if (!fetch_deadlines_.empty()) consider(fetch_deadlines_.begin()->first);
  if (!deadlines_.empty()) {
    const auto wall = static_cast<int64_t>(deadlines_.begin()->first.value());
    const int64_t left = wall - absl::ToUnixMicros(clock().WallNow());
    consider(Now() + absl::Microseconds(std::max<int64_t>(left, 0)));
  }
  consider(pacer_.NextDeadline());
  consider(inquirer_.NextDeadline());
  consider(held_back_.NextDeadline());
  for (const auto& [id, session] : sessions_) consider(session->NextDeadline());
  return first;
}

// ---- Groups

absl::Status Shard::Recover(const log::RecoveredGroup& found) {
  WARREN_ASSIGN_OR_RETURN(
      std::unique_ptr<Group> group,
      Group::Recover(found, config_.group, this, platform_.machines, platform_.bug));
  Add(std::move(group));
  return absl::OkStatus();
}

absl::Status Shard::CreateGroup(const GroupSpec& spec) {
  WARREN_RETURN_IF_ERROR(Validate(spec));
  if (platform_.graveyard->Holds(spec.group)) {
    return absl::FailedPreconditionError(
        absl::StrCat("group ", spec.group.value(), " is gone; its number is not used again"));
  }
  if (const Group* const here = Find(spec.group)) {
    if (here->durability() != spec.durability) {
      return absl::FailedPreconditionError(absl::StrCat(
          "group ", spec.group.value(), " is here already, ", Name(here->durability())));
    }
    return absl::AlreadyExistsError(absl::StrCat("group ", spec.group.value(), " is here already"));
  }
  if (!spec.voters.Contains(self())) {
    return absl::InvalidArgumentError(
        absl::StrCat("group ", spec.group.value(), " is not to have a member here"));
  }
  if (spec.durability == Durability::kInMemory) {
    WARREN_RETURN_IF_ERROR(platform_.graveyard->Foretell(spec.group));
  }
  WARREN_ASSIGN_OR_RETURN(
      std::unique_ptr<Group> group,
      Group::Begin(spec, config_.group, this, platform_.machines, platform_.bug));
  Add(std::move(group));
  return absl::OkStatus();
}

void Shard::Add(std::unique_ptr<Group> group) {
  const GroupId id = group->group();
  Slot& slot = groups_[id];
  slot.group = std::move(group);
  slot.group->OnReach(reached_);
  Touch(id);
}

Group* Shard::Find(GroupId group) {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.group.get();
}

void Shard::Touch(GroupId group) {
  const auto found = groups_.find(group);
  if (found == groups_.end() || std::exchange(found->second.touched, true)) return;
  touched_.push_back(group);
}

// Groups whose machines were removed. Remembered first, then destroyed.
void Shard::Bury() {
  for (const GroupId id : std::exchange(removed_, {})) {
    const auto found = groups_.find(id);
    if (found == groups_.end()) continue;
    found->second.group->Flush();
    absl::Status status = platform_.graveyard->Bury(id);
    if (status.ok()) status = platform_.log->Destroy(id, {});
    if (!status.ok()) {  // The log has no room for it now; the group asks again.
      Touch(id);
      continue;
    }
    // Whoever has not heard of it yet, and waits for news of nobody, would keep what it has.
    for (const NodeId member : found->second.group->Members()) {
      if (member == self()) continue;
      const bool said = Trusts(member) && SendEnvelope(member, EnvelopeKind::kGroupGone, id, 0, {});
      if (!said && farewells_.size() < kFarewellsMax) farewells_.insert({member, id});
    }
    Slot& slot = found->second;
    waiting_bytes_ -= slot.waiting_bytes;
    if (slot.deadline.has_value()) deadlines_.erase({*slot.deadline, id});
    if (slot.fetch_deadline.has_value()) fetch_deadlines_.erase({*slot.fetch_deadline, id});
    awake_.erase(id);
    stuck_.erase(id);
    groups_.erase(found);
    platform_.logger.Info("group.removed", {{"group", id.value()}});
  }
}

// ---- Sessions and questions

Session* Shard::OpenSession(const SessionConfig& config, GroupId group, std::vector<NodeId> members,
                            SessionListener* listener) {
  const SessionId id = session_ids_.Next();
  auto session = std::make_unique<Session>(config, id, group, std::move(members), this, listener);
  Session* const opened = session.get();
  opened_.push_back(std::move(session));
  unfinished_ = true;
  return opened;
}

void Shard::Ask(GroupId group, std::vector<NodeId> members, Question question,
                absl::Duration patience, Inquirer::AnswerFn answer) {
  inquirer_.Ask(group, std::move(members), std::move(question), patience, std::move(answer));
  unfinished_ = true;
}

void Shard::CreateOnAll(GroupSpec spec, absl::Duration patience, Inquirer::DoneFn done) {
  inquirer_.CreateOnAll(std::move(spec), patience, std::move(done));
  unfinished_ = true;
}

// ---- What groups and sessions stand on

bool Shard::Trusts(NodeId node) const {
  if (node == self()) return true;
  const auto found = peers_.find(node);
  return found != peers_.end() && found->second.trusted;
}

void Shard::ForEachNode(NodeFn tell) const {
  tell(self(), NodeNews::kTrusted, incarnation());
  for (const auto& [node, peer] : peers_) {
    tell(node, peer.trusted ? NodeNews::kTrusted : NodeNews::kSuspected, peer.incarnation);
  }
}

bool Shard::HasRoom() const {
  return !short_of_space_ && waiting_bytes_ < config_.unwritten_bytes_max;
}

bool Shard::SendEnvelope(NodeId to, EnvelopeKind kind, GroupId group, ShardNo shard,
                         base::BytesChain body) {
  base::BytesChain message = Wrap(kind, group, shard, std::move(body));
  const auto send = [&](NodeId peer, base::BytesChain each) {
    return platform_.ports->SendToPeer(peer, StreamOf(kind), std::move(each));
  };
  if (kind == EnvelopeKind::kToLeader || kind == EnvelopeKind::kToSession) {
    held_back_.Send(Now(), to, std::move(message), send);
    return true;
  }
  return send(to, std::move(message));
}

bool Shard::SendRaft(GroupId group, raft::Message& message) {
  return platform_.ports->SendToPeer(
      message.to, StreamOf(message),
      Wrap(EnvelopeKind::kRaft, group, 0, raft::EncodeMessage(group, message)));
}

void Shard::SendFetch(NodeId to, GroupId group, const FetchRequest& request) {
  SendEnvelope(to, EnvelopeKind::kFetch, group, 0, EncodeFetchRequest(request));
}

void Shard::SendFetched(NodeId to, GroupId group, const FetchAnswer& answer) {
  SendEnvelope(to, EnvelopeKind::kFetched, group, 0, EncodeFetchAnswer(group, answer));
}

// A session speaks to a member of a group.
void Shard::Send(NodeId to, GroupId group, SessionMessage message) {
  if (to != self()) {
    SendEnvelope(to, EnvelopeKind::kToLeader, group, 0, EncodeSessionMessage(message));
    return;
  }
  FromShard item{.group = group, .shard = 0, .to_leader = true, .message = std::move(message)};
  const ShardNo shard = ShardOf(group, platform_.shards);
  if (shard == platform_.shard) {
    local_.push_back(std::move(item));
  } else {
    platform_.ports->SendToShard(shard, std::move(item));
  }
}

// A group speaks to a session.
void Shard::SendToSession(NodeId to, ShardNo shard, GroupId group, SessionMessage message) {
  if (to != self()) {
    SendEnvelope(to, EnvelopeKind::kToSession, group, shard, EncodeSessionMessage(message));
    return;
  }
  FromShard item{.group = group, .shard = shard, .to_leader = false, .message = std::move(message)};
  if (shard == platform_.shard) {
    local_.push_back(std::move(item));
  } else {
    platform_.ports->SendToShard(shard, std::move(item));
  }
}

void Shard::Read(GroupId group, ReadTag tag, raft::Index first, raft::Index last,
                 size_t bytes_max) {
  platform_.ports->Read({.shard = platform_.shard,
                         .group = group,
                         .tag = tag,
                         .first = first,
                         .last = last,
                         .bytes_max = bytes_max,
                         .sparse = false,
                         .indexes = {}});
}

void Shard::ReadSparse(GroupId group, ReadTag tag, std::vector<raft::Index> indexes) {
  platform_.ports->Read({.shard = platform_.shard,
                         .group = group,
                         .tag = tag,
                         .first = {},
                         .last = {},
                         .bytes_max = 0,
                         .sparse = true,
                         .indexes = std::move(indexes)});
}

}  // namespace warren::replication
