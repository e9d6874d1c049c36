// What a leader knows of one member's log, and how fast it may send to it.
#pragma once

#include <cstdint>

#include "raft/inflight_window.h"
#include "raft/types.h"

namespace warren::raft {

enum class ProgressState : uint8_t {
  kProbe,      // Where the logs agree is not known: one append at a time, to find out.
  kReplicate,  // It is known: appends leave one after the other, as far as the window allows.
  kSnapshot,   // The member needs a snapshot; appends wait for its arrival.
};

// The state of a Progress that an outsider may see.
struct ProgressView {
  ProgressState state = ProgressState::kProbe;
  Index match;
  Index next;
  Index pending_snapshot;
  bool learner = false;
  bool paused = false;
  bool active = false;
  bool window_full = false;
  bool amnesiac = false;  // It replicates, and decides nothing.
  size_t inflight = 0;
};

// Replication to one member, as its leader sees it.
//
//   - match: the largest index that the member is known to hold durably, as the leader does.
//   - next: the index of the next entry to send. Above match + 1 while appends are on their way.
//
// Invariants: match < next; match only grows during a term (but see ForgetMatch); in kSnapshot,
// next == pending_snapshot + 1; the window is empty except in kReplicate.
class Progress {
 public:
  Progress() = default;
  Progress(Index match, Index next, size_t inflight_messages_max, size_t inflight_bytes_max);

  void BecomeProbe();
  void BecomeReplicate();
  void BecomeSnapshot(Index snapshot);

  // An append with `entries` entries and `bytes` of payload has left. Requires: not kSnapshot.
  void Sent(uint64_t entries, size_t bytes);
  void SentCommit(Index commit) { sent_commit_ = commit; }
  // True if telling the member of `commit` now would tell it something that no message on its
  // way does, and that it has the entries to use.
  bool CanBumpCommit(Index commit) const;

  // The member holds everything up to `index`. False if that was known.
  bool Advance(Index index);

  // The member refused the append after `rejected`, and what it holds may match ours up to
  // `hint`. False if the refusal is an old one.
  bool StepBack(Index rejected, Index hint);

  // The member confessed that it lost part of its log: nothing that it acknowledged counts any
  // more. `last` is where its log ends now.
  void ForgetMatch(Index last);

  void Acknowledge(Index index) { window_.FreeUpTo(index); }
  bool IsPaused() const;
  bool IsWindowFull() const { return window_.IsFull(); }
  void Pause() { paused_ = true; }
  void Resume() { paused_ = false; }

  ProgressState state() const { return state_; }
  Index match() const { return match_; }
  Index next() const { return next_; }
  Index pending_snapshot() const { return pending_snapshot_; }
  void DropPendingSnapshot() { pending_snapshot_ = Index(); }
  ProgressView View() const;

  // Heard of since the last check of the quorum.
  bool active = false;
  bool learner = false;
  bool amnesiac = false;  // As it said last: it replicates, but counts for no quorum check.
  Index known_commit;     // What it says that it knows to be committed (Liveness::kNode).
  bool loading = false;   // A LoadRequest for this member is out.
  // The life of the member's process that its acknowledgements must come from, if it lost part
  // of its disk while this leader led.
  Incarnation incarnation;

 private:
  void Reset(ProgressState state);

  Index match_;
  Index next_;
  Index sent_commit_;
  Index pending_snapshot_;
  ProgressState state_ = ProgressState::kProbe;
  bool paused_ = false;
  InflightWindow window_;
};

}  // namespace warren::raft
