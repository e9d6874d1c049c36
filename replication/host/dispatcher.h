// Brings what comes from peers and from the log to the shards.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/logging.h"
#include "replication/host/shard_thread.h"
#include "replication/host/watch.h"
#include "replication/log/log_store.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// Called by the threads of the transport and of the log; hands on and returns. What one frame or
// one round of the log holds for a shard is one item there.
//
// Messages of peers are dropped when a shard's mailbox is full: every protocol above copes with
// loss. The log's completions are not: there are no more of them than writes under way.
class Dispatcher final : public TransportListener, public log::LogListener {
 public:
  using FailedFn = std::function<void(const absl::Status&)>;

  // `failed`: the log can write no more, and the node must stop.
  Dispatcher(base::Logger logger, FailedFn failed)
      : logger_(std::move(logger)), failed_(std::move(failed)) {}

  // Before these are told, nothing may come in but what the log finds out while it opens.
  void SetTargets(std::vector<std::unique_ptr<ShardThread>>* shards, Watch* watch) {
    shards_ = shards;
    watch_ = watch;
  }
  void Post(ShardNo shard, ShardItem item) { (*shards_.load())[shard]->Post(std::move(item)); }
  template <typename Item>
  void PostToAll(const Item& item) {
    for (const auto& shard : *shards_.load()) shard->Post(item);
  }

  void OnMessages(NodeId from, StreamClass stream, std::span<const base::Bytes> messages) override;
  void OnStreamLost(NodeId from, StreamClass stream) override;
  void OnConnected(NodeId peer, StreamClass stream, Incarnation incarnation) override;
  void OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) override;

  void OnCompleted(std::span<const log::Completion> completions) override;
  void OnRetirementNear(std::span<const raft::GroupId> groups) override;
  void OnFailed(const absl::Status& why) override;
  void OnSpace(bool short_of_space) override;

 private:
  ShardNo shards() const { return static_cast<ShardNo>(shards_.load()->size()); }
  ShardNo ShardFor(const Envelope& envelope) const;

  base::Logger logger_;
  FailedFn failed_;
  std::atomic<std::vector<std::unique_ptr<ShardThread>>*> shards_ = nullptr;
  std::atomic<Watch*> watch_ = nullptr;
};

}  // namespace warren::replication
