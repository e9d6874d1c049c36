// One group's member on this node.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/logging.h"
#include "base/monotonic_time.h"
#include "base/ring.h"
#include "raft/core.h"
#include "raft/output.h"
#include "replication/host/config.h"
#include "replication/host/fetcher.h"
#include "replication/host/group_ports.h"
#include "replication/host/group_spec.h"
#include "replication/host/planted_bug.h"
#include "replication/host/state_machine.h"
#include "replication/host/write_queue.h"
#include "replication/log/log_store.h"

namespace warren::replication {

// Makes the machine for a group of some kind.
using MachineFactory =
    std::function<std::unique_ptr<StateMachine>(GroupKind kind, GroupHandle* group)>;

// For people.
struct GroupView {
  GroupId group;
  Durability durability = Durability::kOnDisk;
  bool whole = true;  // False while entries that it needs are missing.
  uint64_t missing = 0;
  bool leads = false;
  std::optional<raft::Status> core;  // None until it is whole for the first time.
  std::string fault;                 // Why it does nothing any more; empty if it works.
};

// Does for its core what raft/output.h asks of a host, over the node's log and streams, and keeps
// the state machine. A member is in one of these states:
//
//    mending --(nothing is missing any more)--> running --(its machine was removed)--> removed
//       |                                          |
//       +-------------> failed <-------------------+   what it read or applied makes no sense
//
// Mending: entries that its snapshot keeps are not here, because damage has destroyed them or
// because it stopped in the middle of an install. It takes no part in anything until other members
// have brought them back: whatever it said would be about more than it holds.
// (docs/decisions/0014.) An install while running is the same to the others: nothing that comes
// after it is acknowledged before all of it is here.
//
// Threads: owned by one shard. The group calls nothing but its ports and its machine.
class Group final : public GroupHandle {
 public:
  // A new group, or one that the log has recovered. `ports` and `config` outlive it.
  static absl::StatusOr<std::unique_ptr<Group>> Begin(const GroupSpec& spec,
                                                      const GroupConfig& config, GroupPorts* ports,
                                                      const MachineFactory& machines, HostBug bug);
  // A member that others know of and this node does not: it begins as one that has forgotten
  // everything, since that may be so.
  static absl::StatusOr<std::unique_ptr<Group>> BeginForgetful(GroupId group,
                                                               const GroupConfig& config,
                                                               GroupPorts* ports,
                                                               const MachineFactory& machines,
                                                               HostBug bug);
  static absl::StatusOr<std::unique_ptr<Group>> Recover(const log::RecoveredGroup& recovered,
                                                        const GroupConfig& config,
                                                        GroupPorts* ports,
                                                        const MachineFactory& machines,
                                                        HostBug bug);
  ~Group() override;

  // ---- What happens. Pump() afterwards carries out what came of it.

  void OnRaft(const raft::Message& message);
  void OnToLeader(NodeId from, SessionMessage message);
  void OnFetch(NodeId from, const FetchRequest& request);
  void OnFetched(NodeId from, FetchAnswer answer);
  void OnCompleted();
  void OnRead(ReadTag tag, absl::StatusOr<std::vector<raft::Entry>> entries);
  void OnNode(NodeId node, NodeNews news, Incarnation incarnation);
  void OnRetirementNear();
  void Tick();
  void OnDeadline();

  // Which nodes acknowledge what this one says. `reached` includes this node.
  void OnReach(const raft::NodeSet& reached);
  // The node of the leader has been suspected before, and this group's turn has come.
  void SuspectLeader();

  void Pump();
  void Flush();  // The end of a pass: the machine sends what has gathered.

  // ---- What an operator or a placement wants

  raft::StepResult TransferLeadership(NodeId to);
  raft::StepResult ChangeMembers(const raft::ConfigChange& change);
  // As a learner, which decides nothing; and as a voter once it holds about what the others hold,
  // if this member leads as long as that takes. Asked again, it goes on.
  raft::StepResult AddMember(NodeId node);
  raft::StepResult RemoveMember(NodeId node);
  raft::StepResult ForgiveAmnesia();

  // ---- What it is

  GroupId group() const override { return id_; }
  NodeId self() const override { return ports_->self(); }
  raft::LogTime Clock() const override;
  NodeId leader() const;
  Durability durability() const { return durability_; }
  raft::NodeSet Members() const;  // As far as it knows, and while it is mending, too.
  bool leads() const { return leading_; }
  bool WantsTick() const;
  std::optional<raft::LogTime> NextDeadline() const;
  std::optional<base::MonotonicTime> NextFetchDeadline() const;
  size_t waiting_bytes() const { return writes_.waiting_bytes(); }
  bool IsStuck() const { return writes_.IsStuck(); }
  bool IsRunning() const { return core_.has_value() && fault_.ok(); }
  bool IsRemoved() const { return removed_; }
  GroupView View() const;
  const raft::Core* core() const { return core_.has_value() ? &*core_ : nullptr; }
  const StateMachine* machine() const { return machine_.get(); }

  // ---- For the machine: GroupHandle

