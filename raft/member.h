// What a member of a group is, whatever its role.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "raft/amnesia.h"
#include "raft/apply_window.h"
#include "raft/config.h"
#include "raft/log.h"
#include "raft/membership.h"
#include "raft/message.h"
#include "raft/note.h"
#include "raft/output.h"
#include "raft/recovered.h"

namespace warren::raft {

// Ticks towards an election (followers, candidates) or towards a check of the quorum (leaders).
struct ElectionClock {
  uint32_t elapsed = 0;
  uint32_t timeout = 0;  // Drawn anew at each change of term or role: see Member::WindClock.
};

// The ground that all roles stand on: term, vote, log, membership, and what is waiting to leave.
// The roles (leader.h, election.h, receiver.h) own everything else; Core moves from one to another.
//
// Only this folder sees it. Members are public because every role reads nearly all of them; the
// few that must change together have a function here.
class Member {
 public:
  Member(const Config& config_in, Log log_in, Recovered& recovered);

  // Moves to `new_term`, in which no vote has been given yet. Requires: it is later.
  void EnterTerm(Term new_term);
  void WindClock();

  bool IsSelf(NodeId node) const { return node == config.id; }
  bool Planted(PlantedBug bug) const { return config.planted_bug == bug; }
  bool IsVoter() const { return membership.IsVoter(config.id); }
  // May it stand for election? Not while its own snapshot is on its way to disk.
  bool IsPromotable() const { return IsVoter() && !log.HasPendingSnapshot() && !MustNotVote(); }
  // May it have forgotten votes that it gave?
  bool MustNotVote() const { return amnesia.has_value() && !Planted(PlantedBug::kAmnesiacVotes); }
  // The leader believes this member to hold more than it does: its disk lost something.
  void BecomeAmnesiac(NodeId leader, Index believed);
  bool HasUnappliedConfigChange() const;

  // Writes a message in place: addressed, stamped with the term unless `fill` sets one, and put
  // with those that may leave at once or with those that wait for the disk, which its type alone
  // decides. `fill(message)` sets the rest.
  template <typename Fill>
  void Post(MessageType type, NodeId to, Fill&& fill) {
    Message& message = Prepare(type, to);
    fill(message);
    if (config.trace) TraceSent(message);
    if (MergesIntoPrevious(message)) send_after_store.DropLast();
  }
  void Post(MessageType type, NodeId to) {
    Post(type, to, [](Message&) {});
  }

  // nullptr if nobody wants notes.
  Note* AddNote(NoteKind kind);
  void AddNote(NoteKind kind, NodeId peer);
  void TraceState(TraceName name);
  void TraceReceived(const Message& message);
  // `next` comes into force.
  void SwitchTo(const Membership& next);
  TraceEvent MakeTrace(TraceName name) const;

  const Config config;
  const Incarnation incarnation;
  Term term;
  NodeId vote;
  Role role = Role::kFollower;  // For notes and traces; the role itself is Core's.
  Membership membership;        // As it is after apply.applied(), and the change applied just now.
  Log log;
  ApplyWindow apply;
  std::optional<Amnesia> amnesia;
  ElectionClock clock;
  base::Rng rng;

  ReusedList<Message> send_now;
  ReusedList<Message> send_after_store;
  std::vector<ReadReady> reads;
  std::vector<LoadRequest> loads;
  std::vector<Note> notes;
  std::vector<TraceEvent> trace;

 private:
  Message& Prepare(MessageType type, NodeId to);
  bool MergesIntoPrevious(const Message& message);
  void TraceSent(const Message& message);
};

// The answer to a kVote or kPreVote.
MessageType VoteResponseTo(MessageType request);

// Must `type` wait until everything that this member has decided so far is durable? Votes and
// acknowledgements must: they are promises to remember.
bool WaitsForStore(MessageType type);

}  // namespace warren::raft
