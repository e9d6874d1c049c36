// What one seed means: the nodes, what lies between and below them, who uses them, what is done to
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/sim/time.h"
#include "queue/config.h"
#include "raft/node_set.h"
#include "replication/host/config.h"
#include "replication/host/planted_bug.h"
#include "replication/liveness/config.h"
#include "replication/log/config.h"
#include "replication/session/queue_replica.h"
#include "replication/session/session.h"

namespace warren::cluster_sim {

using replication::GroupId;
using replication::NodeId;
using sim::Duration;
using sim::Milliseconds;
using sim::Seconds;
using sim::Time;

// What strikes now and then.
enum class FaultKind : uint8_t {
  kCrash,        // A process is killed and starts again.
  kPowerLoss,    // A node loses power, at once or in the midst of a write.
  kBlackout,     // All nodes do.
  kPause,        // A process stands still: SIGSTOP, SIGCONT.
  kPartition,    // Some nodes do not reach the others.
  kOneWay,       // One node does not reach another.
  kBreak,        // The streams between two nodes break.
  kSlowLink,     // What one node says to another takes long.
  kTransfer,     // A leader is asked to hand over.
  kMembers,      // A group moves.
  kReplace,      // A node leaves all groups, or dies with its disk; another one takes its place.
  kDecay,        // Bytes at rest change.
  kLostLog,      // A node loses its log, but not its name.
  kRemoveGroup,  // A queue is deleted.
  kClock,        // Somebody sets a node's wall clock.
};
inline constexpr std::array<std::string_view, 15> kFaultNames = {
    "crash",   "power_loss", "blackout",  "pause",        "partition",
    "one_way", "break",      "slow_link", "transfer",     "members",
    "replace", "decay",      "lost_log",  "remove_group", "clock",
};
inline constexpr size_t kFaults = kFaultNames.size();

struct GroupPlan {
  raft::NodeSet members;
  queue::QueueConfig queue;
  // Messages leave only because somebody settled them. Otherwise by rules, too: expiry, limits,
  // purges, consumers that settle by themselves.
  bool is_strict = true;
};

struct NetworkSetup {
  Duration delay_min{100};
  Duration delay_max{2000};
  Duration slow_max = Milliseconds(800);  // In addition, of a slow link.
  Duration broken_after_min =
      Milliseconds(300);                   // A stream that is cut breaks after this at least,
  Duration broken_after_max = Seconds(4);  // ... and this at most.
  size_t queued_bytes_max = size_t{1} << 20;
  // One in so many frames that are under way when a stream breaks comes after all, late. Harsher
  // than transport.h promises; a repeated life of a connection can look like that. 0: none.
  uint64_t stragglers_one_in = 0;
};

struct DiskSetup {
  Duration round_min{80};
  Duration round_max{2000};
  Duration read_min{30};
  Duration read_max{3000};
  Duration maintain_max = Milliseconds(5);
};

struct WorkloadSetup {
  uint32_t clients_per_node = 2;
  Duration act_every = Milliseconds(20);  // Of each client.
  uint32_t batch_max = 4;
  uint32_t content_max = 300;
  Duration think_max = Milliseconds(100);  // Between a delivery and what is said of it.
  Duration session_life = Seconds(4);
  uint32_t backlog_max = 400;  // Publishers wait while so much of a group is not consumed.
};

struct ClusterSetup {
  uint64_t seed = 0;
  size_t nodes = 3;
  replication::ShardNo shards = 1;
  replication::HostConfig host;
  replication::LivenessConfig liveness;
  log::LogConfig log;
  replication::QueueReplicaConfig queues;
  replication::SessionConfig session;
  replication::HostBug host_bug = replication::HostBug::kNone;

  NetworkSetup network;
  DiskSetup disk;
  WorkloadSetup workload;
  std::vector<GroupPlan> groups;
  Duration pass_delay_max{200};
  uint32_t drift_ppm_max = 0;

  std::array<Duration, kFaults> every{};  // 0: never.
  Duration downtime_max = Seconds(2);
  Duration chaos = Seconds(10);  // How long faults strike.

  Duration Every(FaultKind kind) const { return every[static_cast<size_t>(kind)]; }
  bool Has(FaultKind kind) const { return Every(kind) != Duration(0); }
};

ClusterSetup DrawSetup(uint64_t seed);
// For people: what is on in this run.
std::string Describe(const ClusterSetup& setup);

}  // namespace warren::cluster_sim
