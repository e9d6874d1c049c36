// Somebody who uses a queue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/rng.h"
#include "chaos/cluster/message_book.h"
#include "chaos/cluster/node.h"
#include "replication/session/session.h"

namespace warren::cluster_sim {

using queue::ConsumerNumber;

class World;

struct ClientPlan {
  GroupId group;
  bool publishes = false;
  bool consumes = false;
  bool gets = false;
  bool settles_by_itself = false;  // Its consumers do (no-ack).
  uint32_t prefetch = 10;          // 0: by credit.
  bool drains = false;             // Settles whatever comes, at once.
};

// Opens a session on a node, publishes and consumes at random, judges what it hears, and goes. It
// acts on the session's shard, as a broker's channel would.
class Client final : public replication::SessionListener {
 public:
  Client(uint64_t number, const ClientPlan& plan, Node* node, ShardNo shard, World* world);

  const ClientPlan& plan() const { return plan_; }
  const Node& node() const { return *node_; }
  bool IsOver() const { return over_; }
  void Close();
  void OnProcessEnds();  // The session is gone without a word.
  void SetMembers(std::vector<NodeId> members);
  std::string Describe() const;

  void OnPublished(std::span<const replication::PublishOutcome> outcomes) override;
  void OnDelivered(ConsumerNumber consumer,
                   std::span<const replication::DeliveredMessage> messages) override;
  void OnConsumer(ConsumerNumber consumer, queue::ConsumerEventKind kind) override;
  void OnLost(ConsumerNumber consumer, queue::KeyRange keys) override;
  void OnGet(const replication::GetOutcome& outcome) override;
  void OnRoom() override { has_room_ = true; }
  void OnEnded(const absl::Status& why) override;

 private:
  void Begin(replication::Shard& shard);
  void ActLater();
  void Act();
  void Publish();
  void Consume();
  void Take(ConsumerNumber consumer, const replication::DeliveredMessage& message);
  void Answer(ConsumerNumber consumer, OrderKey key);
  void Forget();
  MessageBook& book();

  const uint64_t number_;
  const ClientPlan plan_;
  Node* const node_;
  const ShardNo shard_;
  World* const world_;
  Timeline* const timeline_;
  base::Rng rng_;

  replication::Session* session_ = nullptr;
  bool closing_ = false;
  bool over_ = false;
  bool has_room_ = true;
  uint64_t sequence_ = 0;  // Of messages.
  std::map<replication::PublishId, MessageName> unresolved_;
  ConsumerNumber consumer_;  // The present one; 0: none.
  uint64_t last_consumer_ = 0;
  uint64_t credit_ = 0;
  std::set<replication::GetId> gets_;
  std::map<ConsumerNumber, std::map<OrderKey, uint32_t>> held_;  // How often handed out before.
};

}  // namespace warren::cluster_sim
