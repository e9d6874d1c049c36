#include "chaos/cluster/nemesis.h"

#include <algorithm>
#include <utility>

#include "chaos/cluster/decay.h"
#include "chaos/cluster/world.h"
#include "chaos/sim/draw.h"
#include "fmt/format.h"

namespace warren::cluster_sim {

using sim::DrawAround;
using sim::DrawBetween;

Nemesis::Nemesis(World* world)
    : world_(world),
      rng_(world->timeline().MakeRng(RngUse::kNemesis)),
      worst_moment_(world, rng_.Fork(1)) {
  frail_ = NodeId(rng_.Between(1, world->setup().nodes));
}

void Nemesis::Start() {
  running_ = true;
  for (size_t i = 0; i < kFaults; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    if (world_->setup().Has(kind)) Schedule(kind);
  }
}

void Nemesis::Schedule(FaultKind kind) {
  world_->timeline().In(DrawAround(rng_, world_->setup().Every(kind)), 500, [this, kind] {
    if (!running_) return;
    Strike(kind);
    Schedule(kind);
  });
}

void Nemesis::OnProcessEnds(Node& node) {
  const Duration down = DrawBetween(rng_, Milliseconds(1), world_->setup().downtime_max);
  world_->timeline().In(down, 501, [&node, life = node.life()] {
    if (node.life() == life) node.Start();
  });
}

bool Nemesis::MayLose() const {
  return world_->setup().Has(FaultKind::kDecay) || world_->setup().Has(FaultKind::kLostLog);
}

Node* Nemesis::Pick() {
  std::vector<Node*> nodes;
  for (const auto& node : world_->nodes()) {
    if (node->IsUp() && !node->IsPaused()) nodes.push_back(node.get());
  }
  return nodes.empty() ? nullptr : nodes[rng_.Below(nodes.size())];
}

void Nemesis::Strike(FaultKind kind) {
  ++world_->timeline().stats().faults[static_cast<size_t>(kind)];
  world_->timeline().Trace(
      [&] { return fmt::format("-- {} --", kFaultNames[static_cast<size_t>(kind)]); });
  switch (kind) {
    case FaultKind::kTransfer:
      return Transfer();
    case FaultKind::kMembers:
      return MoveGroup();
    case FaultKind::kReplace:
      return Replace();
    case FaultKind::kDecay:
      return Decay();
    case FaultKind::kLostLog:
      return LoseLog();
    case FaultKind::kRemoveGroup:
      return RemoveGroup();
    case FaultKind::kPartition:
    case FaultKind::kOneWay:
    case FaultKind::kBreak:
    case FaultKind::kSlowLink:
      return StrikeLinks(kind);
    default:
      return StrikeNode(kind);
  }
}

void Nemesis::StrikeNode(FaultKind kind) {
  Node* const node = Pick();
  if (node == nullptr) return;
  switch (kind) {
    case FaultKind::kCrash:
      if (!rng_.OneIn(6)) return node->Kill();
      for (const auto& each : world_->nodes()) each->Kill();
      return;
    case FaultKind::kPowerLoss:
      return node->CutPower(rng_.OneIn(2) ? 0 : rng_.Between(1, 40));
    case FaultKind::kBlackout:
      for (const auto& each : world_->nodes()) {
        if (each->IsUp()) each->CutPower(0);
      }
      return;
    case FaultKind::kPause:
      node->Pause();
      world_->timeline().In(DrawBetween(rng_, Milliseconds(50), Milliseconds(3500)), 502,
                            [node, life = node->life()] {
                              if (node->life() == life) node->Resume();
                            });
      return;
    default: {
      const auto by = static_cast<int64_t>(rng_.Below(6000));
      return node->StepWall(absl::Milliseconds(by - 3000));
    }
  }
}

// The links between two sides, in both directions. A node's side is a bit of `sides`.
std::vector<std::pair<NodeId, NodeId>> Nemesis::LinksAcross(uint64_t sides) const {
  const std::vector<NodeId> nodes = world_->Peers();
  const auto side = [sides](NodeId node) { return sides >> (node.value() % 64) & 1; };
  std::vector<std::pair<NodeId, NodeId>> links;
  for (const NodeId a : nodes) {
    for (const NodeId b : nodes) {
      if (side(a) != side(b)) links.emplace_back(a, b);
    }
  }
  return links;
}

void Nemesis::StrikeLinks(FaultKind kind) {
  const std::vector<NodeId> nodes = world_->Peers();
  if (nodes.size() < 2) return;
  Network& network = world_->network();
  const Duration lasts = DrawBetween(rng_, Milliseconds(100), Seconds(4));
  const NodeId from = nodes[rng_.Below(nodes.size())];
  const NodeId to = nodes[rng_.Below(nodes.size())];
  std::vector<std::pair<NodeId, NodeId>> links;
  switch (kind) {
    case FaultKind::kPartition:
      links = LinksAcross(rng_.Next());
      break;
    case FaultKind::kOneWay:
      links.emplace_back(from, to);
      break;
    case FaultKind::kBreak: {
      const bool all = rng_.OneIn(2);
      const auto one = static_cast<StreamClass>(rng_.Below(replication::kStreamClasses));
      for (const StreamClass stream : replication::kAllStreamClasses) {
        if (all || stream == one) network.Break(from, to, stream);
      }
      return;
    }
    default:
      network.SetSlow(from, to,
                      DrawBetween(rng_, Milliseconds(10), world_->setup().network.slow_max));
      world_->timeline().In(lasts, 503,
                            [&network, from, to] { network.SetSlow(from, to, Duration(0)); });
      return;
  }
  for (const auto& [a, b] : links) network.Cut(a, b);
  world_->timeline().In(lasts, 504, [&network, links] {
    for (const auto& [a, b] : links) network.Heal(a, b);
  });
}

// ---- Groups

void Nemesis::Transfer() {
  for (const auto& [id, info] : world_->groups()) {
    if (!rng_.OneIn(2)) continue;
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr) continue;
    const raft::NodeSet& voters = leader.group->core()->membership().voters;
    if (voters.empty()) continue;
    const NodeId to = *(voters.begin() + static_cast<std::ptrdiff_t>(rng_.Below(voters.size())));
    leader.node->Do(leader.node->ShardOfGroup(id), [group = id, to](replication::Shard& shard) {
      if (replication::Group* found = shard.Find(group)) found->TransferLeadership(to);
    });
  }
}

