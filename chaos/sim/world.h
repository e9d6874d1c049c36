// One simulated cluster, and the thread of time through it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "chaos/sim/beats.h"
#include "chaos/sim/event_queue.h"
#include "chaos/sim/message_pool.h"
#include "chaos/sim/nemesis.h"
#include "chaos/sim/network.h"
#include "chaos/sim/node.h"
#include "chaos/sim/oracles/checker.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/stats.h"
#include "chaos/sim/trace_hash.h"
#include "chaos/sim/wakeup.h"
#include "chaos/sim/workload.h"

namespace warren::sim {

// Who draws: each user has a stream of its own, so that a change to one leaves the draws of all
// others alone.
enum class RngUse : uint64_t {
  kNode = 1,
  kDisk,
  kNetwork,
  kReports,
  kNemesis,
  kWorkload,
  kHealing
};

// What a sender learns of something that it sent, from a broken or a finished stream.
struct Report {
  enum class Kind : uint8_t { kUnreachable, kLost, kDelivered };  // The last two: of a snapshot.
  Kind kind = Kind::kUnreachable;
  raft::NodeId peer{};

  uint64_t ToKey() const { return peer.value() * 4 + static_cast<uint64_t>(kind); }
  static Report FromKey(uint64_t key) {
    return {.kind = static_cast<Kind>(key % 4), .peer = raft::NodeId(key / 4)};
  }
};

// "append from n1 to n2, term 4, 17@4 + 2 entries, commit 15"
std::string Describe(const raft::Message& message);

// Everything there is, in one thread: the queue of events, the nodes, what is between them, those
// who disturb them and those who watch. Equal setups give equal runs, to the last bit of the trace
// hash.
//
// Runs until it is told to stop or until an oracle reports a violation.
class World {
 public:
  using TraceSink = std::function<void(std::string_view line)>;

  explicit World(const RunSetup& setup, TraceSink trace = nullptr);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Lets `duration` pass, unless something is violated before.
  void Run(Duration duration);

  // No faults from here on, of whatever kind, and nothing is left of those that were.
  // Nodes that are down stay down; those that are paused go on.
  void CalmDown();

  // ---- For those who live here ----
  const RunSetup& setup() const { return setup_; }
  Time now() const { return now_; }
  base::Rng MakeRng(RngUse use, raft::NodeId node = {}) const;
  void Wake(Time at, const Wakeup& wakeup) { queue_.Push(at, wakeup); }
  void WakeIn(Duration delay, const Wakeup& wakeup) { Wake(now_ + delay, wakeup); }

  // Takes the contents of `message` and delivers it, or not.
  void Send(const Node& from, raft::Message& message);
  // A message in the pool reached nobody, or somebody.
  void Lose(MessagePool::Place place);
  void OnArrived(const raft::Message& message);
  void OnCrashed(Node& node);
  void OnMembershipApplied(raft::Index index, const raft::Membership& before,
                           const raft::Membership& after);

  // Somebody asks for a change of the membership.
  void OnChangeAsked() { last_change_asked_ = now_; }
  Time last_change_asked() const { return last_change_asked_; }

  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
  Node& node(raft::NodeId id) { return *nodes_[id.value() - 1]; }
  // The running node that leads in the latest term; null if none leads.
  Node* Leader() const;

  MessagePool& messages() { return messages_; }
  Network& network() { return network_; }
  Beats& beats() { return beats_; }
  Checker& checker() { return checker_; }
  Nemesis& nemesis() { return nemesis_; }
  Workload& workload() { return workload_; }
  Verdict& verdict() { return verdict_; }
  const Verdict& verdict() const { return verdict_; }
  Stats& stats() { return stats_; }
  uint64_t hash() const { return hash_.value(); }

  // `describe()` gives the line; asked only if somebody reads it.
  template <typename DescribeFn>
  void Trace(DescribeFn&& describe, raft::NodeId node = {}) {
    if (trace_) TraceLine(node, describe());
  }

 private:
  void MakeNodes();
  void Dispatch(const Wakeup& wakeup);
  void Deliver(const Wakeup& wakeup);
  void MixState(const Node& node);
  void ReportLoss(const raft::Message& message);
  void TraceLine(raft::NodeId node, std::string_view line);

  const RunSetup setup_;
  TraceSink trace_;
  Time now_;
  EventQueue<Wakeup> queue_;
  TraceHash hash_;
  Stats stats_;
  Verdict verdict_;
  MessagePool messages_;
  Network network_;
  Beats beats_;
  raft::SnapshotRef boot_;
  Checker checker_;
  base::Rng reports_rng_;
  std::vector<std::unique_ptr<Node>> nodes_;
  Time last_change_asked_ = Time(Seconds(-3600));  // Long ago.
  raft::Index last_change_;  // The latest change of the membership that somebody has applied.
  Nemesis nemesis_;
  Workload workload_;
};

}  // namespace warren::sim
