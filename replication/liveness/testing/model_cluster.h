// A cluster of nodes that only beat each other, over a network that cuts, delays, repeats and
// resets, on machines that pause and restart; with oracles that know everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "replication/liveness/liveness.h"

namespace warren::replication::testing {

// Microseconds of the world, which no node sees.
using WorldTime = int64_t;
inline constexpr WorldTime kMillisecond = 1000;

// The oracles, checked after every event:
//
//   safety   No node believes that it holds its lease while a majority of voters suspects it. (A
//            suspicion that is owed to a reset between two nodes that live, and not to silence,
//            does not count: it may be one-sided until the other has woken up.)
//   justice  Who suspects a peer has not heard it for `suspect_after`, or has seen a stream break
//            since, or never heard it and nobody listened; and has not just slept.
//   pauses   Who slept for as long as a lease has none when it wakes, and is told so first.
//   rest     No node is due again and again at the same moment.
//
// The clock of each node has a zero and a pace of its own, up to 1 % off.
class ModelCluster {
 public:
  ModelCluster(uint64_t seed, std::vector<LivenessConfig> configs);

  void RunWithFaults(absl::Duration time);
  void EndFaults();  // All at once: what is cut works, who is paused or dead goes on.
  void RunInPeace(absl::Duration time);
  // Breaks both streams between two nodes; they are opened again within milliseconds.
  void ResetSomeStreams();

  bool AllTrustAll() const;
  bool AllHoldTheirLease() const;

  const std::vector<std::string>& violations() const { return violations_; }
  // What happened, so that a test can tell that it tested something.
  struct Counts {
    uint64_t suspected = 0, trusted = 0, restarted = 0, leases_lost = 0, pauses = 0;
  };
  const Counts& counts() const { return counts_; }

  static constexpr WorldTime kDelayMax = 20'000;

 private:
  enum class ItemKind { kBeat, kLost, kOpened, kUnreachable };
  struct Item {
    ItemKind kind = ItemKind::kBeat;
    size_t from = 0;
    Beat beat;
  };
  enum class EventKind { kArrive, kWake, kResume, kRestart, kTryOpen };
  struct Event {
    EventKind kind = EventKind::kWake;
    size_t node = 0;
    uint64_t life = 0;  // Of that node; it means nothing to another one. 0: any.
    size_t peer = 0;
    uint64_t wake = 0;  // Counts if no other was planned since.
    Item item;
  };
  // What a naive observer in a node's place knows of a peer.
  struct Heard {
    std::optional<std::pair<Incarnation, uint64_t>> last;
    MonotonicTime at;
    bool lost = false;         // A stream, since then.
    bool unreachable = false;  // Since then.
    bool reset = false;        // A stream, since then, though both lived.
    bool suspected = false;
  };
  struct Node {
    std::optional<Liveness> liveness;  // None: dead.
    LivenessConfig config;
    int64_t zero = 0;     // Nanoseconds.
    int64_t pace = 1000;  // Nanoseconds of its clock for a microsecond of the world.
    uint64_t life = 0;
    bool paused = false;
    WorldTime paused_at = 0;
    std::deque<Item> mailbox;  // Of a paused node.
    bool lease_told = false;
    bool must_lose = false;  // The next Advance() must tell that the lease is lost.
    MonotonicTime advanced_at;
    uint64_t wake = 0;
    WorldTime stepped_at = -1;
    int steps_at_once = 0;
    std::vector<Heard> heard;
    std::vector<WorldTime> cut_until;     // The way to each other node.
    std::vector<WorldTime> last_arrival;  // Of what it sent to each: streams keep order.
    std::vector<bool> open;               // Its stream to each.
  };

  NodeId IdOf(size_t node) const { return NodeId(node + 1); }
  MonotonicTime LocalTime(const Node& node) const;
  WorldTime ToWorld(const Node& node, MonotonicTime local) const;
  bool Works(size_t from, size_t to) const { return nodes_[from].cut_until[to] <= now_; }
  void Violate(size_t node, const std::string& what);

  void Schedule(WorldTime at, Event event) { events_.emplace(std::pair(at, ++order_), event); }
  void Plan(WorldTime at, EventKind kind, size_t node, size_t peer = 0);
  void Deliver(size_t from, size_t to, Item item);
  void RunUntil(WorldTime end);
  void Handle(const Event& event);
  void Receive(size_t node, const Item& item);
  void Step(size_t node);
  void JudgeChanges(size_t node, const Liveness::Changes& changes);
  void SendBeats(size_t node);
  void TryOpen(size_t from, size_t to);

  void MakeFault();
  void Cut(size_t from, size_t to, WorldTime time);
  void Pause(size_t node, WorldTime time);
  void Resume(size_t node);
  void Kill(size_t node, WorldTime time);
  void Start(size_t node);
  void Reset(size_t a, size_t b);
  void CheckLeases();

  base::Rng rng_;
  std::vector<Node> nodes_;
  WorldTime now_ = 0;
  uint64_t order_ = 0;
  std::map<std::pair<WorldTime, uint64_t>, Event> events_;
  bool faulty_ = false;
  std::vector<std::string> violations_;
  Counts counts_;
};

}  // namespace warren::replication::testing
