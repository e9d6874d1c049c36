#include "replication/host/dispatcher.h"

#include <utility>

#include "absl/container/inlined_vector.h"

#include "replication/host/graveyard.h"
#include "replication/liveness/beat.h"

namespace warren::replication {
namespace {

// For each shard what one call holds for it.
template <typename T>
using ByShard = absl::InlinedVector<std::vector<T>, 8>;

}  // namespace

ShardNo Dispatcher::ShardFor(const Envelope& envelope) const {
  const bool to_shard =
      envelope.kind == EnvelopeKind::kToSession || envelope.kind == EnvelopeKind::kCreated;
  return to_shard ? static_cast<ShardNo>(envelope.shard % shards())
                  : ShardOf(envelope.group, shards());
}

// ---- From peers

void Dispatcher::OnMessages(NodeId from, StreamClass stream,
                            std::span<const base::Bytes> messages) {
  ByShard<Envelope> envelopes(shards());
  for (const base::Bytes& message : messages) {
    absl::StatusOr<Envelope> envelope = Open(message);
    if (!envelope.ok()) {
      logger_.Warning("peer.message_refused", {{"peer", from.value()},
                                               {"stream", Name(stream)},
                                               {"why", envelope.status().ToString()}});
      continue;
    }
    if (envelope->kind == EnvelopeKind::kBeat) {
      watch_.load()->OnBeat(from, envelope->body);
      continue;
    }
    const ShardNo shard = ShardFor(*envelope);
    envelopes[shard].push_back(*std::move(envelope));
  }
  for (size_t shard = 0; shard < envelopes.size(); ++shard) {
    if (envelopes[shard].empty()) continue;
    const size_t count = envelopes[shard].size();
    if (!(*shards_.load())[shard]->TryPost(
            FromPeer{.from = from, .messages = std::move(envelopes[shard])})) {
      logger_.Warning("shard.overloaded", {{"shard", shard}, {"messages_dropped", count}});
    }
  }
}

void Dispatcher::OnStreamLost(NodeId from, StreamClass stream) {
  watch_.load()->OnStreamLost(from, stream);
}

void Dispatcher::OnConnected(NodeId peer, StreamClass stream, Incarnation incarnation) {
  static_cast<void>(incarnation);
  watch_.load()->OnConnected(peer, stream);
}

void Dispatcher::OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) {
  watch_.load()->OnDisconnected(peer, stream, why);
}

// ---- From the log

void Dispatcher::OnCompleted(std::span<const log::Completion> completions) {
  if (completions.empty()) return;  // While it opens the log writes for itself.
  ByShard<GroupId> groups(shards());
  for (const log::Completion& completion : completions) {
    if (completion.group == kNodeGroup) continue;
    groups[ShardOf(completion.group, shards())].push_back(completion.group);
  }
  for (size_t shard = 0; shard < groups.size(); ++shard) {
    if (groups[shard].empty()) continue;
    (*shards_.load())[shard]->Post(WritesCompleted{.groups = std::move(groups[shard])});
  }
}

void Dispatcher::OnRetirementNear(std::span<const raft::GroupId> near) {
  if (shards_.load() == nullptr) return;
  ByShard<GroupId> groups(shards());
  for (const GroupId group : near) {
    if (group != kNodeGroup) groups[ShardOf(group, shards())].push_back(group);
  }
  for (size_t shard = 0; shard < groups.size(); ++shard) {
    if (groups[shard].empty()) continue;
    (*shards_.load())[shard]->Post(RetirementNear{.groups = std::move(groups[shard])});
  }
}

void Dispatcher::OnFailed(const absl::Status& why) {
  logger_.Error("log.failed", {{"why", why.ToString()}});
  failed_(why);
}

void Dispatcher::OnSpace(bool short_of_space) {
  if (short_of_space) {
    logger_.Warning("disk.short_of_space", {});
  } else {
    logger_.Info("disk.has_space", {});
  }
  if (shards_.load() != nullptr) PostToAll(SpaceChanged{.short_of_space = short_of_space});
}

}  // namespace warren::replication
