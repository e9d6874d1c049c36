// A node: what brokers link.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/clock.h"
#include "base/logging.h"
#include "queue/config.h"
#include "replication/host/config.h"
#include "replication/host/dispatcher.h"
#include "replication/host/entry_reader.h"
#include "replication/host/graveyard.h"
#include "replication/host/identity.h"
#include "replication/host/shard.h"
#include "replication/host/shard_thread.h"
#include "replication/host/watch.h"
#include "replication/liveness/liveness.h"
#include "replication/log/config.h"
#include "replication/log/disk/posix_file_system.h"
#include "replication/log/memory_log.h"
#include "replication/log/split_log.h"
#include "replication/log/threaded_log.h"
#include "replication/session/dead_letter_sink.h"
#include "replication/session/queue_replica.h"
#include "replication/transport/factory.h"
#include "replication/transport/transport.h"

namespace warren::replication {

struct NodeConfig {
  std::string directory;  // All that this node keeps. Made if it is missing.
  std::string cluster;    // Its nodes talk to each other and to nobody else.
  std::string name;       // Different for each node; the one in its certificate.
  NodeId node;            // 0: a random one, found in the directory from then on.
  ShardNo shards = 0;     // Event loops; 0: one per core.

  HostConfig host;
  log::LogConfig log;  // Its directory is ours.
  LivenessConfig liveness;
  QueueReplicaConfig queues;

  // All that is wrong with it, not just the first thing.
  std::vector<std::string> Faults() const;
};

struct DeclareOptions {
  // kInMemory: the queue costs no disk and no sync, has exactly one member, and ends when the node
  // of that stops, with all that is in it. Its number counts as used then.
  Durability durability = Durability::kOnDisk;
  absl::Duration patience = absl::Seconds(10);
};

struct NodePlatform {
  const base::Clock* clock = nullptr;  // Null: the machine's.
  base::Logger logger;
  TransportFactory transport;              // OverGrpc(), or InProcessHub::Join.
  DeadLetterSink* dead_letters = nullptr;  // Null: there is nobody who would publish them.
  MachineFactory other_machines;           // For groups that are no queues; may be none.
  // The disk has failed; nothing is promised any more. Called once by some thread. The default
  // stops the process.
  std::function<void(const absl::Status&)> failed;
};

// Thousands of replicated queues on one disk and one set of streams:
//
//     sessions, groups            peers
//          | |                      |
//        shards  <--- dispatcher --- transport
//          | |            |
//          log  ----------+   completions
//
// Everything that a shard owns (sessions, groups) is used on that shard's thread alone: Post()
// brings a task there.
//
// Threads: any.
class Node {
 public:
  // Recovers what the directory holds and begins to serve. Errors say which directory, and what to
  // do: a directory of another node or cluster, damage that cannot be dealt with, a faulty
  // configuration.
  static absl::StatusOr<std::unique_ptr<Node>> Open(NodeConfig config, NodePlatform platform);
  // Stops it.
  ~Node();

  // The nodes of the cluster; this one may be among them.
  void SetPeers(std::vector<PeerAddress> peers);

  const NodeIdentity& identity() const { return identity_; }
  ShardNo shards() const { return static_cast<ShardNo>(shards_.size()); }
  // Of a group's member on this node.
  ShardNo ShardOfGroup(GroupId group) const { return ShardOf(group, shards()); }

  // Runs there, in the order of posting.
  void Post(ShardNo shard, ShardTask task);
  // ... and waits for it. Must not be called on a shard.
  void Do(ShardNo shard, absl::AnyInvocable<void(Shard&)> task);

  // Makes a queue on `members`, and waits until it serves. Well if it is there already, with this
  // configuration afterwards. INVALID_ARGUMENT: a faulty configuration, or a queue in memory that
  // is to have more than one member. FAILED_PRECONDITION: the number was used before, or the queue
  // is there with another durability. Must not be called on a shard.
  absl::Status DeclareQueue(GroupId group, const std::vector<NodeId>& members,
                            const queue::QueueConfig& config, DeclareOptions options = {});
  // Deletes it with all that is in it, for ever: its number is not used again.
  absl::Status DeleteQueue(GroupId group, const std::vector<NodeId>& members,
                           absl::Duration patience = absl::Seconds(10));

  std::vector<GroupView> ListGroups();
  Matrix Reachability() const { return watch_->view(); }
  bool HoldsLease() const { return watch_->HoldsLease(); }
  log::LogStats LogStatistics() { return split_log_->GetStats(); }
  const Transport& transport() const { return *transport_; }
  const log::Recovery& recovery() const { return recovery_; }

 private:
  Node(NodeConfig config, NodePlatform platform);
  absl::Status Start();
  absl::Status StartShards();
  absl::Status RecoverGroups();
  void Stop();

  class Ports;

  NodeConfig config_;
  NodePlatform platform_;
  base::SystemClock system_clock_;
  NodeIdentity identity_;
  log::Recovery recovery_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<log::PosixFileSystem> files_;
  std::unique_ptr<log::ThreadedLog> log_;
  std::unique_ptr<log::MemoryLog> memory_log_;
  std::unique_ptr<log::SplitLog> split_log_;  // Both of them.
  Graveyard graveyard_{HostBug::kNone};
  std::unique_ptr<EntryReader> reader_;
  std::unique_ptr<Ports> ports_;
  std::vector<std::unique_ptr<ShardThread>> shards_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace warren::replication
