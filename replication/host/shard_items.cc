// What comes into a shard: one function for each kind of item.
#include <utility>

#include "absl/strings/str_cat.h"

#include "raft/codec.h"
#include "replication/host/shard.h"
#include "replication/session/message_codec.h"

namespace warren::replication {

// ---- From other nodes

void Shard::On(const FromPeer& item) {
  for (const Envelope& envelope : item.messages) OnEnvelope(item.from, envelope);
}

void Shard::OnEnvelope(NodeId from, const Envelope& envelope) {
  const GroupId group = envelope.group;
  switch (envelope.kind) {
    case EnvelopeKind::kRaft:
      return OnRaft(from, envelope);
    case EnvelopeKind::kToLeader:
    case EnvelopeKind::kToSession: {
      auto message = DecodeSessionMessage(envelope.body);
      if (!message.ok()) break;
      if (envelope.kind == EnvelopeKind::kToLeader) {
        return OnToLeader(from, group, *std::move(message));
      }
      return OnToSession(from, group, *std::move(message));
    }
    case EnvelopeKind::kFetch: {
      auto request = DecodeFetchRequest(envelope.body);
      Group* const found = Find(group);
      if (found == nullptr && platform_.graveyard->Holds(group)) {
        SendEnvelope(from, EnvelopeKind::kGroupGone, group, 0, {});
        return;
      }
      if (!request.ok() || found == nullptr) break;
      return found->OnFetch(from, *request);
    }
    case EnvelopeKind::kFetched: {
      auto answer = DecodeFetchAnswer(group, envelope.body);
      Group* const found = Find(group);
      if (!answer.ok() || found == nullptr) break;
      return found->OnFetched(from, *std::move(answer));
    }
    case EnvelopeKind::kGroupGone:
      return OnGroupGone(from, group);
    case EnvelopeKind::kCreateGroup:
      return OnCreateGroup(from, envelope);
    case EnvelopeKind::kCreated: {
      const auto code = envelope.body.empty() ? '\0' : envelope.body.data()[0];
      const std::string_view text = envelope.body.view().substr(envelope.body.empty() ? 0 : 1);
      return inquirer_.OnCreated(
          from, group,
          absl::Status(static_cast<absl::StatusCode>(code), {text.data(), text.size()}));
    }
    case EnvelopeKind::kBeat:
      break;  // The node's, not a shard's.
  }
  ++stats_.messages_dropped;
}

void Shard::OnRaft(NodeId from, const Envelope& envelope) {
  const absl::Status decoded = raft::DecodeMessageInto(envelope.group, envelope.body, received_);
  if (!decoded.ok() || received_.from != from || received_.to != self()) {
    ++stats_.messages_dropped;
    platform_.logger.Warning("peer.message_refused",
                             {{"peer", from.value()}, {"why", decoded.ToString()}});
    return;
  }
  if (Find(envelope.group) == nullptr) OnForStranger(from, envelope.group, received_.type);
  if (Group* const group = Find(envelope.group)) group->OnRaft(received_);
}

// The group is not here. Either it is gone for ever, or this node is to be a member and has not
// heard of it, or has lost it. Only a leader's word makes a group: who campaigns may be mistaken.
void Shard::OnForStranger(NodeId from, GroupId group, raft::MessageType type) {
  if (platform_.graveyard->Holds(group)) {
    SendEnvelope(from, EnvelopeKind::kGroupGone, group, 0, {});
    return;
  }
  const bool from_leader = type == raft::MessageType::kAppend ||
                           type == raft::MessageType::kSnapshot ||
                           type == raft::MessageType::kHeartbeat;
  if (!from_leader || group == kNodeGroup || group.IsNone()) return;
  auto begun = Group::BeginForgetful(group, config_.group, this, platform_.machines, platform_.bug);
  if (begun.ok()) Add(*std::move(begun));
}

void Shard::OnGroupGone(NodeId from, GroupId group) {
  Group* const found = Find(group);
  if (found == nullptr) return;
  // Only a member can have applied that it was removed. What a message has made, and no snapshot
  // has reached yet, knows no members and takes the word of any node.
  const raft::NodeSet members = found->Members();
  if (!members.empty() && !members.Contains(from)) return;
  platform_.logger.Info("group.gone_elsewhere", {{"group", group.value()}, {"peer", from.value()}});
  found->Removed();
  Touch(group);
}

void Shard::OnCreateGroup(NodeId from, const Envelope& envelope) {
  absl::Status status;
  if (auto spec = DecodeGroupSpec(envelope.body); !spec.ok()) {
    status = spec.status();
  } else if (ShardOf(spec->group, platform_.shards) != platform_.shard) {
    // Asked by this node itself, on another shard; the answer finds its way back by itself.
    return platform_.ports->SendToShard(ShardOf(spec->group, platform_.shards),
                                        FromPeer{.from = from, .messages = {envelope}});
  } else {
    status = CreateGroup(*spec);
  }
  std::string answer(1, static_cast<char>(status.code()));
  absl::StrAppend(&answer, status.message());
  base::Bytes body = base::Bytes::Adopt(std::move(answer));
  const ShardNo asker = envelope.shard;
  if (from != self()) {
    SendEnvelope(from, EnvelopeKind::kCreated, envelope.group, asker,
                 base::BytesChain(std::move(body)));
    return;
  }
  // In a later pass, so that nothing calls back while it is being asked.
  Envelope created{.kind = EnvelopeKind::kCreated,
                   .shard = asker,
                   .group = envelope.group,
                   .body = std::move(body)};
  platform_.ports->SendToShard(asker, FromPeer{.from = from, .messages = {std::move(created)}});
}

// ---- From sessions, and to them

void Shard::On(FromShard item) {
  if (item.to_leader) {
    OnToLeader(self(), item.group, std::move(item.message));
  } else {
    OnToSession(self(), item.group, std::move(item.message));
  }
}

void Shard::OnToLeader(NodeId from, GroupId group, SessionMessage message) {
  if (Group* const found = Find(group)) return found->OnToLeader(from, std::move(message));
  const bool gone = platform_.graveyard->Holds(group);
  if (const auto* command = std::get_if<SessionCommand>(&message)) {
    SendToSession(from, command->shard, group,
                  SessionRefused{.session = command->session,
                                 .epoch = command->epoch,
                                 .number = command->number,
                                 .why = gone ? SessionRefusal::kGone : SessionRefusal::kNotLeader,
                                 .leader = {},
                                 .retry_after = {}});
  } else if (const auto* request = std::get_if<Request>(&message)) {
    SendToSession(from, request->shard, group,
                  Reply{.id = request->id,
                        .code = gone ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
                        .text = absl::StrCat("group ", group.value(), " is not on this node"),
                        .leader = {},
                        .answer = {}});
  }
}

void Shard::OnToSession(NodeId from, GroupId group, SessionMessage message) {
  SessionId id;
  if (auto* reply = std::get_if<Reply>(&message)) {
    return inquirer_.OnReply(from, std::move(*reply));
  }
  if (const auto* outcome = std::get_if<Outcome>(&message)) id = outcome->session;
  if (const auto* refused = std::get_if<SessionRefused>(&message)) id = refused->session;
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second->group() != group) {
    ++stats_.messages_dropped;
    return;
  }
  found->second->OnMessage(from, std::move(message));
}

