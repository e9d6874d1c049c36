#include "replication/liveness/testing/model_cluster.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace warren::replication::testing {
namespace {

constexpr int64_t kPaceOffMax = 10;  // Of 1,000.
constexpr WorldTime kRetry = 30 * kMillisecond;
constexpr int kStepsAtOnceMax = 20;

}  // namespace

ModelCluster::ModelCluster(uint64_t seed, std::vector<LivenessConfig> configs)
    : rng_(seed), nodes_(configs.size()) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    node.config = configs[i];
    node.zero = static_cast<int64_t>(rng_.Below(1'000'000'000'000));
    node.pace += static_cast<int64_t>(rng_.Below(2 * kPaceOffMax + 1)) - kPaceOffMax;
    node.cut_until.assign(nodes_.size(), 0);
    node.last_arrival.assign(nodes_.size(), 0);
    node.open.assign(nodes_.size(), false);
  }
  for (size_t i = 0; i < nodes_.size(); ++i) Start(i);
}

void ModelCluster::RunInPeace(absl::Duration time) {
  RunUntil(now_ + absl::ToInt64Microseconds(time));
}

bool ModelCluster::AllTrustAll() const {
  for (const Node& node : nodes_) {
    for (size_t peer = 0; peer < nodes_.size(); ++peer) {
      if (!node.liveness.has_value() || !node.liveness->Trusts(IdOf(peer))) return false;
    }
  }
  return true;
}

bool ModelCluster::AllHoldTheirLease() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [this](const Node& node) {
    return node.liveness.has_value() && node.liveness->HoldsLease(LocalTime(node));
  });
}

MonotonicTime ModelCluster::LocalTime(const Node& node) const {
  return MonotonicTime(absl::Nanoseconds(node.zero + now_ * node.pace));
}

WorldTime ModelCluster::ToWorld(const Node& node, MonotonicTime local) const {
  const int64_t passed = absl::ToInt64Nanoseconds(local.SinceZero()) - node.zero;
  return std::max(now_, (passed + node.pace - 1) / node.pace);
}

void ModelCluster::Violate(size_t node, const std::string& what) {
  violations_.push_back(absl::StrCat("at ", now_, " us node ", node + 1, ": ", what));
}

// Something that a node does by itself, if it still lives then.
void ModelCluster::Plan(WorldTime at, EventKind kind, size_t node, size_t peer) {
  const uint64_t wake = kind == EventKind::kWake ? ++nodes_[node].wake : 0;
  Schedule(at, {.kind = kind,
                .node = node,
                .life = nodes_[node].life,
                .peer = peer,
                .wake = wake,
                .item = {}});
}

// Over the stream from one node to the other, in order.
void ModelCluster::Deliver(size_t from, size_t to, Item item) {
  const WorldTime delay = static_cast<WorldTime>(rng_.Between(100, kDelayMax));
  WorldTime& last = nodes_[from].last_arrival[to];
  last = std::max(last + 1, now_ + delay);
  Event event{.kind = EventKind::kArrive,
              .node = to,
              .life = nodes_[to].life,
              .peer = from,
              .wake = 0,
              .item = std::move(item)};
  Schedule(last, event);
  if (event.item.kind == ItemKind::kBeat && faulty_ && rng_.OneIn(100)) {
    event.life = 0;  // The same again, long after, and maybe to another life.
    Schedule(last + static_cast<WorldTime>(rng_.Below(3000)) * kMillisecond, event);
  }
}

void ModelCluster::RunUntil(WorldTime end) {
  while (!events_.empty() && events_.begin()->first.first <= end) {
    now_ = std::max(now_, events_.begin()->first.first);
    const Event event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    Handle(event);
    CheckLeases();
  }
  now_ = end;
}

void ModelCluster::Handle(const Event& event) {
  Node& node = nodes_[event.node];
  const bool same_life = event.life == 0 || event.life == node.life;
  switch (event.kind) {
    case EventKind::kArrive:
      if (!same_life || !node.liveness.has_value()) return;
      if (node.paused) {
        node.mailbox.push_back(event.item);
        return;
      }
      Receive(event.node, event.item);
      return Step(event.node);
    case EventKind::kWake:
      if (event.wake != node.wake || node.paused || !node.liveness.has_value()) return;
      if (same_life) Step(event.node);
      return;
    case EventKind::kResume:
      if (same_life && node.paused) Resume(event.node);
      return;
    case EventKind::kRestart:
      if (same_life && !node.liveness.has_value()) Start(event.node);
      return;
    case EventKind::kTryOpen:
      if (same_life && node.liveness.has_value()) TryOpen(event.node, event.peer);
      return;
  }
}

void ModelCluster::Receive(size_t index, const Item& item) {
  Node& node = nodes_[index];
  Heard& heard = node.heard[item.from];
  const NodeId from = IdOf(item.from);
  const MonotonicTime now = LocalTime(node);
  switch (item.kind) {
    case ItemKind::kBeat: {
      const std::pair life_and_number(item.beat.incarnation, item.beat.number);
      if (!heard.last.has_value() || life_and_number > *heard.last) {
        heard.last = life_and_number;
        heard.at = now;
        heard.lost = heard.unreachable = heard.reset = false;
      }
      return node.liveness->OnBeat(item.beat, now);
    }
    case ItemKind::kLost:
      heard.lost = true;
      heard.reset |= nodes_[item.from].liveness.has_value();
      return node.liveness->OnStreamLost(from, now);
    case ItemKind::kOpened:
      return node.liveness->OnStreamOpened(from, now);
    case ItemKind::kUnreachable:
      heard.unreachable = true;
      return node.liveness->OnUnreachable(from, now);
  }
}

