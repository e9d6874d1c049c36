#include "chaos/cluster/world.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"
#include "replication/session/queue_replica.h"

namespace warren::cluster_sim {
namespace {

constexpr Duration kAuditEvery = Milliseconds(20);
constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr Duration kTryEvery = Milliseconds(2500);

}  // namespace

bool ExplainedByDamage(std::string_view event) {
  static constexpr std::array<std::string_view, 6> kEvents = {
      "log.damage",     "log.amnesia",        "log.not_whole",
      "log.entry_lost", "group.entries_lost", "log.failed"};
  return std::find(kEvents.begin(), kEvents.end(), event) != kEvents.end();
}

World::World(const ClusterSetup& setup, Timeline::TraceSink trace)
    : setup_(setup),
      timeline_(setup.seed, std::move(trace)),
      rng_(timeline_.MakeRng(RngUse::kWorkload, 1)),
      network_(setup_.network, &timeline_),
      watch_(this),
      workload_(this),
      nemesis_(this),
      placement_(this) {
  for (size_t i = 0; i < setup_.nodes; ++i) AddNode();
  for (const auto& node : nodes_) node->Start();
  for (const GroupPlan& plan : setup_.groups) MakeGroup(plan);
  AuditForEver();
}

World::~World() = default;

// ---- Nodes

Node* World::Find(NodeId id) {
  for (const auto& node : nodes_) {
    if (node->id() == id) return node.get();
  }
  return nullptr;
}

std::vector<NodeId> World::Peers() const {
  std::vector<NodeId> peers;
  for (const auto& node : nodes_) {
    if (!node->IsGone()) peers.push_back(node->id());
  }
  return peers;
}

Node& World::AddNode() {
  nodes_.push_back(std::make_unique<Node>(NodeId(nodes_.size() + 1), this));
  const std::vector<NodeId> peers = Peers();
  network_.SetMembers({peers.begin(), peers.end()});
  for (const auto& node : nodes_) {
    if (node->IsUp()) node->SetPeers(peers);
  }
  return *nodes_.back();
}

void World::Retire(Node& node) {
  timeline_.Trace([&] { return fmt::format("-- n{} is thrown away --", node.id().value()); });
  node.Discard();
  const std::vector<NodeId> peers = Peers();
  network_.SetMembers({peers.begin(), peers.end()});
  for (const auto& each : nodes_) {
    if (each->IsUp()) each->SetPeers(peers);
  }
}

Node* World::AnyUp(base::Rng& rng) {
  std::vector<Node*> up;
  for (const auto& node : nodes_) {
    if (node->IsUp()) up.push_back(node.get());
  }
  return up.empty() ? nullptr : up[rng.Below(up.size())];
}

void World::OnPass(Node& node, replication::Shard& shard) {
  shard.ForEachGroup([&](const replication::Group& group) { watch_.Look(node, group); });
}

void World::OnProcessEnds(Node& node) {
  // What it removed may not be durable.
  watch_.OnForgot(node.id());
  workload_.OnProcessEnds(node);
  nemesis_.OnProcessEnds(node);
}

// An operator throws such a node away.
void World::OnCannotOpen(Node& node) { placement_.ReplaceDead(node); }

void World::AuditForEver() {
  for (const auto& node : nodes_) {
    if (!node->IsUp()) continue;
    for (ShardNo shard = 0; shard < node->shards(); ++shard) {
      node->shard(shard).ForEachGroup(
          [&](const replication::Group& group) { watch_.Audit(*node, group); });
    }
  }
  timeline_.In(kAuditEvery, 100, [this] { AuditForEver(); });
}

void World::CalmDown() {
  workload_.CalmDown();
  network_.Calm();
  network_.HealAll();
  // One that cannot start is replaced: there may be more of them while we go.
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    if (node.IsGone()) continue;
    node.CalmDown();
    node.Start();
  }
}

// ---- Groups

