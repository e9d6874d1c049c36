#include "chaos/cluster/worst_moment.h"

#include "chaos/cluster/world.h"
#include "chaos/sim/draw.h"
#include "fmt/format.h"
#include "raft/core.h"

namespace warren::cluster_sim {
namespace {

constexpr Duration kLookEvery = Milliseconds(1);
constexpr Duration kPatience = Milliseconds(1500);

}  // namespace

bool WorstMoment::Begin(Node& node) {
  if (is_under_way_ || !node.IsUp() || node.IsPaused()) return false;
  leader_ = nullptr;
  for (const auto& [id, info] : world_->groups()) {
    if (!info.is_ready || info.is_being_removed) continue;
    if (info.members.size() != 3 || !info.members.Contains(node.id())) continue;
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr || leader.node == &node || leader.node->IsPaused()) continue;
    group_ = id;
    leader_ = leader.node;
  }
  if (leader_ == nullptr) return false;
  is_under_way_ = true;
  node_ = &node;
  for (const NodeId member : world_->groups().at(group_).members) {
    if (member != node.id() && member != leader_->id()) StallEntries(member);
  }
  const uint64_t number = ++number_;
  world_->timeline().In(sim::DrawBetween(rng_, Milliseconds(50), Milliseconds(500)), 510,
                        [this, number] {
                          if (is_under_way_ && number == number_) Lose();
                        });
  return true;
}

void WorstMoment::StallEntries(NodeId to) {
  world_->network().Stall(leader_->id(), to, StreamClass::kData);
  world_->network().Stall(leader_->id(), to, StreamClass::kSnapshot);
}

void WorstMoment::Lose() {
  if (node_->IsGone() || leader_->IsGone()) return End();
  node_->SetDamaged();
  node_->Kill();
  node_->LoseLog();
  leader_->Kill();
  leader_->Start();
  node_->Start();
  Watch(number_, world_->timeline().now() + kPatience);
}

void WorstMoment::Watch(uint64_t number, Time until) {
  Timeline& timeline = world_->timeline();
  if (!is_under_way_ || number != number_) return;
  if (timeline.now() >= until || !leader_->IsUp() || !node_->IsUp()) return End();
  const replication::Group* const leads = leader_->Find(group_);
  const bool again = leads != nullptr && leads->core() != nullptr &&
                     leads->core()->role().role == raft::Role::kLeader;
  if (!again || node_->Find(group_) == nullptr) {
    timeline.In(kLookEvery, 511, [this, number, until] { Watch(number, until); });
    return;
  }
  timeline.Trace([&] {
    return fmt::format("-- n{} has forgotten, and n{} falls silent --", node_->id().value(),
                       leader_->id().value());
  });
  leader_->Kill();
  End();
}

void WorstMoment::End() {
  is_under_way_ = false;
  for (const NodeId peer : world_->Peers()) {
    world_->network().EndStall(leader_->id(), peer, StreamClass::kData);
    world_->network().EndStall(leader_->id(), peer, StreamClass::kSnapshot);
  }
}

}  // namespace warren::cluster_sim
