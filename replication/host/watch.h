// Who is alive, as a node finds out.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <variant>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "base/clock.h"
#include "base/logging.h"
#include "base/mailbox.h"
#include "replication/host/shard_item.h"
#include "replication/liveness/liveness.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// A thread of its own for beats: neither a busy shard nor a slow disk keeps them back. It feeds
// Liveness with what the transport hears, and tells the shards what changes.
//
// Threads: any, but for Start and Stop.
class Watch {
 public:
  struct Platform {
    NodeId self;
    Incarnation incarnation;
    const base::Clock* clock = nullptr;
    base::Logger logger;
    std::function<void(NodeChanged)> tell;  // All shards.
    std::function<void(ReachChanged)> reach;
    std::function<void(bool)> lease;                  // Whether this node has a majority behind it.
    std::function<std::vector<uint64_t>()> progress;  // Of each shard.
  };

  Watch(const LivenessConfig& config, Platform platform);
  ~Watch();

  void Start(Transport* transport);  // Which outlives Stop().
  void Stop();

  void SetPeers(std::vector<NodeId> peers);
  void OnBeat(NodeId from, const base::Bytes& body);
  void OnConnected(NodeId peer, StreamClass stream);
  void OnStreamLost(NodeId peer, StreamClass stream);
  void OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why);

  // As of the last time that anything changed.
  Matrix view() const;
  bool HoldsLease() const;

 private:
  struct Peers {
    std::vector<NodeId> nodes;
  };
  struct Lost {
    NodeId peer;
    StreamClass stream = StreamClass::kControl;
  };
  struct Opened {
    NodeId peer;
  };
  struct Unreachable {
    NodeId peer;
  };
  using Item = std::variant<Peers, Beat, Lost, Opened, Unreachable>;

  void Loop();
  void On(const Peers& item);
  void On(const Beat& beat);
  void On(const Lost& item);
  void On(const Opened& item);
  void On(const Unreachable& item);
  void TellChanges();

  const Platform platform_;
  Transport* transport_ = nullptr;
  base::Mailbox<Item> mailbox_;
  std::vector<NodeId> peers_;  // The thread's.
  std::atomic<bool> stopping_ = false;
  mutable absl::Mutex mutex_;
  Liveness liveness_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace warren::replication
