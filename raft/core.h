// One member of one Raft group: the protocol, and nothing else.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "raft/config.h"
#include "raft/event.h"
#include "raft/output.h"
#include "raft/recovered.h"
#include "raft/roles.h"
#include "raft/types.h"

namespace warren::raft {

class Member;

// What an observer may ask for. A copy; costs an allocation on a leader.
struct PeerStatus {
  NodeId node;
  ProgressView progress;
};
struct Status {
  NodeId id;
  RoleState role;
  HardState hard_state;
  EntryId base;
  EntryId last;
  Index durable;
  Index applied;
  Membership membership;
  NodeId transferee;
  std::vector<PeerStatus> peers;  // Leaders only.
};

// Raft as a function: events go in, an Output comes out. It holds no clock, thread, file, socket
// or random device, so that a whole cluster runs in one thread from one seed.
//
//      Step(event) ... Step(event)  ->  TakeOutput()  ->  the host's disk, network, state machine
//           ^                                                        |
//           +---------------- Received, Stored, Applied -------------+
//
// Step as many events as there are, then take one Output for all of them: that is where batching
// comes from. The Output tells the host what it owes (raft/output.h). Nothing is forgotten if the
// Output is taken late, and nothing is promised to anybody before it is taken.
//
// Not here: what entries mean (the host's state machine), how messages travel, when time passes,
// reading entries that were evicted from memory, streaming snapshots.
//
// Errors: Create refuses what cannot have come from a sane disk. Step never fails on what a
// peer sends: it ignores nonsense. A broken invariant stops the process.
// Threads: owned by one shard; no member may be called from another.
class Core {
 public:
  static absl::StatusOr<Core> Create(const Config& config, Recovered recovered);
  Core(Core&&) noexcept;
  Core& operator=(Core&&) noexcept;
  ~Core();

  StepResult Step(const Event& event);

  bool HasOutput() const;
  void TakeOutput(Output& output);
  // Gives back memory that is kept for the next outputs: for groups that fall quiet, where there
  // are many. Requires: !HasOutput().
  void ShedRoom();

  // False while ticks have no effect: the group is idle, or (Liveness::kNode) its leader's node
  // is trusted. Events may change the answer.
  bool WantsTick() const;

  NodeId id() const;
  RoleState role() const;
  Term term() const;
  NodeId leader() const { return role().leader; }
  Index commit() const;
  Index durable() const;  // 0 while a snapshot is on its way to disk.
  Index applied() const;
  EntryId last() const;
  const Membership& membership() const;  // In force after applied().
  Status GetStatus() const;

  std::vector<Entry> EntriesInMemory() const;  // For checkers.
  std::optional<Term> TermAt(Index index) const;

  // The notes since the last call or Output: for an observer that wants them step by step.
  std::vector<Note> TakeNotes();

  // Sets how many ticks the election timeout in force lasts. For scenario scripts.
  void SetElectionTimeoutForTest(uint32_t ticks);

 private:
  enum class CampaignKind : uint8_t { kPreVote, kElection, kTransfer };

  explicit Core(std::unique_ptr<Member> member);
  Leader* AsLeader() const;

  // core_events.cc: one for each event.
  StepResult On(const Tick& event);
  StepResult On(const Received& event);
  StepResult On(const Propose& event);
  StepResult On(const ProposeConfigChange& event);
  StepResult On(const Stored& event);
  StepResult On(const Applied& event);
  StepResult On(const ApplyConfigChange& event);
  StepResult On(const SnapshotTaken& event);
  StepResult On(const Compact& event);
  StepResult On(const Evict& event);
  StepResult On(const Loaded& event);
  StepResult On(const SnapshotReport& event);
  StepResult On(const PeerUnreachable& event);
  StepResult On(const Campaign& event);
  StepResult On(const ForgetLeader& event);
  StepResult On(const TransferLeadership& event);
  StepResult On(const ReadRequest& event);
  StepResult On(const LeaderSuspected& event);
  StepResult On(const LeaderTrusted& event);
  StepResult On(const QuorumReachable& event);
  StepResult On(const ForgiveAmnesia& event);

  // core_messages.cc: what other members say.
  StepResult Dispatch(const Message& message);
  void OnHigherTerm(const Message& message);
  void OnLowerTerm(const Message& message);
  void OnFromLeader(const Message& message);
  StepResult OnProposeMessage(const Message& message);
  void OnReadIndexMessage(const Message& message);
  void OnTermQuery(const Message& message);
  void OnTermReply(const Message& message);

  // core_election.cc: how roles change.
  void BecomeFollower(Term term, NodeId leader);
  void BecomeLeader();
  void StartElection(CampaignKind kind);
  void RequestVotes(CampaignKind kind);
  void OnVoteRequest(const Message& message);
  void OnVoteResponse(const Message& message);
  void AskWhetherLeads(NodeId node);
  void AskWhoLeads();
  void CallForLeader();
  void TellLog(Message& message) const;
  void TellCommit(Message& message) const;
  void LearnCommit(const Message& message);
  void OnTimeoutNow(const Message& message);
  bool IgnoresVoteInLease(const Message& message);
  void ForgetLeaderIfItIs(NodeId node);
  bool HearsLeader() const;
  bool ExpectsNews() const;
  void MaybeCure();

  HardState CurrentHardState() const;
  Index ApplyLimit() const;  // Up to where entries may be handed out for apply.
  bool MustStoreHardState(const HardState& now) const;

  std::unique_ptr<Member> member_;
  RoleData role_;  // role().role says which.
  bool quorum_reachable_ = true;
  HardState told_hard_state_;  // What the host has been told.
  RoleState told_role_;
};

}  // namespace warren::raft