// ---- From the log

void Shard::On(const WritesCompleted& item) {
  for (const GroupId id : item.groups) {
    if (Group* const group = Find(id)) group->OnCompleted();
  }
  // There is room again.
  for (const GroupId id : stuck_) Touch(id);
}

void Shard::On(const RetirementNear& item) {
  for (const GroupId id : item.groups) {
    if (Group* const group = Find(id)) group->OnRetirementNear();
  }
}

void Shard::On(EntriesRead item) {
  if (Group* const group = Find(item.group)) group->OnRead(item.tag, std::move(item.entries));
}

// ---- From the node's watch over others

void Shard::On(const NodeChanged& item) {
  Peer& peer = peers_[item.node];
  if (item.news == NodeNews::kTrusted) peer.trusted = true;
  if (item.news == NodeNews::kSuspected) peer.trusted = false;
  if (item.incarnation > peer.incarnation) peer.incarnation = item.incarnation;
  // Whoever has started again is alive, but does not lead any more.
  const bool restarted = item.news == NodeNews::kRestarted;
  if (restarted) held_back_.Forget(item.node);
  if (item.news == NodeNews::kTrusted || item.news == NodeNews::kBroken) SayFarewells(item.node);
  const bool lost = restarted || item.news == NodeNews::kSuspected;
  for (auto& [id, slot] : groups_) {
    slot.group->OnNode(item.node, item.news, item.incarnation);
    if (lost && slot.group->leader() == item.node) {
      pacer_.Add({.group = id, .leader = item.node, .surely = restarted});
    }
  }
  for (auto& [id, session] : sessions_) session->OnNode(item.node, item.news);
  inquirer_.OnNode(item.node, item.news);
}

// A stream that has just opened, or broken and opened again, may still take nothing: then later.
void Shard::SayFarewells(NodeId node) {
  auto at = farewells_.lower_bound({node, GroupId()});
  while (at != farewells_.end() && at->first == node &&
         SendEnvelope(node, EnvelopeKind::kGroupGone, at->second, 0, {})) {
    at = farewells_.erase(at);
  }
}

void Shard::On(const ReachChanged& item) {
  reached_ = item.reached;
  reached_.Insert(self());
  for (auto& [id, slot] : groups_) slot.group->OnReach(reached_);
}

}  // namespace warren::replication
