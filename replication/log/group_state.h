// What the log knows of one group.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "base/interval_set.h"
#include "base/ring.h"
#include "raft/snapshot.h"
#include "raft/term_runs.h"
#include "raft/types.h"
#include "replication/log/log_store.h"
#include "replication/log/place_index.h"
#include "replication/log/store/group_record.h"
#include "replication/log/types.h"

namespace warren::log {

// The shape of a group's log (where it begins and ends, its terms, what is lost), as of what was
// submitted, and where the entries are:
//
//      sparse: snapshot->live           in the store          in segments        in segments, and
//      recent
//   |-----------------------------|----------------------|------------------|----------------------|
//                              base                  (retired) last
//
// Also used to replay a log: see Replay. Does no I/O.
//
// Invariants, checked after each change: base <= last; the terms of base .. last are known;
// `missing` is a subset of what is needed. Threads: a plain value.
class GroupState {
 public:
  GroupState(GroupNo no, raft::GroupId id);
  explicit GroupState(GroupRecord record);

  GroupNo no() const { return no_; }
  raft::GroupId id() const { return id_; }

  // ---- What can be done to it. Places and recent entries are told apart.

  void SetHardState(const raft::HardState& hard_state) { hard_state_ = hard_state; }
  void SetCommit(raft::Index commit) { hard_state_.commit = commit; }
  // Entries [first, first + count) of `term` replace all from `first` on.
  // Requires: base < first <= last + 1, term not below the one before.
  void Append(raft::Index first, uint64_t count, raft::Term term);
  void TruncateFrom(raft::Index first);  // Requires: base < first.
  void BringBack(raft::Index first, uint64_t count);
  // Our own snapshot. Requires: CanCover().
  void TakeSnapshot(raft::SnapshotRef snapshot);
  // A leader's: the log is empty above it. What it keeps and we do not hold is missing.
  // Returns the entries below it that stay: live, and the same in our history and the leader's.
  // Other places below it are forgotten.
  base::IntervalSet Install(raft::SnapshotRef snapshot);
  void Lose(raft::Index index) { missing_.Insert(index.value()); }

  // Does a snapshot that ends there fit this log? Then it may be taken.
  bool CanCover(raft::EntryId end) const;

  // ---- Replay: what frames say that the record has seen already (up to `as_of`) changes only what
  // lies beyond the part of the log that is in the store.
  FrameNo as_of() const { return as_of_; }
  void ReplayEntries(FrameNo frame, raft::Index first, uint64_t count, raft::Term term);
  void ReplayTruncate(FrameNo frame, raft::Index first);
  // No snapshot: it cannot be read. The log goes on to where it ended, all missing; and the group
  // is amnesiac, unless an earlier recovery found that out and dealt with it.
  void ReplayBodies(FrameNo frame, raft::Index first, uint64_t count);
  void ReplayInstall(FrameNo frame, raft::EntryId end, raft::SnapshotRef snapshot, bool dealt_with);
  void FinishReplay();

  // ---- What is known

  const raft::HardState& hard_state() const { return hard_state_; }
  const raft::EntryHead& base() const { return base_; }
  raft::EntryId Last() const {
    return {.index = terms_.last(), .term = *terms_.TermAt(terms_.last())};
  }
  std::optional<raft::Term> TermAt(raft::Index index) const { return terms_.TermAt(index); }
  const raft::TermRuns& terms() const { return terms_; }
  const raft::SnapshotRef& snapshot() const { return snapshot_; }
  const base::IntervalSet& missing() const { return missing_; }
  bool IsLive(raft::Index index) const;    // At or below base, and kept by the snapshot.
  bool IsNeeded(raft::Index index) const;  // Live, or above base and at or below last.
  RecoveredGroup Describe() const;

  PlaceIndex& places() { return places_; }
  const PlaceIndex& places() const { return places_; }
  base::Ring<raft::Entry>& recent() {
    return recent_;
  }  // Contiguous, up to last; see RecentEntries.
  const base::Ring<raft::Entry>& recent() const { return recent_; }

  // ---- Retirement

  // The group as it will be in the store when all frames up to `retired` have moved, and nothing
  // above.
  GroupRecord RecordUpTo(FrameNo retired, FrameNo as_of) const;

  // Of what the store must be told, the first that it has not been: 0: none. Frames above are
  // later.
  FrameNo untold_from;
  raft::EntryId snapshot_in_store;
  raft::Index stored_last;    // Entries up to here may be in the store, current or replaced.
  uint64_t recent_epoch = 0;  // RecentEntries'.
  // What lies in segments below this and is not needed may be of another history than ours.
  raft::Index history_from;
  // Entries brought back that no disk has yet.
  std::map<raft::Index, raft::Entry> unwritten_bodies;

 private:
  raft::Index Floor(FrameNo frame) const;
  void KeepRecordedLosses(FrameNo frame);
  void DropDead();
  void CheckInvariants() const;

  GroupNo no_;
  raft::GroupId id_;
  FrameNo as_of_;
  raft::Index recorded_last_;
  base::IntervalSet recorded_missing_;
  bool lost_install_ = false;
  raft::HardState hard_state_;
  raft::EntryHead base_;
  raft::TermRuns terms_{raft::EntryId{}};
  raft::SnapshotRef snapshot_;
  base::IntervalSet missing_;
  PlaceIndex places_;
  base::Ring<raft::Entry> recent_;
};

}  // namespace warren::log
