#include "chaos/cluster/workload.h"

#include <algorithm>
#include <array>

#include "chaos/cluster/world.h"
#include "chaos/sim/draw.h"

namespace warren::cluster_sim {
namespace {

constexpr Duration kTickEvery = Milliseconds(50);

}  // namespace

Workload::Workload(World* world)
    : world_(world), rng_(world->timeline().MakeRng(RngUse::kWorkload)) {}

Workload::~Workload() = default;

void Workload::Start() {
  running_ = true;
  Tick();
}

void Workload::Tick() {
  if (!running_) return;
  const WorkloadSetup& setup = world_->setup().workload;
  for (const auto& node : world_->nodes()) {
    if (!node->IsUp() || node->IsPaused()) continue;
    uint32_t here = 0;
    for (const auto& client : clients_) {
      here += !client->IsOver() && &client->node() == node.get() ? 1 : 0;
    }
    if (here < setup.clients_per_node) Open(*node);
  }
  const auto ticks = static_cast<uint64_t>(setup.session_life / kTickEvery);
  for (const auto& client : clients_) {
    if (!client->IsOver() && rng_.OneIn(ticks)) client->Close();
  }
  world_->timeline().In(kTickEvery, 300, [this] { Tick(); });
}

void Workload::Open(Node& node) {
  std::vector<const GroupInfo*> groups;
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_ready && !info.is_removed) groups.push_back(&info);
  }
  if (groups.empty()) return;
  const GroupInfo& info = *groups[rng_.Below(groups.size())];
  ClientPlan plan;
  plan.group = info.id;
  plan.publishes = rng_.OneIn(2);
  plan.consumes = !plan.publishes || rng_.OneIn(3);
  plan.gets = rng_.OneIn(6);
  plan.settles_by_itself = !info.plan.is_strict && rng_.OneIn(3);
  static constexpr std::array<uint32_t, 5> kPrefetch = {0, 1, 5, 20, 200};
  plan.prefetch = kPrefetch[rng_.Below(kPrefetch.size())];
  const auto shard = static_cast<ShardNo>(rng_.Below(node.shards()));
  clients_.push_back(std::make_unique<Client>(++last_number_, plan, &node, shard, world_));
}

void Workload::Drain(GroupId group) {
  Node* const node = world_->AnyUp(rng_);
  if (node == nullptr) return;
  ClientPlan plan;
  plan.group = group;
  plan.consumes = true;
  plan.prefetch = 50;
  plan.drains = true;
  clients_.push_back(std::make_unique<Client>(++last_number_, plan, node, ShardNo(0), world_));
}

void Workload::Stop() {
  running_ = false;
  for (const auto& client : clients_) client->Close();
}

void Workload::OnProcessEnds(Node& node) {
  for (const auto& client : clients_) {
    if (&client->node() == &node) client->OnProcessEnds();
  }
}

void Workload::OnMembersChanged(GroupId group) {
  for (const auto& client : clients_) {
    if (client->IsOver() || client->plan().group != group) continue;
    client->SetMembers(world_->MembersOf(world_->groups().at(group)));
  }
}

bool Workload::AllOver() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const auto& client) { return client->IsOver(); });
}

std::string Workload::DescribeOpen() const {
  std::string text;
  for (const auto& client : clients_) {
    if (!client->IsOver()) text += client->Describe() + "; ";
  }
  return text;
}

}  // namespace warren::cluster_sim
