// What goes wrong in a model cluster.
#include <algorithm>

#include "absl/strings/str_cat.h"

#include "replication/liveness/testing/model_cluster.h"

namespace warren::replication::testing {

void ModelCluster::RunWithFaults(absl::Duration time) {
  faulty_ = true;
  const WorldTime end = now_ + absl::ToInt64Microseconds(time);
  while (now_ < end) {
    MakeFault();
    RunUntil(std::min<WorldTime>(
        end, now_ + static_cast<WorldTime>(rng_.Between(1, 900)) * kMillisecond));
  }
  faulty_ = false;
}

void ModelCluster::EndFaults() {
  for (Node& node : nodes_) node.cut_until.assign(nodes_.size(), now_);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].liveness.has_value()) Start(i);
    if (nodes_[i].paused) Resume(i);
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (size_t j = 0; j < nodes_.size(); ++j) {
      if (i != j) TryOpen(i, j);
    }
  }
}

void ModelCluster::MakeFault() {
  const size_t node = rng_.Below(nodes_.size());
  const size_t peer = (node + 1 + rng_.Below(nodes_.size() - 1)) % nodes_.size();
  const WorldTime time = static_cast<WorldTime>(
      (rng_.OneIn(2) ? rng_.Between(10, 1200) : rng_.Between(700, 4000)) * kMillisecond);
  switch (rng_.Below(6)) {
    case 0:
      return Pause(node, time);
    case 1:
      Cut(node, peer, time);
      return Cut(peer, node, time);
    case 2:
      return Cut(node, peer, time);
    case 3:
      for (size_t other = 0; other < nodes_.size(); ++other) {
        Cut(node, other, time);
        Cut(other, node, time);
      }
      return;
    case 4:
      return Kill(node, time / 2);
    default:
      return Reset(node, peer);
  }
}

void ModelCluster::Cut(size_t from, size_t to, WorldTime time) {
  WorldTime& until = nodes_[from].cut_until[to];
  until = std::max(until, now_ + time);
}

void ModelCluster::Pause(size_t index, WorldTime time) {
  Node& node = nodes_[index];
  if (node.paused || !node.liveness.has_value()) return;
  ++counts_.pauses;
  node.paused = true;
  node.paused_at = now_;
  Plan(now_ + time, EventKind::kResume, index);
}

// What has queued up meanwhile is handed in before or after the first Advance().
void ModelCluster::Resume(size_t index) {
  Node& node = nodes_[index];
  node.paused = false;
  const absl::Duration slept = absl::Nanoseconds((now_ - node.paused_at) * node.pace);
  if (slept >= node.config.lease) {
    if (node.liveness->HoldsLease(LocalTime(node))) Violate(index, "wakes up with a lease");
    node.must_lose = node.lease_told;
  }
  if (rng_.OneIn(2)) Step(index);
  const std::deque<Item> items = std::exchange(node.mailbox, {});
  for (const Item& item : items) Receive(index, item);
  Step(index);
}

void ModelCluster::Kill(size_t index, WorldTime time) {
  Node& node = nodes_[index];
  if (!node.liveness.has_value()) return;
  node.liveness.reset();
  node.mailbox.clear();
  node.paused = false;
  node.open.assign(nodes_.size(), false);
  for (size_t peer = 0; peer < nodes_.size(); ++peer) {
    if (peer == index || !nodes_[peer].liveness.has_value()) continue;
    if (Works(index, peer)) {
      Deliver(index, peer, {.kind = ItemKind::kLost, .from = index, .beat = {}});
    }
    if (!nodes_[peer].open[index]) continue;
    nodes_[peer].open[index] = false;
    TryOpen(peer, index);
  }
  Plan(now_ + time, EventKind::kRestart, index);
}

void ModelCluster::Reset(size_t a, size_t b) {
  if (!nodes_[a].liveness.has_value() || !nodes_[b].liveness.has_value()) return;
  for (const auto& [node, peer] : {std::pair(a, b), std::pair(b, a)}) {
    nodes_[node].open[peer] = false;
    Deliver(peer, node, {.kind = ItemKind::kLost, .from = peer, .beat = {}});
    Plan(now_ + 10 * kMillisecond, EventKind::kTryOpen, node, peer);
  }
}

void ModelCluster::ResetSomeStreams() {
  const size_t a = rng_.Below(nodes_.size());
  Reset(a, (a + 1) % nodes_.size());
}

}  // namespace warren::replication::testing
