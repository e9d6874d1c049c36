// An event loop's share of a node's groups and sessions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"

#include "base/clock.h"
#include "base/logging.h"
#include "replication/host/config.h"
#include "replication/host/election_pacer.h"
#include "replication/host/graveyard.h"
#include "replication/host/group.h"
#include "replication/host/held_back.h"
#include "replication/host/inquirer.h"
#include "replication/host/shard_item.h"
#include "replication/session/session.h"
#include "replication/session/session_host.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// What a shard stands on. Borrowed; nothing here calls back before it returns.
class ShardPorts {
 public:
  virtual ~ShardPorts() = default;
  // False: it was dropped.
  virtual bool SendToPeer(NodeId to, StreamClass stream, base::BytesChain message) = 0;
  virtual void SendToShard(ShardNo shard, ShardItem item) = 0;  // Another one of this node.
  virtual void Read(ReadJob job) = 0;
};

struct ShardPlatform {
  ShardNo shard = 0;
  ShardNo shards = 1;
  NodeId self;
  Incarnation incarnation;
  const base::Clock* clock = nullptr;
  log::LogStore* log = nullptr;
  ShardPorts* ports = nullptr;
  Graveyard* graveyard = nullptr;
  MachineFactory machines;
  base::Logger logger;
  HostBug bug = HostBug::kNone;
};

// Where a group lives. All shards of a node agree.
ShardNo ShardOf(GroupId group, ShardNo shards);

// Counted since the shard began.
struct ShardStats {
  uint64_t passes = 0;
  uint64_t messages_dropped = 0;  // From peers: damaged, or for nobody here.
  uint64_t elections_begun = 0;
};

// Owns groups and sessions, and moves them on: items come in, each changes something, and one pass
// carries out what came of all of them. So whatever comes while a pass is under way is dealt with
// together: that is where batches come from, of entries in a write, of messages in a frame.
//
//     Handle(item) ... Handle(item)  ->  Pass()  ->  ports
//
// A group that nothing happens to costs nothing: it has no timer. What wants ticks, has a deadline
// or is suspected stands in a list of its own.
//
// No thread, no clock of its own: whoever owns it calls Pass() after items have come, and when
// NextWakeup() says so; the simulator does the same. Threads: one.
class Shard final : public GroupPorts, public SessionHost {
 public:
  Shard(const HostConfig& config, ShardPlatform platform);
  ~Shard() override;

  // ---- For its loop

  void Handle(ShardItem item);
  void Pass();
  // MonotonicTime() if there is something to do now; nullopt: nothing, until something comes.
  std::optional<base::MonotonicTime> NextWakeup() const;

  // ---- Groups

  absl::Status Recover(const log::RecoveredGroup& found);
  // ALREADY_EXISTS: there is one of this number. FAILED_PRECONDITION: there was one, or it is of
  // another durability. INVALID_ARGUMENT: see Validate().
  absl::Status CreateGroup(const GroupSpec& spec);
  Group* Find(GroupId group);
  template <typename Fn>  // fn(const Group&)
  void ForEachGroup(Fn&& fn) const {
    for (const auto& [id, slot] : groups_) fn(*slot.group);
  }
  size_t groups() const { return groups_.size(); }

  // ---- Sessions and questions

  // Lives until it has ended and the listener has heard so.
  Session* OpenSession(const SessionConfig& config, GroupId group, std::vector<NodeId> members,
                       SessionListener* listener);
  // Exactly one answer, in a later pass.
  void Ask(GroupId group, std::vector<NodeId> members, Question question, absl::Duration patience,
           Inquirer::AnswerFn answer);
  // Makes the group on the nodes that are to be its members. OK: a majority has it.
  void CreateOnAll(GroupSpec spec, absl::Duration patience, Inquirer::DoneFn done);

  ShardStats stats() const { return stats_; }
  const HostConfig& config() const { return config_; }

  // ---- SessionHost, GroupPorts

  NodeId self() const override { return platform_.self; }
  Incarnation incarnation() const override { return platform_.incarnation; }
  ShardNo shard() const override { return platform_.shard; }
  base::MonotonicTime Now() const override { return platform_.clock->Now(); }
  bool Trusts(NodeId node) const override;
  void Send(NodeId to, GroupId group, SessionMessage message) override;

