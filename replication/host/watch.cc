#include "replication/host/watch.h"

#include <algorithm>
#include <utility>

#include "replication/liveness/beat.h"
#include "replication/wire/envelope.h"

namespace warren::replication {
namespace {

constexpr size_t kItemsMax = 16'384;

}  // namespace

Watch::Watch(const LivenessConfig& config, Platform platform)
    : platform_(std::move(platform)),
      mailbox_(kItemsMax),
      liveness_(config, platform_.self, platform_.incarnation) {}

Watch::~Watch() { Stop(); }

void Watch::Start(Transport* transport) {
  transport_ = transport;
  thread_ = std::thread([this] { Loop(); });
}

void Watch::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  mailbox_.Interrupt();
  thread_.join();
}

// ---- From other threads

void Watch::SetPeers(std::vector<NodeId> peers) { mailbox_.Post(Peers{.nodes = std::move(peers)}); }

void Watch::OnBeat(NodeId from, const base::Bytes& body) {
  absl::StatusOr<Beat> beat = DecodeBeat(body.view());
  if (!beat.ok() || beat->from != from) {
    platform_.logger.Warning("peer.beat_refused",
                             {{"peer", from.value()}, {"why", beat.status().ToString()}});
    return;
  }
  mailbox_.TryPost(*std::move(beat));
}

void Watch::OnConnected(NodeId peer, StreamClass stream) {
  platform_.logger.Info("peer.connected", {{"peer", peer.value()}, {"stream", Name(stream)}});
  if (stream == StreamClass::kControl) mailbox_.Post(Opened{.peer = peer});
  // What was said while it was closed is lost, and whoever said it has not been told.
  if (stream == StreamClass::kData) mailbox_.Post(Lost{.peer = peer, .stream = stream});
}

void Watch::OnStreamLost(NodeId peer, StreamClass stream) {
  mailbox_.Post(Lost{.peer = peer, .stream = stream});
}

void Watch::OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) {
  platform_.logger.Info(
      "peer.disconnected",
      {{"peer", peer.value()}, {"stream", Name(stream)}, {"why", why.ToString()}});
  if (absl::IsAborted(why)) {
    mailbox_.Post(Lost{.peer = peer, .stream = stream});
  } else if (stream == StreamClass::kControl && absl::IsUnavailable(why)) {
    mailbox_.Post(Unreachable{.peer = peer});
  }
}

Matrix Watch::view() const {
  const absl::MutexLock lock(&mutex_);
  return liveness_.view();
}

bool Watch::HoldsLease() const {
  const absl::MutexLock lock(&mutex_);
  return liveness_.HoldsLease(platform_.clock->Now());
}

// ---- The thread

void Watch::Loop() {
  std::vector<Item> items;
  while (!stopping_) {
    mailbox_.Drain(&items);
    for (const Item& item : items) {
      std::visit([this](const auto& each) { On(each); }, item);
    }
    items.clear();
    TellChanges();
    base::MonotonicTime next;
    {
      const absl::MutexLock lock(&mutex_);
      next = liveness_.NextDeadline();
    }
    mailbox_.Wait(std::min(next - platform_.clock->Now(), absl::Seconds(1)));
  }
}

void Watch::On(const Peers& item) {
  // Nothing more will be heard of who is not among them: what it held must not wait for it.
  for (const NodeId peer : peers_) {
    if (std::find(item.nodes.begin(), item.nodes.end(), peer) != item.nodes.end()) continue;
    platform_.logger.Info("peer.dropped", {{"peer", peer.value()}});
    platform_.tell({.node = peer, .news = NodeNews::kSuspected, .incarnation = {}});
  }
  peers_ = item.nodes;
  const absl::MutexLock lock(&mutex_);
  liveness_.SetPeers(item.nodes, item.nodes, platform_.clock->Now());
}

void Watch::On(const Beat& beat) {
  const absl::MutexLock lock(&mutex_);
  liveness_.OnBeat(beat, platform_.clock->Now());
}

void Watch::On(const Lost& item) {
  if (item.stream == StreamClass::kControl) {
    const absl::MutexLock lock(&mutex_);
    liveness_.OnStreamLost(item.peer, platform_.clock->Now());
  }
  platform_.tell({.node = item.peer, .news = NodeNews::kBroken, .incarnation = {}});
}

void Watch::On(const Opened& item) {
  const absl::MutexLock lock(&mutex_);
  liveness_.OnStreamOpened(item.peer, platform_.clock->Now());
}

void Watch::On(const Unreachable& item) {
  const absl::MutexLock lock(&mutex_);
  liveness_.OnUnreachable(item.peer, platform_.clock->Now());
}

void Watch::TellChanges() {
  const std::vector<uint64_t> progress = platform_.progress();
  std::vector<std::pair<NodeId, Beat>> beats;
  Liveness::Changes changes;
  raft::NodeSet reached;
  std::vector<NodeChanged> news;
  {
    const absl::MutexLock lock(&mutex_);
    const base::MonotonicTime now = platform_.clock->Now();
    changes = liveness_.Advance(now);
    beats = liveness_.TakeBeats(now, progress);
    for (const NodeId peer : peers_) {
      if (liveness_.Reaches(peer)) reached.Insert(peer);
    }
    const auto add = [&news, this](const std::vector<NodeId>& nodes,
                                   NodeNews what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      for (const NodeId node : nodes) {
        news.push_back({.node = node, .news = what, .incarnation = liveness_.IncarnationOf(node)});
      }
    };
    add(changes.restarted, NodeNews::kRestarted);
    add(changes.trusted, NodeNews::kTrusted);
    add(changes.suspected, NodeNews::kSuspected);
  }
  for (const NodeChanged& each : news) {
    switch (each.news) {
      case NodeNews::kSuspected:
        platform_.logger.Warning("peer.suspected", {{"peer", each.node.value()}});
        break;
      case NodeNews::kRestarted:
        platform_.logger.Info("peer.restarted", {{"peer", each.node.value()},
                                                 {"incarnation", each.incarnation.value()}});
        break;
      default:
        platform_.logger.Info("peer.trusted", {{"peer", each.node.value()},
                                               {"incarnation", each.incarnation.value()}});
    }
    platform_.tell(each);
  }
  if (changes.reach) {
    reached.Insert(platform_.self);
    platform_.reach({.reached = std::move(reached)});
  }
  if (changes.lease.has_value()) platform_.lease(*changes.lease);
  for (auto& [peer, beat] : beats) {
    transport_->Send(
        peer, StreamClass::kControl,
        Wrap(EnvelopeKind::kBeat, raft::GroupId(), 0, base::BytesChain(EncodeBeat(beat))));
  }
}

}  // namespace warren::replication