void Nemesis::MoveGroup() {
  std::vector<GroupInfo*> groups;
  for (auto& [id, info] : world_->groups()) {
    if (info.is_ready && !info.is_being_removed) groups.push_back(&info);
  }
  if (groups.empty() || world_->placement().IsReplacing()) return;
  GroupInfo& info = *groups[rng_.Below(groups.size())];
  const std::vector<NodeId> nodes = world_->Peers();
  const size_t least = MayLose() || has_died_ ? 3 : 1;
  if (nodes.size() < least) return;
  const size_t size = rng_.OneIn(2) ? info.wanted.size() : rng_.Between(least, nodes.size());
  raft::NodeSet wanted;
  while (wanted.size() < std::min(size, nodes.size())) {
    wanted.Insert(nodes[rng_.Below(nodes.size())]);
  }
  info.wanted = wanted;
}

void Nemesis::Replace() {
  if (world_->placement().IsReplacing() || world_->nodes().size() > world_->setup().nodes + 3) {
    return;
  }
  const std::vector<NodeId> nodes = world_->Peers();
  Node& node = *world_->Find(nodes[rng_.Below(nodes.size())]);
  bool enough = !MayLose() && !has_died_;
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_removed) continue;
    enough = enough && info.is_ready && info.wanted.size() >= 3 && info.members == info.wanted;
  }
  if (!enough || rng_.OneIn(2)) return world_->placement().Decommission(node);
  has_died_ = true;
  world_->placement().ReplaceDead(node);
}

void Nemesis::RemoveGroup() {
  std::vector<GroupInfo*> groups;
  for (auto& [id, info] : world_->groups()) {
    if (info.is_ready && !info.is_being_removed) groups.push_back(&info);
  }
  if (groups.empty() || world_->groups().size() > 10) return;
  const GroupInfo& info = *groups[rng_.Below(groups.size())];
  GroupPlan plan = info.plan;
  plan.members = info.wanted;
  world_->RemoveGroup(info.id);
  world_->MakeGroup(plan);
}

// ---- What was synced, and is not there any more

void Nemesis::Decay() {
  Node* const node = world_->Find(frail_);
  if (node == nullptr || node->IsGone()) return;
  node->SetDamaged();
  const std::string done = DamageDisk(node->disk(), rng_);
  world_->timeline().Trace([&] { return fmt::format("n{}: {}", node->id().value(), done); });
}

void Nemesis::LoseLog() {
  Node* const node = world_->Find(frail_);
  if (node == nullptr || node->IsGone()) return;
  if (rng_.OneIn(2) && worst_moment_.Begin(*node)) return;
  node->SetDamaged();
  node->Kill();
  node->LoseLog();
}

}  // namespace warren::cluster_sim