  raft::StepResult Propose(std::span<const SealedPayload> payloads) override;
  void Read(uint64_t tag, std::vector<raft::Index> indexes) override;
  void Send(NodeId to, ShardNo shard, SessionMessage message) override;
  void Removed() override { removed_ = true; }

 private:
  Group(GroupId id, const GroupConfig& config, GroupPorts* ports, const MachineFactory& machines,
        HostBug bug);

  // group.cc: life, and what comes in.
  absl::Status StartCore(raft::Recovered recovered);
  absl::Status StartWhole();
  absl::StatusOr<base::IntervalSet> StillNeeded(const log::RecoveredGroup& found);
  absl::Status RestoreMachine(const raft::SnapshotRef& snapshot);
  void Fail(const absl::Status& why);
  raft::StepResult Step(const raft::Event& event);
  void CampaignIfAhead(const raft::Message& message);

  // group_output.cc: the duties.
  void Leave();
  void Perform();
  void Store();
  std::vector<std::vector<raft::Entry>> CutToSize(std::vector<raft::Entry> entries) const;
  void SendNow();
  void Post(raft::Message& message);
  void Apply();
  void ApplyConfig(const raft::Entry& entry);
  void Submit();
  void Release();
  void FinishInstall(const PendingWrite& write);
  void StartOrStopLeading();

  // group_upkeep.cc: snapshots, memory, and what is missing.
  void MaybeSnapshot();
  void MaybePromote();
  bool HoldsMuchDead() const;
  void TakeSnapshot();
  void TrimMemory();
  void StartFetching(base::IntervalSet missing);
  void StopFetching();
  void PollFetches();
  void OnNothingMissing();
  void MaybeAcceptLoss();
  absl::Status AcceptLoss(const log::RecoveredGroup& found);
  void ServeNext(uint64_t number);
  void OnServed(uint64_t number, absl::StatusOr<std::vector<raft::Entry>> entries);
  void OnMachineRead(uint64_t number, absl::StatusOr<std::vector<raft::Entry>> entries);
  void OnLoaded(uint64_t number, const absl::StatusOr<std::vector<raft::Entry>>& entries);
  bool Repairs(uint64_t number, const absl::Status& status);

  const GroupId id_;
  const GroupConfig& config_;
  GroupPorts* const ports_;
  const MachineFactory& machines_;
  const HostBug bug_;
  base::Logger logger_;

  std::optional<raft::Core> core_;
  raft::Output& output_;                   // The shard's: of this group only while Pump() runs.
  std::unique_ptr<StateMachine> machine_;  // None before the first snapshot is here.
  GroupKind kind_ = GroupKind::kQueue;
  Durability durability_ = Durability::kOnDisk;
  raft::EntryHead applied_;  // What the machine holds.
  raft::TermRuns terms_;     // From the first entry that it needs to read, to applied_.
  absl::Status fault_;
  bool removed_ = false;

  WriteQueue writes_;
  std::unique_ptr<Fetcher> fetcher_;  // Null: nothing is missing.
  raft::SnapshotRef installing_;      // Stored, and not whole yet.
  uint32_t installs_under_way_ = 0;   // Not stored yet.
  struct PendingFetch {               // Somebody else's: entries are being read.
    NodeId from;
    uint64_t bytes_max = 0;
    size_t bytes = 0;
    FetchAnswer answer;
    std::deque<std::vector<raft::Index>> batches;
  };
  std::map<uint64_t, PendingFetch> serving_;
  std::map<uint64_t, raft::LoadRequest> loads_;
  struct MachineRead {
    uint64_t tag = 0;
    std::vector<raft::Index> indexes;
  };
  std::map<uint64_t, MachineRead> machine_reads_;
  std::vector<uint64_t> after_repair_;  // Of both kinds: read again when nothing is missing.
  uint64_t next_read_ = 1;

  raft::RoleState role_;
  bool leading_ = false;        // The machine has been told so.
  raft::Term lead_term_;        // The last in which it led.
  raft::Index lead_from_;       // Serves once it has applied this.
  bool suspected_ = false;      // The leader.
  uint32_t eager_ticks_ = 0;    // First in line to lead: how long it is impatient.
  std::optional<bool> quorum_;  // What the core was told.
  raft::NodeSet reached_;
  raft::NodeSet to_promote_;  // Learners that are to be voters.
  struct SentSnapshot {
    NodeId peer;
    base::MonotonicTime at;
  };
  std::vector<SentSnapshot> sent_snapshots_;

  struct Recent {  // An applied entry, for the bookkeeping of memory and snapshots.
    raft::Index index;
    size_t bytes = 0;
  };
  base::Ring<Recent> recent_;
  size_t recent_bytes_ = 0;
  raft::Index snapshot_at_;          // The latest snapshot, durable or on its way.
  size_t bytes_since_snapshot_ = 0;  // Applied since then.
  uint64_t live_at_snapshot_ = 0;    // Bytes, of a group in memory.
  bool wants_snapshot_ = false;      // Whatever the sizes say.
};

}  // namespace warren::replication
