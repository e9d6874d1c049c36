#include "raft/receiver.h"

#include <algorithm>

namespace warren::raft {
namespace {

// What every answer to an append says of its sender.
void Sign(const Member& member, Message& response) {
  response.amnesiac = member.MustNotVote();
  response.incarnation = member.incarnation;
  // With heartbeats the commit index is repeated often enough. Without them the leader must know
  // that it has arrived.
  if (member.config.liveness == Liveness::kNode) response.commit = member.log.CommitIndex();
}

void Acknowledge(Member& member, NodeId leader, Index index) {
  member.Post(MessageType::kAppendResponse, leader, [&](Message& response) {
    response.index = index;
    Sign(member, response);
  });
}

// Tells the leader where our logs may agree: at the largest of our entries whose term is not
// above that of the leader's entry. It spares the leader a probe per entry of our wrong tail.
void Reject(Member& member, const Message& message) {
  const EntryId wanted{.index = message.index, .term = message.log_term};
  const Index start = std::min(wanted.index, member.log.Last().index);
  const EntryId hint = member.log.FindCandidateMatch(start, wanted.term);
  if (Note* note = member.AddNote(NoteKind::kAppendRejected)) {
    note->peer = message.from;
    note->theirs = wanted;
    note->other_term = member.log.TermAt(wanted.index).value_or(Term());
  }
  member.Post(MessageType::kAppendResponse, message.from, [&](Message& response) {
    response.reject = true;
    response.index = wanted.index;
    response.reject_hint = hint.index;
    response.log_term = hint.term;
    Sign(member, response);
  });
}

// What the append did to our log, for the reader of notes.
void NoteReplacement(Member& member, const AppendResult& result, Term new_term, Index durable,
                     Index handed) {
  if (!result.replaced.has_value()) return;
  const Index from = result.replaced->index;
  if (Note* note = member.AddNote(NoteKind::kConflictFound)) {
    note->index = from;
    note->other_term = result.replaced->term;
    note->theirs = {.index = from, .term = new_term};
    note->durable = durable;
    note->handed = handed;
  }
  const bool all = from <= durable + 1;
  Note* note = member.AddNote(all ? NoteKind::kUnstableReplaced : NoteKind::kUnstableTruncated);
  if (note != nullptr) note->index = from;
}

// True if the snapshot replaced our log. The snapshot's membership may lack this member: it was
// taken before the change that added us, which follows in the log. To refuse it could mean to
// wait for ever, if nothing more commits without us.
bool Restore(Member& member, const SnapshotRef& snapshot) {
  const EntryId last = snapshot->last.id;
  if (last.index <= member.log.CommitIndex()) return false;
  if (member.log.Holds(last)) {
    // We have all that it stands for; it only tells us that this is committed.
    if (Note* note = member.AddNote(NoteKind::kSnapshotFastForward)) note->theirs = last;
    member.log.CommitTo(last.index);
    return false;
  }
  if (Note* note = member.AddNote(NoteKind::kSnapshotRestoring)) {
    note->theirs = last;
    note->count = note->last.index - note->durable;
  }
  member.log.Restore(snapshot);
  if (Note* note = member.AddNote(NoteKind::kSnapshotRestored)) note->theirs = last;
  return true;
}

}  // namespace

void ReceiveAppend(Member& member, const Message& message) {
  Log& log = member.log;
  if (message.match > log.Last().index) member.BecomeAmnesiac(message.from, message.match);
  if (message.index < log.CommitIndex()) {
    // An old message, or one that reaches below our snapshot: tell the leader where we are.
    Acknowledge(member, message.from, log.CommitIndex());
    return;
  }
  const EntryId prev{.index = message.index, .term = message.log_term};
  const Index durable = log.DurableIndex();
  const Index handed = log.HandedIndex();
  const AppendResult result =
      log.TryAppend(prev, message.entries, member.Planted(PlantedBug::kAppendIgnoresTerm));
  if (!result.accepted) {
    Reject(member, message);
    return;
  }
  if (result.replaced.has_value()) {
    const Term new_term = *log.TermAt(result.replaced->index);
    NoteReplacement(member, result, new_term, durable, handed);
  }
  // Beyond the batch our entries may differ from the leader's: they are not known to be committed.
  const Index known =
      member.Planted(PlantedBug::kCommitBeyondMatch) ? log.Last().index : result.last;
  log.CommitTo(std::min(message.commit, known));
  Acknowledge(member, message.from, result.last);
}

void ReceiveHeartbeat(Member& member, const Message& message) {
  if (message.commit > member.log.Last().index) {
    member.BecomeAmnesiac(message.from, message.commit);
  } else {
    member.log.CommitTo(message.commit);
  }
  member.Post(MessageType::kHeartbeatResponse, message.from, [&](Message& response) {
    response.context = message.context;
    response.amnesiac = member.MustNotVote();
  });
}

void ReceiveSnapshot(Member& member, const Message& message) {
  const bool restored = Restore(member, message.snapshot);
  const EntryId last = message.snapshot->last.id;
  if (Note* note =
          member.AddNote(restored ? NoteKind::kSnapshotTaken : NoteKind::kSnapshotIgnored)) {
    note->theirs = last;
  }
  Acknowledge(member, message.from, restored ? member.log.Last().index : member.log.CommitIndex());
}

}  // namespace warren::raft
