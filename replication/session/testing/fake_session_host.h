// A shard and a user that do what a test says.
#pragma once

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "queue/command_codec.h"
#include "replication/session/queue_entry.h"
#include "replication/session/session.h"

namespace warren::replication {

class FakeSessionHost final : public SessionHost {
 public:
  struct Sent {
    NodeId to;
    SessionCommand command;
    queue::Command parsed;
  };
  struct Asked {
    NodeId to;
    Request request;
  };

  NodeId self() const override { return NodeId(1); }
  Incarnation incarnation() const override { return Incarnation(1); }
  ShardNo shard() const override { return 3; }
  base::MonotonicTime Now() const override { return now; }
  bool Trusts(NodeId node) const override { return !suspected.contains(node); }
  void Send(NodeId to, GroupId, SessionMessage message) override {
    if (auto* request = std::get_if<Request>(&message)) {
      asked.push_back({.to = to, .request = std::move(*request)});
      return;
    }
    auto& command = std::get<SessionCommand>(message);
    QueueEntry entry;
    WARREN_CHECK(entry.Open(command.payload.bytes).ok());
    absl::StatusOr<queue::Command> parsed = queue::DecodeCommand(entry.command().view());
    sent.push_back({.to = to, .command = std::move(command), .parsed = *std::move(parsed)});
  }

  std::vector<Sent> Take() { return std::exchange(sent, {}); }

  base::MonotonicTime now;
  std::set<NodeId> suspected;
  std::vector<Sent> sent;
  std::vector<Asked> asked;
};

class FakeSessionListener final : public SessionListener {
 public:
  void OnPublished(std::span<const PublishOutcome> outcomes) override {
    published.insert(published.end(), outcomes.begin(), outcomes.end());
  }
  void OnDelivered(ConsumerNumber, std::span<const DeliveredMessage> messages) override {
    delivered.insert(delivered.end(), messages.begin(), messages.end());
  }
  void OnConsumer(ConsumerNumber, queue::ConsumerEventKind kind) override {
    consumers.push_back(kind);
  }
  void OnLost(ConsumerNumber, queue::KeyRange keys) override { lost.push_back(keys); }
  void OnGet(const GetOutcome& outcome) override { gets.push_back(outcome); }
  void OnRoom() override { ++room; }
  void OnEnded(const absl::Status& why) override { ended.push_back(why); }

  std::vector<PublishOutcome> published;
  std::vector<DeliveredMessage> delivered;
  std::vector<queue::ConsumerEventKind> consumers;
  std::vector<queue::KeyRange> lost;
  std::vector<GetOutcome> gets;
  int room = 0;
  std::vector<absl::Status> ended;
};

}  // namespace warren::replication
