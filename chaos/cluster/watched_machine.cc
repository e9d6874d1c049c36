#include "chaos/cluster/watched_machine.h"

#include <utility>

#include "chaos/cluster/world.h"

namespace warren::cluster_sim {

WatchedMachine::WatchedMachine(const replication::QueueReplicaConfig& config, NodeId node,
                               replication::GroupHandle* group, World* world)
    : node_(node), world_(world), tap_(node, group, world), replica_(config, &tap_, nullptr) {}

void WatchedMachine::Apply(const raft::Entry& entry) {
  world_->watch().BeforeApply(node_, tap_.group(), entry, replica_.machine());
  replica_.Apply(entry);
  applied_ = entry.id.index;
  world_->watch().AfterApply(node_, tap_.group(), entry, replica_);
}

absl::Status WatchedMachine::Restore(std::string_view state) {
  absl::Status status = replica_.Restore(state);
  if (status.ok()) applied_ = raft::Index(replica_.machine().applied().value());
  return status;
}

void WatchedMachine::StartLeading(raft::Term term) {
  world_->watch().OnLeads(node_, tap_.group(), term);
  replica_.StartLeading(term);
}

void WatchedMachine::Tap::Send(NodeId to, replication::ShardNo shard,
                               replication::SessionMessage message) {
  if (const auto* outcome = std::get_if<replication::Outcome>(&message)) {
    world_->watch().OnOutcome(group(), *outcome);
  }
  group_->Send(to, shard, std::move(message));
}

void WatchedMachine::Tap::Removed() {
  world_->watch().OnRemoved(node_, group());
  group_->Removed();
}

}  // namespace warren::cluster_sim