void ModelCluster::Step(size_t index) {
  Node& node = nodes_[index];
  node.steps_at_once = node.stepped_at == now_ ? node.steps_at_once + 1 : 0;
  node.stepped_at = now_;
  if (node.steps_at_once > kStepsAtOnceMax) {
    Violate(index, "is due again and again");
    return;
  }
  JudgeChanges(index, node.liveness->Advance(LocalTime(node)));
  node.advanced_at = LocalTime(node);
  SendBeats(index);
  const MonotonicTime next = node.liveness->NextDeadline();
  if (next != kNever) {
    Plan(ToWorld(node, next), EventKind::kWake, index);
  }
}

void ModelCluster::JudgeChanges(size_t index, const Liveness::Changes& changes) {
  Node& node = nodes_[index];
  const MonotonicTime now = LocalTime(node);
  const bool slept = now - node.advanced_at > node.config.suspect_after / 2;
  counts_.trusted += changes.trusted.size();
  counts_.restarted += changes.restarted.size();
  for (const NodeId peer : changes.suspected) {
    ++counts_.suspected;
    Heard& heard = node.heard[peer.value() - 1];
    heard.suspected = true;
    const bool at_once = heard.unreachable && (heard.lost || !heard.last.has_value());
    const bool silent = now - heard.at >= node.config.suspect_after;
    if (!at_once && (slept || !(silent || heard.lost))) {
      Violate(index, absl::StrCat("suspects ", peer.value(), " for no reason"));
    }
  }
  for (const NodeId peer : changes.trusted) node.heard[peer.value() - 1].suspected = false;
  if (node.must_lose && changes.lease != std::optional(false)) {
    Violate(index, "was not told that its lease was lost in a pause");
  }
  node.must_lose = false;
  if (!changes.lease.has_value()) return;
  if (*changes.lease == node.lease_told) Violate(index, "was told of its lease twice");
  node.lease_told = *changes.lease;
  if (!node.lease_told) ++counts_.leases_lost;
}

void ModelCluster::SendBeats(size_t index) {
  Node& node = nodes_[index];
  for (auto& [to, beat] : node.liveness->TakeBeats(LocalTime(node), {})) {
    const size_t peer = to.value() - 1;
    const bool lost = faulty_ && rng_.OneIn(30);
    if (!node.open[peer] || !Works(index, peer) || lost) continue;
    Deliver(index, peer, {.kind = ItemKind::kBeat, .from = index, .beat = std::move(beat)});
  }
}

// Opens the stream from one node to the other if that is possible now, and else tries again.
void ModelCluster::TryOpen(size_t from, size_t to) {
  Node& node = nodes_[from];
  if (node.open[to]) return;
  const bool answered = Works(from, to) && Works(to, from) && !nodes_[to].paused;
  if (answered && nodes_[to].liveness.has_value()) {
    node.open[to] = true;
    return Deliver(to, from, {.kind = ItemKind::kOpened, .from = to, .beat = {}});
  }
  if (answered) Deliver(to, from, {.kind = ItemKind::kUnreachable, .from = to, .beat = {}});
  Plan(now_ + kRetry, EventKind::kTryOpen, from, to);
}

void ModelCluster::Start(size_t index) {
  Node& node = nodes_[index];
  ++node.life;
  const MonotonicTime now = LocalTime(node);
  node.liveness.emplace(node.config, IdOf(index), Incarnation(node.life));
  node.heard.assign(nodes_.size(), Heard());
  for (Heard& heard : node.heard) heard.at = now;
  node.lease_told = node.must_lose = false;
  node.advanced_at = now;
  std::vector<NodeId> all;
  for (size_t i = 0; i < nodes_.size(); ++i) all.push_back(IdOf(i));
  node.liveness->SetPeers(all, all, now);
  for (size_t peer = 0; peer < nodes_.size(); ++peer) {
    if (peer != index) TryOpen(index, peer);
  }
  Step(index);
}

void ModelCluster::CheckLeases() {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& holder = nodes_[i];
    if (!holder.liveness.has_value() || !holder.liveness->HoldsLease(LocalTime(holder))) continue;
    size_t suspecting = 0;
    for (const Node& voter : nodes_) {
      if (!voter.liveness.has_value() || !voter.heard[i].suspected) continue;
      const Heard& heard = voter.heard[i];
      const bool silent = LocalTime(voter) - heard.at >= voter.config.suspect_after;
      if (silent || !heard.reset) ++suspecting;
    }
    if (suspecting > nodes_.size() / 2) {
      Violate(i, absl::StrCat("holds a lease while ", suspecting, " voters suspect it"));
    }
  }
}

}  // namespace warren::replication::testing
