// What lies between nodes: streams that work, wait, or break.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "base/rng.h"
#include "chaos/cluster/timeline.h"
#include "replication/transport/transport.h"

namespace warren::cluster_sim {

using replication::StreamClass;

// Who is at the end of a stream.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void OnFrame(NodeId from, StreamClass stream, std::vector<base::Bytes> messages) = 0;
  virtual void OnStreamLost(NodeId from, StreamClass stream) = 0;
  virtual void OnConnected(NodeId peer, StreamClass stream) = 0;
  virtual void OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) = 0;
};

// One stream for each sender, receiver and class, as replication/transport/transport.h has it: in
// order, whole, until it breaks; what was under way is then lost. A link that is cut keeps what is
// on it; either it heals, and all comes late, or the stream breaks. (See also
// NetworkSetup::stragglers_one_in.)
class Network {
 public:
  Network(const NetworkSetup& setup, Timeline* timeline);

  // Processes come and go. Without power nobody tells the peers: they find out by themselves.
  void OnUp(NodeId node, Endpoint* endpoint);
  enum class Farewell : uint8_t { kReset, kSilence, kNobodyThere };
  void OnDown(NodeId node, Farewell farewell);
  // Connections are made by a process that runs.
  void SetPaused(NodeId node, bool paused);
  // All that ever talk to each other. Streams of others end.
  void SetMembers(const std::set<NodeId>& members);

  bool Send(NodeId from, NodeId to, StreamClass stream, base::Bytes message);

  // One direction. A cut ends with Heal.
  void Cut(NodeId from, NodeId to);
  void Heal(NodeId from, NodeId to);
  void HealAll();
  void SetSlow(NodeId from, NodeId to, Duration extra);
  // One stream stands still while the others between the two nodes go on.
  void Stall(NodeId from, NodeId to, StreamClass stream) { stalled_.insert({from, to, stream}); }
  void EndStall(NodeId from, NodeId to, StreamClass stream);
  void Break(NodeId from, NodeId to, StreamClass stream);  // If it is open.
  bool IsCut(NodeId from, NodeId to) const { return cuts_.contains({from, to}); }
  // From now on nothing comes out of order.
  void Calm() { calm_ = true; }

 private:
  using Key = std::tuple<NodeId, NodeId, StreamClass>;  // From, to.
  struct Frame {
    Time sent;
    Time arrives;
    std::vector<base::Bytes> messages;
    size_t bytes = 0;
  };
  struct Stream {
    bool open = false;
    bool refused = false;    // The sender has been told that nobody answers.
    bool half_open = false;  // The receiver has not heard that it is lost.
    uint64_t life = 0;       // Grows whenever it opens or breaks.
    uint64_t tries = 0;      // Only the last try to open it counts.
    Time last_arrival;
    size_t queued_bytes = 0;
    std::deque<Frame> frames;
  };

  Stream& At(const Key& key) { return streams_[key]; }
  void TryOpenIn(Duration delay, const Key& key);
  void TryOpen(const Key& key);
  void DeliverDue(const Key& key);
  void Schedule(const Key& key, Time at);
  void DeliverLate(const Key& key);
  void BreakStream(const Key& key, Farewell to_sender, Farewell to_receiver);
  void TellLost(const Key& key);
  void LetStraggle(const Key& key, Frame frame);
  Endpoint* Find(NodeId node) const;
  bool Reaches(NodeId from, NodeId to) const;
  Duration DrawDelay(const Key& key);
  uint64_t Label(uint64_t what, const Key& key) const;

  const NetworkSetup setup_;
  Timeline* const timeline_;
  base::Rng rng_;
  std::map<NodeId, Endpoint*> up_;
  std::set<NodeId> members_;
  std::set<NodeId> paused_;
  std::map<Key, Stream> streams_;
  std::map<std::pair<NodeId, NodeId>, uint64_t> cuts_;  // By a number of its own.
  std::map<std::pair<NodeId, NodeId>, Duration> slow_;
  std::set<Key> stalled_;
  uint64_t last_cut_ = 0;
  bool calm_ = false;
};

}  // namespace warren::cluster_sim
