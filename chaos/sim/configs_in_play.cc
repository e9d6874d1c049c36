#include "chaos/sim/configs_in_play.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "chaos/sim/world.h"
#include "raft/config_change.h"
#include "raft/membership.h"

namespace warren::sim {

using raft::NodeId;
using raft::NodeSet;

namespace {

void Collect(const raft::Membership& membership, std::vector<NodeSet>& sets) {
  for (const NodeSet& half : {membership.voters, membership.outgoing}) {
    const bool known = std::find(sets.begin(), sets.end(), half) != sets.end();
    if (!half.empty() && !known) sets.push_back(half);
  }
}

// The configurations that `membership` becomes as the changes among `entries` are applied.
template <typename Entries>
void CollectChanges(raft::Membership membership, raft::Index applied, const Entries& entries,
                    std::vector<NodeSet>& sets) {
  for (const raft::Entry& entry : entries) {
    if (entry.type != raft::EntryType::kConfig || entry.id.index <= applied) continue;
    const auto change = raft::DecodeConfigChange(entry.payload.view());
    if (!change.ok()) continue;
    const raft::ChangeResult result = raft::Change(membership, *change);
    if (const auto* next = std::get_if<raft::Membership>(&result)) membership = *next;
    Collect(membership, sets);
  }
}

bool IsAmnesiac(const World& world, NodeId node) {
  return world.nodes()[node.value() - 1]->disk().hard_state().amnesiac;
}

// Do those of `able` who remember everything make a majority of each set?
bool AreMajorities(const World& world, const std::vector<NodeSet>& sets, const NodeSet& able) {
  return std::all_of(sets.begin(), sets.end(), [&](const NodeSet& voters) {
    const auto count = std::count_if(voters.begin(), voters.end(), [&](NodeId voter) {
      return able.Contains(voter) && !IsAmnesiac(world, voter);
    });
    return static_cast<size_t>(count) * 2 > voters.size();
  });
}

}  // namespace

std::vector<NodeSet> VotersInPlay(const World& world, const NodeSet& members) {
  std::vector<NodeSet> sets;
  for (const NodeId id : members) {
    const Node& node = *world.nodes()[id.value() - 1];
    Collect(node.membership(), sets);
    CollectChanges(node.membership(), node.applied(), node.disk().entries(), sets);
    if (node.IsUp()) {
      CollectChanges(node.membership(), node.applied(), node.core().EntriesInMemory(), sets);
    }
  }
  return sets;
}

bool MayForget(const World& world, NodeId node) {
  const NodeSet all = AllNodes(world);
  NodeSet others = all;
  others.Erase(node);
  return AreMajorities(world, VotersInPlay(world, all), others);
}

const Node& Furthest(const World& world) {
  const auto& nodes = world.nodes();
  return **std::max_element(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) {
    return a->applied() < b->applied();
  });
}

bool CanDecide(const World& world, const NodeSet& awake) {
  NodeSet asked = awake;
  asked.Insert(Furthest(world).id());
  return AreMajorities(world, VotersInPlay(world, asked), awake);
}

NodeSet AllNodes(const World& world) {
  NodeSet all;
  for (const auto& node : world.nodes()) all.Insert(node->id());
  return all;
}

}  // namespace warren::sim
