// The part of a leader that moves entries to the other members.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "raft/leader.h"

namespace warren::raft {
namespace {

bool WindowIsOpen(const Progress& progress) {
  return progress.state() != ProgressState::kReplicate || !progress.IsWindowFull();
}

}  // namespace

// ---- Sending ----------------------------------------------------------------------------------

void Leader::BroadcastAppend(Wish wish) {
  for (Peer& peer : peers_) {
    if (!member_.IsSelf(peer.id)) SendAppend(peer, wish);
  }
}

// Sends, or remembers to. True if something was sent, and more may follow.
bool Leader::SendAppend(Peer& peer, Wish wish) {
  if (member_.config.compatibility.send_in_step) return SendNow(peer, wish);
  peer.wish = std::max(peer.wish, wish);
  return false;
}

bool Leader::HasWishes() const {
  const Log& log = member_.log;
  return std::any_of(peers_.begin(), peers_.end(), [&](const Peer& peer) {
    const Progress& progress = peer.progress;
    if (peer.wish == Wish::kNone || progress.IsPaused()) return false;
    if (progress.loading && !log.InMemory(progress.next())) return false;
    if (progress.next() <= log.Base().index) return progress.active;  // It gets a snapshot.
    return peer.wish == Wish::kEvenIfEmpty ||
           (progress.next() <= log.Last().index && WindowIsOpen(progress));
  });
}

void Leader::Flush() {
  for (Peer& peer : peers_) {
    const Wish wish = std::exchange(peer.wish, Wish::kNone);
    if (wish == Wish::kNone) continue;
    bool sent = false;
    while (SendNow(peer, Wish::kEntries)) sent = true;
    if (!sent && wish == Wish::kEvenIfEmpty) SendNow(peer, Wish::kEvenIfEmpty);
  }
}

bool Leader::SendNow(Peer& peer, Wish wish) {
  Progress& progress = peer.progress;
  if (progress.IsPaused()) return false;
  const Log& log = member_.log;
  const Index prev = progress.next() - 1;
  if (prev < log.Base().index) return SendSnapshot(peer);

  // With a full window only empty appends leave: they are how a member whose window is full of
  // lost messages is found out.
  const bool with_entries = WindowIsOpen(progress) && progress.next() <= log.Last().index;
  if (!with_entries && wish != Wish::kEvenIfEmpty) return false;
  if (with_entries && !log.InMemory(progress.next())) {
    RequestLoad(peer);
    return false;
  }
  const std::optional<Term> prev_term = log.TermAt(prev);
  WARREN_CHECK(prev_term.has_value());
  PostAppend(peer, {.index = prev, .term = *prev_term}, {}, with_entries);
  return true;
}

// Sends `loaded`, or what the log has in memory, or nothing.
void Leader::PostAppend(Peer& peer, EntryId prev, std::span<const Entry> loaded,
                        bool with_entries) {
  const Log& log = member_.log;
  size_t bytes = 0;
  size_t count = 0;
  member_.Post(MessageType::kAppend, peer.id, [&](Message& message) {
    message.index = prev.index;
    message.log_term = prev.term;
    message.commit = log.CommitIndex();
    message.match = peer.progress.match();
    if (!loaded.empty()) {
      message.entries.assign(loaded.begin(), loaded.end());
    } else if (with_entries) {
      log.ReadFrom(prev.index + 1, log.Last().index, member_.config.message_bytes_max,
                   message.entries);
    }
    count = message.entries.size();
    for (const Entry& entry : message.entries) bytes += entry.payload.size();
  });
  peer.progress.Sent(count, bytes);
  peer.progress.SentCommit(log.CommitIndex());
}

bool Leader::SendSnapshot(Peer& peer) {
  Progress& progress = peer.progress;
  if (!progress.active) {
    // A snapshot is expensive: not for somebody who may not be there.
    member_.AddNote(NoteKind::kSnapshotSkippedInactive, peer.id);
    return false;
  }
  const SnapshotRef& snapshot = member_.log.LatestSnapshot();
  if (snapshot == nullptr) return false;
  if (Note* note = member_.AddNote(NoteKind::kSnapshotSent)) {
    note->peer = peer.id;
    note->theirs = snapshot->last.id;
    note->progress = progress.View();
    note->index = member_.log.Base().index + 1;
  }
  progress.BecomeSnapshot(snapshot->last.id.index);
  if (Note* note = member_.AddNote(NoteKind::kReplicationPaused)) {
    note->peer = peer.id;
    note->progress = progress.View();
  }
  member_.Post(MessageType::kSnapshot, peer.id,
               [&](Message& message) { message.snapshot = snapshot; });
  return true;
}

void Leader::RequestLoad(Peer& peer) {
  if (std::exchange(peer.progress.loading, true)) return;
  member_.loads.push_back({.peer = peer.id,
                           .first = peer.progress.next(),
                           .last = member_.log.FirstInMemory() - 1,
                           .bytes_max = member_.config.message_bytes_max});
}

void Leader::OnLoaded(const Loaded& loaded) {
  Peer* peer = peers_.Find(loaded.peer);
  if (peer == nullptr || !std::exchange(peer->progress.loading, false)) return;
  Progress& progress = peer->progress;
  if (loaded.entries.empty()) {
    if (!progress.IsPaused()) SendSnapshot(*peer);
    return;
  }
  const Index prev = loaded.first - 1;
  const bool wanted = progress.next() == loaded.first && !progress.IsPaused() &&
                      prev >= member_.log.Base().index &&
                      loaded.entries.front().id.index == loaded.first &&
                      member_.log.Holds(loaded.entries.back().id);
  if (wanted) PostAppend(*peer, {prev, *member_.log.TermAt(prev)}, loaded.entries, true);
  SendAppend(*peer, Wish::kEntries);
}

void Leader::BroadcastHeartbeat() {
  const uint64_t context = reads_.NewestRead();
  for (Peer& peer : peers_) {
    if (!member_.IsSelf(peer.id)) SendHeartbeat(peer, context);
  }
}

void Leader::SendHeartbeat(Peer& peer, uint64_t context) {
  // Never beyond what the member is known to hold: what lies beyond may differ from ours.
  const Index commit = std::min(peer.progress.match(), member_.log.CommitIndex());
  member_.Post(MessageType::kHeartbeat, peer.id, [&](Message& message) {
    message.commit = commit;
    message.context = context;
  });
  peer.progress.SentCommit(commit);
}

// Is there something that this member has not said to have heard?
bool Leader::Owes(const Peer& peer) const {
  if (member_.IsSelf(peer.id)) return false;
  const Progress& progress = peer.progress;
  return progress.state() == ProgressState::kProbe || progress.match() < member_.log.Last().index ||
         progress.known_commit < member_.log.CommitIndex();
}

// Groups that send no heartbeats find lost messages, and tell of the last commit, this way: with a
// message to a member that owes an answer. A paused probe is repeated without its entries.
void Leader::Nudge(Peer& peer) {
  Progress& progress = peer.progress;
  if (!reads_.empty()) SendHeartbeat(peer, reads_.NewestRead());
  if (!Owes(peer) || progress.state() == ProgressState::kSnapshot) return;
  const bool needs_snapshot = progress.next() <= member_.log.Base().index;
  if (needs_snapshot && progress.active) {
    progress.Resume();
    SendNow(peer, Wish::kEvenIfEmpty);
  } else {
    SayHello(peer);
  }
}

void Leader::GreetAll() {
  for (Peer& peer : peers_) {
    if (!member_.IsSelf(peer.id)) SayHello(peer);
  }
}

// Something that the member must answer, whatever its log: with where its log ends, or with a
// higher term, which ends this leadership.
void Leader::SayHello(Peer& peer) {
  const Index prev = peer.progress.next() - 1;
  const bool in_log = prev >= member_.log.Base().index;
  if (in_log && peer.progress.state() != ProgressState::kSnapshot) {
    PostAppend(peer, {.index = prev, .term = *member_.log.TermAt(prev)}, {}, false);
  } else {
    SendHeartbeat(peer, reads_.NewestRead());
  }
}

// ---- Answers ----------------------------------------------------------------------------------

void Leader::OnAppendResponse(const Message& message) {
  Peer* peer = peers_.Find(message.from);
  if (peer == nullptr) {
    member_.AddNote(NoteKind::kNoProgressFor, message.from);
    return;
  }
  // Nobody holds more than we do. A member that says so is not of this protocol.
  if (message.index > member_.log.Last().index) return;
  Progress& progress = peer->progress;
  // From a life of that member whose acknowledgements it has since confessed to have forgotten.
  if (message.incarnation < progress.incarnation) return;
  progress.active = true;
  progress.amnesiac = message.amnesiac;
  progress.known_commit = std::max(progress.known_commit, message.commit);
  if (message.reject) {
    OnRejected(*peer, message);
    return;
  }
  const bool probe_confirmed =
      progress.match() == message.index && progress.state() == ProgressState::kProbe;
  if (!progress.Advance(message.index) && !probe_confirmed) return;

  if (progress.state() == ProgressState::kReplicate) {
    progress.Acknowledge(message.index);
  } else if (progress.state() == ProgressState::kProbe) {
    progress.BecomeReplicate();
  } else if (progress.match() >= member_.log.Base().index) {
    // Whatever snapshot brought it there: from here the log can go on.
    if (Note* note = member_.AddNote(NoteKind::kSnapshotRecovered)) {
      note->peer = peer->id;
      note->progress = progress.View();
    }
    progress.BecomeProbe();
    progress.BecomeReplicate();
  }
  OnProgressed(*peer);
}

// `peer` holds more than was known.
void Leader::OnProgressed(Peer& peer) {
  const bool self = member_.IsSelf(peer.id);
  const bool eager = member_.config.compatibility.eager_commit_broadcast;
  if (MaybeCommit()) {
    ReleaseReads();
    if (eager) BroadcastAppend(Wish::kEvenIfEmpty);
  } else if (eager && !self && peer.progress.CanBumpCommit(member_.log.CommitIndex())) {
    SendAppend(peer, Wish::kEvenIfEmpty);
  }
  if (self) return;
  // The window has room again, perhaps for several messages.
  while (SendAppend(peer, Wish::kEntries)) {
  }
  if (peer.id == transferee_ && peer.progress.match() == member_.log.Last().index) {
    member_.AddNote(NoteKind::kTimeoutNowSent, peer.id);
    SendTimeoutNow(peer.id);
  }
}

void Leader::OnRejected(Peer& peer, const Message& message) {
  if (Note* note = member_.AddNote(NoteKind::kAppendRejectionHeard)) {
    note->peer = peer.id;
    note->index = message.index;
    note->theirs = {.index = message.reject_hint, .term = message.log_term};
  }
  // The member holds an entry of log_term at the hint. Where our terms are larger than that, the
  // logs cannot agree: terms only rise along a log. So one probe per term is enough.
  Index probe = message.reject_hint;
  if (message.log_term > Term()) {
    probe = member_.log.FindCandidateMatch(probe, message.log_term).index;
  }
  if (!peer.progress.StepBack(message.index, probe)) return;
  if (Note* note = member_.AddNote(NoteKind::kProgressDecreased)) {
    note->peer = peer.id;
    note->progress = peer.progress.View();
  }
  if (peer.progress.state() == ProgressState::kReplicate) peer.progress.BecomeProbe();
  SendAppend(peer, Wish::kEvenIfEmpty);
}

void Leader::OnHeartbeatResponse(const Message& message) {
  Peer* peer = peers_.Find(message.from);
  if (peer == nullptr) return;
  Progress& progress = peer->progress;
  progress.active = true;
  progress.amnesiac = message.amnesiac;
  progress.Resume();
  if (progress.match() < member_.log.Last().index || progress.state() == ProgressState::kProbe) {
    SendAppend(*peer, Wish::kEvenIfEmpty);
  }
  if (message.amnesiac || member_.config.read_mode != ReadMode::kQuorum) return;
  reads_.Acknowledge(message.from, message.context);
  AnswerConfirmedReads();
}

void Leader::OnTermQuery(const Message& message) {
  Peer* peer = peers_.Find(message.from);
  if (peer == nullptr || message.incarnation <= peer->progress.incarnation) return;
  peer->progress.incarnation = message.incarnation;
  peer->progress.ForgetMatch(std::min(message.index, member_.log.Last().index));
  SendAppend(*peer, Wish::kEvenIfEmpty);
}

void Leader::OnSnapshotReport(const SnapshotReport& report) {
  Peer* peer = peers_.Find(report.peer);
  if (peer == nullptr || peer->progress.state() != ProgressState::kSnapshot) return;
  Progress& progress = peer->progress;
  if (!report.delivered) progress.DropPendingSnapshot();
  progress.BecomeProbe();
  if (Note* note = member_.AddNote(report.delivered ? NoteKind::kSnapshotSucceeded
                                                    : NoteKind::kSnapshotFailed)) {
    note->peer = peer->id;
    note->progress = progress.View();
  }
  // Delivered: the member's own answer tells where to go on. Failed: it is tried again later.
  progress.Pause();
}

void Leader::OnUnreachable(NodeId id) {
  Peer* peer = peers_.Find(id);
  if (peer == nullptr) return;
  // With a window full of messages on their way, some are probably lost: find out where.
  if (peer->progress.state() == ProgressState::kReplicate) peer->progress.BecomeProbe();
  if (Note* note = member_.AddNote(NoteKind::kPeerUnreachable)) {
    note->peer = id;
    note->progress = peer->progress.View();
  }
}

}  // namespace warren::raft
