// A machine, and the process that comes and goes on it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/logging.h"
#include "base/rng.h"
#include "chaos/cluster/log_ear.h"
#include "chaos/cluster/network.h"
#include "chaos/cluster/timeline.h"
#include "replication/host/graveyard.h"
#include "replication/host/shard.h"
#include "replication/liveness/liveness.h"
#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/log_engine.h"
#include "rocksdb/env.h"

namespace warren::cluster_sim {

using replication::GroupKind;
using replication::Incarnation;
using replication::ShardNo;

class World;

// What replication::Node is, with events in place of threads: the real shards, over the real log,
// which writes rounds and maintains itself when events say so; reads are carried out later and in
// another order; who is alive is found out by the real Liveness. The thin glue of the threaded node
// (host/watch.cc, host/dispatcher.cc, host/entry_reader.cc) is imitated here and not tested.
//
//   node.cc        life and death, and what is due when
//   node_log.cc    the log
//   node_watch.cc  other nodes
class Node final : public Endpoint, public replication::ShardPorts, public log::LogListener {
 public:
  Node(NodeId id, World* world);
  ~Node() override;

  NodeId id() const { return id_; }
  bool IsUp() const { return process_ != nullptr; }
  bool IsPaused() const { return paused_; }
  bool IsGone() const { return gone_; }  // For ever.
  uint64_t life() const { return life_; }

  // ---- What is done to it

  void Start();
  void Kill();
  // At once, or in the midst of the n-th change of its disk from now on.
  void CutPower(uint64_t after_changes);
  void Pause();
  void Resume();
  void Discard();  // The machine with all that it holds is thrown away.
  void LoseLog();  // It keeps nothing but its name. Requires: not IsUp().
  void StepWall(absl::Duration by);
  // Something decays on its disk, or it has lost its log: what it reports about that is explained.
  void SetDamaged() { damaged_ = true; }
  bool IsDamaged() const { return damaged_; }
  void CalmDown();  // The power stays.

  // ---- Its users

  // Runs on a shard, like ShardTask; never if the process ends before.
  void Do(ShardNo shard, replication::ShardTask task);
  void SetPeers(std::vector<NodeId> nodes);
  // Later, if the process lives then and is not paused; otherwise when it goes on.
  void In(Duration delay, uint64_t label, Timeline::Action action);

  // ---- What it is

  ShardNo shards() const;
  ShardNo ShardOfGroup(GroupId group) const;
  replication::Shard& shard(ShardNo shard);  // Requires: IsUp(), as do the others.
  const replication::Group* Find(GroupId group);
  log::LogEngine& log();
  log::SimulatedDisk& disk() { return *disk_; }
  const replication::Liveness& liveness() const;

  // ---- Endpoint, ShardPorts, LogListener

  void OnFrame(NodeId from, StreamClass stream, std::vector<base::Bytes> messages) override;
  void OnStreamLost(NodeId from, StreamClass stream) override;
  void OnConnected(NodeId peer, StreamClass stream) override;
  void OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) override;

  bool SendToPeer(NodeId to, StreamClass stream, base::BytesChain message) override;
  void SendToShard(ShardNo shard, replication::ShardItem item) override;
  void Read(replication::ReadJob job) override;

  void OnCompleted(std::span<const log::Completion> completions) override;
  void OnRetirementNear(std::span<const raft::GroupId> groups) override;
  void OnFailed(const absl::Status& why) override;
  void OnSpace(bool short_of_space) override;

 private:
  struct ShardSlot {
    std::unique_ptr<replication::Shard> shard;
    std::vector<replication::ShardItem> items;
    std::optional<Time> pass_at;
    uint64_t pass_token = 0;
    uint64_t progress = 0;
  };
  struct Process {  // What is gone when it ends.
    std::unique_ptr<log::LogEngine> log;
    std::unique_ptr<replication::Graveyard> graveyard;
    std::vector<ShardSlot> shards;
    std::unique_ptr<replication::Liveness> liveness;
    std::vector<NodeId> peers;
    uint64_t watch_token = 0;
    bool round_due = false;
    bool maintenance_due = false;
    bool failed = false;  // The log.
    std::vector<Timeline::Action> while_paused;
  };

  // node.cc
  absl::Status Open();
  void OpenShards();
  absl::Status RecoverGroups(const log::Recovery& recovery);
  void End(Network::Farewell farewell);
  void SyncClock();
  void Run(Timeline::Action& action);
  void Post(ShardNo shard, replication::ShardItem item);
  template <typename Item>
  void PostToAll(const Item& item) {
    for (ShardNo shard = 0; shard < shards(); ++shard) Post(shard, item);
  }
  void PassIn(ShardNo shard, Duration delay);
  void Pass(ShardNo shard);
  Duration UntilDue(base::MonotonicTime at) const;
  uint64_t Label(uint64_t what) const { return what << 32 | id_.value(); }

  // node_log.cc
  absl::Status OpenLog(log::Recovery* recovery);
  void KickLog();
  void Round();
  void KickMaintenance(Duration delay);
  void MaintainForEver();

  // node_watch.cc
  void Tell(const replication::NodeChanged& item);
  void TellChanges();

  const NodeId id_;
  World* const world_;
  Timeline* const timeline_;
  base::Rng rng_;
  base::Rng secrets_;  // The log's random numbers.
  int64_t drift_ppm_ = 0;
  base::ManualClock clock_;
  LogEar ear_;
  base::LogPipeline pipeline_;
  std::unique_ptr<log::SimulatedDisk> disk_;
  std::unique_ptr<rocksdb::Env> env_;

  std::unique_ptr<Process> process_;
  uint64_t life_ = 0;  // Of the process, and its incarnation.
  bool paused_ = false;
  bool gone_ = false;
  bool damaged_ = false;
  bool opening_ = false;
};

}  // namespace warren::cluster_sim
