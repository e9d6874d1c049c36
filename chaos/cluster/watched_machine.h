// A queue with somebody who looks on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/cluster/setup.h"
#include "replication/host/state_machine.h"
#include "replication/session/queue_replica.h"

namespace warren::cluster_sim {

class World;

// Stands between a group and the real QueueReplica, passes everything on, and tells GroupWatch what
// is applied and what is sent.
class WatchedMachine final : public replication::StateMachine {
 public:
  WatchedMachine(const replication::QueueReplicaConfig& config, NodeId node,
                 replication::GroupHandle* group, World* world);

  const replication::QueueReplica& replica() const { return replica_; }
  raft::Index applied() const { return applied_; }

  void Apply(const raft::Entry& entry) override;
  Image TakeImage() override { return replica_.TakeImage(); }
  bool IsLive(raft::Index index) const override { return replica_.IsLive(index); }
  absl::Status Restore(std::string_view state) override;
  uint64_t Digest() const override { return replica_.Digest(); }
  void StartLeading(raft::Term term) override;
  void StopLeading(NodeId leader) override { replica_.StopLeading(leader); }
  void OnMessage(NodeId from, NodeId leader, replication::SessionMessage message) override {
    replica_.OnMessage(from, leader, std::move(message));
  }
  void OnRead(uint64_t tag, absl::StatusOr<std::vector<raft::Entry>> entries) override {
    replica_.OnRead(tag, std::move(entries));
  }
  void OnNode(NodeId node, replication::NodeNews news,
              replication::Incarnation incarnation) override {
    replica_.OnNode(node, news, incarnation);
  }
  std::optional<raft::LogTime> NextDeadline() const override { return replica_.NextDeadline(); }
  void OnDeadline() override { replica_.OnDeadline(); }
  void Flush() override { replica_.Flush(); }

 private:
  class Tap final : public replication::GroupHandle {
   public:
    Tap(NodeId node, replication::GroupHandle* group, World* world)
        : node_(node), group_(group), world_(world) {}
    GroupId group() const override { return group_->group(); }
    NodeId self() const override { return group_->self(); }
    raft::LogTime Clock() const override { return group_->Clock(); }
    raft::StepResult Propose(std::span<const replication::SealedPayload> payloads) override {
      return group_->Propose(payloads);
    }
    void Read(uint64_t tag, std::vector<raft::Index> indexes) override {
      group_->Read(tag, std::move(indexes));
    }
    void Send(NodeId to, replication::ShardNo shard, replication::SessionMessage message) override;
    void Removed() override;

   private:
    const NodeId node_;
    replication::GroupHandle* const group_;
    World* const world_;
  };

  const NodeId node_;
  World* const world_;
  Tap tap_;
  replication::QueueReplica replica_;
  raft::Index applied_;  // The last entry that came here.
};

}  // namespace warren::cluster_sim