GroupId World::MakeGroup(const GroupPlan& plan) {
  const GroupId id(groups_.empty() ? 1 : groups_.rbegin()->first.value() + 1);
  groups_.emplace(
      id, GroupInfo{.id = id, .plan = plan, .wanted = plan.members, .members = plan.members});
  books_.emplace(id, std::make_unique<MessageBook>(id, plan.is_strict, &timeline_));
  TryMake(id);
  return id;
}

// As Node::DeclareQueue does.
void World::TryMake(GroupId id) {
  GroupInfo& info = groups_.at(id);
  if (info.is_ready) return;
  timeline_.In(kTryEvery, 101, [this, id] { TryMake(id); });
  Node* const node = AnyUp(rng_);
  if (node == nullptr) return;
  replication::GroupSpec spec = SpecOf(info);
  const ShardNo shard = node->ShardOfGroup(id);
  node->Do(shard, [this, id, spec = std::move(spec)](replication::Shard& owner) {
    owner.CreateOnAll(spec, kPatience, [this, id, &owner](const absl::Status& created) {
      if (!created.ok()) return;
      const GroupInfo& made = groups_.at(id);
      owner.Ask(id, MembersOf(made), queue::Configure{.config = made.plan.queue}, kPatience,
                [this, id](const replication::Reply& reply) {
                  if (reply.code == absl::StatusCode::kOk) groups_.at(id).is_ready = true;
                });
    });
  });
}

replication::GroupSpec World::SpecOf(const GroupInfo& info) {
  replication::GroupSpec spec;
  spec.group = info.id;
  spec.voters = info.plan.members;
  spec.state = replication::QueueReplica::InitialState(info.plan.queue);
  return spec;
}

void World::MakeWhereMissing(const GroupInfo& info) {
  for (const NodeId member : info.plan.members) {
    Node& node = *Find(member);
    if (!node.IsUp() || node.IsPaused() || watch_.WasOn(info.id, member)) continue;
    if (!info.members.Contains(member) || node.Find(info.id) != nullptr) continue;
    node.Do(node.ShardOfGroup(info.id), [spec = SpecOf(info)](replication::Shard& shard) {
      shard.CreateGroup(spec).IgnoreError();
    });
  }
}

void World::RemoveGroup(GroupId group) {
  GroupInfo& info = groups_.at(group);
  if (std::exchange(info.is_being_removed, true)) return;
  book(group).OnMayBeGone();
  TryRemove(group);
}

void World::TryRemove(GroupId id) {
  GroupInfo& info = groups_.at(id);
  if (info.is_removed) return;
  timeline_.In(kTryEvery, 102, [this, id] { TryRemove(id); });
  Node* const node = AnyUp(rng_);
  if (node == nullptr) return;
  node->Do(node->ShardOfGroup(id), [this, id](replication::Shard& owner) {
    owner.Ask(id, MembersOf(groups_.at(id)), queue::Remove{}, kPatience,
              [this, id](const replication::Reply& reply) {
                const bool done = reply.code == absl::StatusCode::kOk ||
                                  reply.code == absl::StatusCode::kNotFound;
                if (done) groups_.at(id).is_removed = true;
              });
  });
}

World::Leader World::LeaderOf(GroupId id) {
  Leader leader;
  raft::Term term;
  for (const auto& node : nodes_) {
    if (!node->IsUp()) continue;
    replication::Group* const group = node->shard(node->ShardOfGroup(id)).Find(id);
    if (group == nullptr || group->core() == nullptr) continue;
    const raft::Core& core = *group->core();
    if (core.role().role != raft::Role::kLeader || core.term() < term) continue;
    term = core.term();
    leader = {.node = node.get(), .group = group};
  }
  return leader;
}

std::vector<NodeId> World::MembersOf(const GroupInfo& info) const {
  raft::NodeSet members = info.members;
  members.InsertAll(info.wanted);
  return {members.begin(), members.end()};
}

}  // namespace warren::cluster_sim