  const base::Clock& clock() const override { return *platform_.clock; }
  log::LogStore& log() override { return *platform_.log; }
  base::Logger& logger() override { return platform_.logger; }
  bool SendRaft(GroupId group, raft::Message& message) override;
  void SendFetch(NodeId to, GroupId group, const FetchRequest& request) override;
  void SendFetched(NodeId to, GroupId group, const FetchAnswer& answer) override;
  void SendToSession(NodeId to, ShardNo shard, GroupId group, SessionMessage message) override;
  void Read(GroupId group, ReadTag tag, raft::Index first, raft::Index last,
            size_t bytes_max) override;
  void ReadSparse(GroupId group, ReadTag tag, std::vector<raft::Index> indexes) override;
  void ForEachNode(NodeFn tell) const override;
  FetchBudget& fetch_budget() override { return fetch_budget_; }
  bool HasRoom() const override;
  raft::Output& output() override { return output_; }
  void Touch(GroupId group) override;
  void OnRemoved(GroupId group) override { removed_.push_back(group); }

 private:
  struct Slot {
    std::unique_ptr<Group> group;
    bool touched = false;
    bool flush_due = false;
    bool awake = false;
    bool stuck = false;
    size_t waiting_bytes = 0;
    std::optional<raft::LogTime> deadline;
    std::optional<base::MonotonicTime> fetch_deadline;
  };

  // shard_items.cc: one for each kind of item.
  void On(const FromPeer& item);
  void On(FromShard item);
  void On(const WritesCompleted& item);
  void On(const RetirementNear& item);
  void On(const SpaceChanged& item) { short_of_space_ = item.short_of_space; }
  void On(EntriesRead item);
  void On(const NodeChanged& item);
  void On(const ReachChanged& item);
  void On(ShardTask task) { task(*this); }
  void OnEnvelope(NodeId from, const Envelope& envelope);
  void OnRaft(NodeId from, const Envelope& envelope);
  void OnForStranger(NodeId from, GroupId group, raft::MessageType type);
  void OnToLeader(NodeId from, GroupId group, SessionMessage message);
  void OnToSession(NodeId from, GroupId group, SessionMessage message);
  void OnGroupGone(NodeId from, GroupId group);
  void SayFarewells(NodeId node);
  void OnCreateGroup(NodeId from, const Envelope& envelope);

  // shard.cc
  void Tick();
  void MeetDeadlines();
  void HoldElections();
  bool Round();
  void Settle(Slot& slot);
  void Bury();
  void Add(std::unique_ptr<Group> group);
  // False: it was dropped at once. Of what sessions and leaders say some is kept for later.
  bool SendEnvelope(NodeId to, EnvelopeKind kind, GroupId group, ShardNo shard,
                    base::BytesChain body);

  const HostConfig config_;
  ShardPlatform platform_;
  absl::btree_map<GroupId, Slot> groups_;
  std::vector<GroupId> touched_;
  std::vector<GroupId> to_flush_;
  std::vector<GroupId> removed_;
  absl::btree_set<GroupId> awake_;
  absl::btree_set<GroupId> stuck_;
  absl::btree_set<std::pair<raft::LogTime, GroupId>> deadlines_;
  absl::btree_set<std::pair<base::MonotonicTime, GroupId>> fetch_deadlines_;
  base::MonotonicTime next_tick_;
  ElectionPacer pacer_;
  raft::Message received_;  // Decoded into, again and again.
  raft::Output output_;     // Likewise, for cores.

  SessionIds session_ids_;
  absl::btree_map<SessionId, std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Session>> opened_;  // Of late; to be among them.
  Inquirer inquirer_;
  HeldBack held_back_;
  absl::btree_set<std::pair<NodeId, GroupId>>
      farewells_;                // That the group is gone; when it is back.
  std::deque<FromShard> local_;  // From this shard to itself.

  struct Peer {
    bool trusted = false;
    Incarnation incarnation;
  };
  std::map<NodeId, Peer> peers_;
  raft::NodeSet reached_;
  FetchBudget fetch_budget_;
  size_t waiting_bytes_ = 0;
  bool short_of_space_ = false;
  bool unfinished_ = false;  // The last pass left something.
  ShardStats stats_;
};

}  // namespace warren::replication
