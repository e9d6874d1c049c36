#include "chaos/cluster/placement.h"

#include <algorithm>
#include <optional>

#include "chaos/cluster/world.h"
#include "fmt/format.h"
#include "raft/core.h"

namespace warren::cluster_sim {
namespace {

using raft::MemberChangeType;

constexpr Duration kTickEvery = Milliseconds(100);
// So many entries a learner may lack and be made a voter.
constexpr uint64_t kPromoteWithin = 64;

// And may vote: who has yet to be told that it has forgotten nothing would be no help.
bool HasCaughtUp(const raft::Status& status, NodeId node) {
  for (const raft::PeerStatus& peer : status.peers) {
    if (peer.node != node) continue;
    return peer.progress.state == raft::ProgressState::kReplicate && !peer.progress.amnesiac &&
           peer.progress.match + kPromoteWithin >= status.hard_state.commit;
  }
  return false;
}

// The next step from `status` to `wanted`; nullopt: there is none, or not now. `dead` has gone for
// ever; a new member needs the word of every voter, so that one leaves first.
std::optional<raft::ConfigChange> NextStep(const raft::Status& status, const raft::NodeSet& wanted,
                                           std::optional<NodeId> dead, bool at_once) {
  const raft::Membership& now = status.membership;
  if (now.IsJoint()) return std::nullopt;
  raft::ConfigChange change;
  if (dead.has_value() && now.AllMembers().size() > 1) {
    change.changes = {{.type = MemberChangeType::kRemove, .node = *dead}};
    return change;
  }
  std::optional<NodeId> extra;
  for (const NodeId member : now.AllMembers()) {
    if (!wanted.Contains(member)) extra = member;
  }
  bool waits = false;
  for (const NodeId node : wanted) {
    if (now.voters.Contains(node)) continue;
    if (!now.Contains(node)) {
      change.changes = {{.type = MemberChangeType::kAddLearner, .node = node}};
      return change;
    }
    waits = true;
    if (!HasCaughtUp(status, node)) continue;
    change.changes = {{.type = MemberChangeType::kAddVoter, .node = node}};
    if (extra.has_value() && at_once) {
      change.changes.push_back({.type = MemberChangeType::kRemove, .node = *extra});
    }
    return change;
  }
  if (waits || !extra.has_value()) return std::nullopt;
  change.changes = {{.type = MemberChangeType::kRemove, .node = *extra}};
  return change;
}

}  // namespace

Placement::Placement(World* world)
    : world_(world), rng_(world->timeline().MakeRng(RngUse::kNemesis, 2)) {}

void Placement::Start() { Tick(); }

void Placement::Tick() {
  for (auto& [id, info] : world_->groups()) {
    if (!info.is_ready || info.is_removed) continue;
    Move(info);
    if (!info.is_being_removed) world_->MakeWhereMissing(info);
  }
  for (auto at = leaving_.begin(); at != leaving_.end();) {
    Node& node = *world_->Find(*at);
    if (!DescribeNeedOf(*at).empty()) {
      ++at;
      continue;
    }
    world_->Retire(node);
    at = leaving_.erase(at);
  }
  world_->timeline().In(kTickEvery, 400, [this] { Tick(); });
}

void Placement::Move(GroupInfo& info) {
  const World::Leader leader = world_->LeaderOf(info.id);
  if (leader.node == nullptr || leader.node->IsPaused()) return;
  const raft::Status status = leader.group->core()->GetStatus();
  const raft::NodeSet members = status.membership.AllMembers();
  if (members != info.members) {
    info.members = members;
    ++world_->timeline().stats().changes;
    world_->workload().OnMembersChanged(info.id);
  }
  std::optional<NodeId> dead;
  for (const NodeId member : members) {
    if (world_->Find(member)->IsGone()) dead = member;
  }
  const auto change = NextStep(status, info.wanted, dead, rng_.OneIn(2));
  if (!change.has_value()) return;
  leader.node->Do(leader.node->ShardOfGroup(info.id),
                  [id = info.id, change = *change](replication::Shard& shard) {
                    if (replication::Group* group = shard.Find(id)) group->ChangeMembers(change);
                  });
}

bool Placement::IsSomewhere(GroupId group) const {
  for (const auto& node : world_->nodes()) {
    if (node->IsGone()) continue;
    if (!world_->watch().WasMember(group, node->id())) continue;
    if (!node->IsUp() || node->Find(group) != nullptr) return true;
  }
  return false;
}

// As far as leaders know. Without a leader nobody knows.
std::string Placement::DescribeNeedOf(NodeId node) const {
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_being_removed) {
      // Who has removed it must be there to say so.
      if (!info.is_removed) return fmt::format("group {} is not removed", id.value());
      if (IsSomewhere(id))
        return fmt::format("group {} was removed, but not everywhere", id.value());
      continue;
    }
    if (info.wanted.Contains(node)) return fmt::format("group {} wants it", id.value());
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr || !leader.group->leads()) {
      return fmt::format("group {} has no leader", id.value());
    }
    const raft::Core& core = *leader.group->core();
    // What it has applied it has committed.
    if (core.membership().Contains(node) || core.membership().IsJoint()) {
      return fmt::format("group {} is changing its members", id.value());
    }
  }
  return "";
}

void Placement::Substitute(Node& node) {
  Node& fresh = world_->AddNode();
  fresh.Start();
  for (auto& [id, info] : world_->groups()) {
    if (info.wanted.Erase(node.id())) info.wanted.Insert(fresh.id());
  }
}

void Placement::Decommission(Node& node) {
  if (!leaving_.insert(node.id()).second) return;
  world_->timeline().Trace([&] { return fmt::format("-- n{} is to go --", node.id().value()); });
  Substitute(node);
}

void Placement::ReplaceDead(Node& node) {
  leaving_.erase(node.id());
  const bool was_substituted =
      std::none_of(world_->groups().begin(), world_->groups().end(),
                   [&](const auto& group) { return group.second.wanted.Contains(node.id()); });
  world_->Retire(node);
  if (!was_substituted) Substitute(node);
}

bool Placement::IsSettled() const { return DescribeUnsettled().empty(); }

std::string Placement::DescribeUnsettled() const {
  if (!leaving_.empty()) {
    const NodeId node = *leaving_.begin();
    return fmt::format("n{} is still to go: {}", node.value(), DescribeNeedOf(node));
  }
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_removed || !info.is_ready) continue;
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr) return fmt::format("group {} has no leader", id.value());
    const raft::Membership& now = leader.group->core()->membership();
    if (now.IsJoint() || now.voters != info.wanted || !now.learners.empty()) {
      return fmt::format("group {} does not have the members that it is to have", id.value());
    }
  }
  return "";
}

}  // namespace warren::cluster_sim
