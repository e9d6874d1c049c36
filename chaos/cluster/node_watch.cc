// What a simulated node hears of others: as host/dispatcher.cc and host/watch.cc do it.
#include <algorithm>
#include <utility>

#include "chaos/cluster/node.h"
#include "chaos/cluster/world.h"
#include "fmt/format.h"
#include "replication/liveness/beat.h"
#include "replication/wire/envelope.h"

namespace warren::cluster_sim {

using replication::Envelope;
using replication::EnvelopeKind;
using replication::NodeChanged;
using replication::NodeNews;

void Node::SetPeers(std::vector<NodeId> nodes) {
  In(Duration(0), Label(10), [this, nodes = std::move(nodes)] {
    for (const NodeId peer : process_->peers) {
      if (std::find(nodes.begin(), nodes.end(), peer) != nodes.end()) continue;
      Tell({.node = peer, .news = NodeNews::kSuspected, .incarnation = {}});
    }
    process_->peers = nodes;
    process_->liveness->SetPeers(nodes, nodes, clock_.Now());
    TellChanges();
  });
}

void Node::OnFrame(NodeId from, StreamClass /*stream*/, std::vector<base::Bytes> messages) {
  In(Duration(0), Label(11), [this, from, messages = std::move(messages)] {
    std::vector<std::vector<Envelope>> envelopes(shards());
    bool beats = false;
    for (const base::Bytes& message : messages) {
      absl::StatusOr<Envelope> envelope = replication::Open(message);
      if (!envelope.ok()) {
        timeline_->Violated("Envelope", envelope.status().ToString());
        return;
      }
      if (envelope->kind == EnvelopeKind::kBeat) {
        const auto beat = replication::DecodeBeat(envelope->body.view());
        if (!beat.ok()) return timeline_->Violated("Beat", beat.status().ToString());
        process_->liveness->OnBeat(*beat, clock_.Now());
        beats = true;
        continue;
      }
      const bool to_shard =
          envelope->kind == EnvelopeKind::kToSession || envelope->kind == EnvelopeKind::kCreated;
      const ShardNo shard = to_shard ? static_cast<ShardNo>(envelope->shard % shards())
                                     : ShardOfGroup(envelope->group);
      envelopes[shard].push_back(*std::move(envelope));
    }
    for (ShardNo shard = 0; shard < shards(); ++shard) {
      if (envelopes[shard].empty()) continue;
      Post(shard, replication::FromPeer{.from = from, .messages = std::move(envelopes[shard])});
    }
    if (beats) TellChanges();
  });
}

void Node::OnStreamLost(NodeId from, StreamClass stream) {
  In(Duration(0), Label(12), [this, from, stream] {
    if (stream == StreamClass::kControl) process_->liveness->OnStreamLost(from, clock_.Now());
    Tell({.node = from, .news = NodeNews::kBroken, .incarnation = {}});
    TellChanges();
  });
}

void Node::OnConnected(NodeId peer, StreamClass stream) {
  In(Duration(0), Label(13), [this, peer, stream] {
    // As replication::Watch does: what was said while it was closed is lost.
    if (stream == StreamClass::kData) {
      Tell({.node = peer, .news = NodeNews::kBroken, .incarnation = {}});
    }
    if (stream != StreamClass::kControl) return;
    process_->liveness->OnStreamOpened(peer, clock_.Now());
    TellChanges();
  });
}

void Node::OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) {
  In(Duration(0), Label(14), [this, peer, stream, broke = absl::IsAborted(why)] {
    const bool control = stream == StreamClass::kControl;
    if (broke) {
      if (control) process_->liveness->OnStreamLost(peer, clock_.Now());
      Tell({.node = peer, .news = NodeNews::kBroken, .incarnation = {}});
    } else if (control) {
      process_->liveness->OnUnreachable(peer, clock_.Now());
    }
    TellChanges();
  });
}

void Node::Tell(const NodeChanged& item) { PostToAll(item); }

void Node::TellChanges() {
  replication::Liveness& liveness = *process_->liveness;
  const base::MonotonicTime now = clock_.Now();
  const replication::Liveness::Changes changes = liveness.Advance(now);
  std::vector<uint64_t> progress;
  for (const ShardSlot& slot : process_->shards) progress.push_back(slot.progress);
  auto beats = liveness.TakeBeats(now, progress);
  const auto tell = [&](const std::vector<NodeId>& nodes, NodeNews news) {
    for (const NodeId node : nodes) {
      timeline_->Trace([&] {
        return fmt::format("n{} finds n{} {}", id_.value(), node.value(),
                           news == NodeNews::kSuspected ? "suspect"
                           : news == NodeNews::kTrusted ? "trustworthy"
                                                        : "restarted");
      });
      Tell({.node = node, .news = news, .incarnation = liveness.IncarnationOf(node)});
    }
  };
  tell(changes.restarted, NodeNews::kRestarted);
  tell(changes.trusted, NodeNews::kTrusted);
  tell(changes.suspected, NodeNews::kSuspected);
  if (changes.reach) {
    raft::NodeSet reached;  // This node is among the peers.
    for (const NodeId peer : process_->peers) {
      if (liveness.Reaches(peer)) reached.Insert(peer);
    }
    PostToAll(replication::ReachChanged{.reached = std::move(reached)});
  }
  for (auto& [peer, beat] : beats) {
    SendToPeer(peer, StreamClass::kControl,
               replication::Wrap(EnvelopeKind::kBeat, GroupId(), 0,
                                 base::BytesChain(replication::EncodeBeat(beat))));
  }
  In(UntilDue(liveness.NextDeadline()), Label(15), [this, token = ++process_->watch_token] {
    if (process_->watch_token == token) TellChanges();
  });
}

}  // namespace warren::cluster_sim
