// What a leader does beyond being a member.
#pragma once

#include <optional>
#include <span>

#include "raft/config_change.h"
#include "raft/event.h"
#include "raft/member.h"
#include "raft/peers.h"
#include "raft/read_queue.h"

namespace warren::raft {

// Replication, commitment, reads, transfer of leadership, changes of membership: the state that
// exists while, and only while, this member leads in its present term. Dropped when it steps down.
//
// Invariants:
//   - Every entry appended carries the member's term.
//   - Only an entry of this term is committed by counting; those before it are committed with it
//     (Raft paper section 5.4.2: counting copies of an old entry proves nothing).
//   - At most one configuration change is in the log and not applied: pending_change_.
class Leader {
 public:
  // Opens the term with an empty entry. Requires: `member` has just won it, and outlives this.
  explicit Leader(Member& member);

  StepResult Propose(const raft::Propose& event);
  StepResult ProposeChange(const ConfigChange& change, LogTime clock);
  StepResult ProposeForwarded(const Message& message);

  void OnAppendResponse(const Message& message);
  void OnHeartbeatResponse(const Message& message);
  void OnTermQuery(const Message& message);
  void OnSnapshotReport(const SnapshotReport& report);
  void OnUnreachable(NodeId peer);
  void OnLoaded(const Loaded& loaded);
  // Somebody campaigns while this one still leads: whoever did not know, or doubts it, shall hear.
  void GreetAll();

  // Time passed. False if the leader cannot reach a majority and must step down.
  [[nodiscard]] bool Tick();
  bool WantsTick() const;

  Outcome Transfer(NodeId to);
  void Read(NodeId from, ReadId id);

  // The member's membership has changed under it.
  void OnMembershipChanged();
  // The host has applied up to the member's applied index; `bytes` of payload among it.
  void OnApplied(size_t bytes);

  void BroadcastAppend(Wish wish);
  // Sends what waits to be sent, when that was left to the next output.
  void Flush();
  bool HasWishes() const;

  // Is its commit index up to date with what earlier leaders have committed?
  bool HasCommittedInTerm() const;

  NodeId transferee() const { return transferee_; }
  const Peers& peers() const { return peers_; }

 private:
  bool SendAppend(Peer& peer, Wish wish);
  bool SendNow(Peer& peer, Wish wish);
  bool SendSnapshot(Peer& peer);
  void RequestLoad(Peer& peer);
  void PostAppend(Peer& peer, EntryId prev, std::span<const Entry> loaded, bool with_entries);
  void SendTimeoutNow(NodeId to);
  void BroadcastHeartbeat();
  void SendHeartbeat(Peer& peer, uint64_t context);
  bool Owes(const Peer& peer) const;
  void Nudge(Peer& peer);
  void SayHello(Peer& peer);

  Outcome Admit(std::span<const base::Bytes> payloads) const;
  void NoteRefusal(Outcome outcome);
  ChangeRefusal CheckChange(const ConfigChange& change) const;
  EntryId AppendOwn(Entry entry);  // But for its id; its time is the clock's.
  void FinishAppending();
  bool MaybeCommit();
  void OnProgressed(Peer& peer);
  void OnRejected(Peer& peer, const Message& message);
  void StartRead(NodeId from, ReadId id);
  void AnswerConfirmedReads();
  void AnswerRead(const ReadQueue::Read& read);
  void ReleaseReads();

  Member& member_;
  Peers peers_;
  NodeId transferee_;
  Index pending_change_;    // At or above the newest configuration change in the log.
  size_t uncommitted_ = 0;  // Payload bytes proposed in this term and not applied.
  uint32_t since_heartbeat_ = 0;
  ReadQueue reads_;
  std::vector<ReadQueue::Read> early_reads_;  // Came before anything was committed in this term.
  std::vector<ReadQueue::Read> confirmed_;    // Scratch.
};

}  // namespace warren::raft
