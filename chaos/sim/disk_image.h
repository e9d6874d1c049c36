// What a member's disk would give back if the power failed at this moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "raft/core.h"
#include "raft/types.h"

namespace warren::sim {

// Live entries from below the log's base, by index.
using Bodies = std::map<raft::Index, raft::Entry>;

// What one write asks for: what one raft::Output holds for the disk, or a snapshot that the host
// has made. Its records are written in the order of the members here, each entry one record.
struct DiskWrite {
  struct Install {
    raft::SnapshotRef snapshot;
    Bodies bodies;  // Those that the member lacked.
  };
  struct Compaction {
    raft::SnapshotRef snapshot;
    raft::Index compact_to;  // The log's base moves here; at most the snapshot's index.
  };

  std::optional<raft::HardState> hard_state{};
  std::optional<Install> install{};
  std::vector<raft::Entry> entries{};
  std::optional<Compaction> compaction{};
  bool sync = false;  // Must be durable when it is reported done.

  bool IsEmpty() const { return Records() == 0; }
  size_t Records() const;
};

// The durable state of one member, and the only thing that survives a crash of its node.
//
//        bodies_             entries_
//   | .   ..  .  . |#######################|
//              base_                     Last()
//
// Invariants: entries_ are contiguous from base_ on; snapshot_ ends at or above base_; bodies_ are
// at or below base_ and live in snapshot_.
class DiskImage {
 public:
  // A member of a new group. `boot`, if there is one, is the snapshot that the group begins with.
  DiskImage(raft::Membership membership, raft::SnapshotRef boot);

  void Apply(const DiskWrite& write) { ApplyTorn(write, write.Records()); }
  // Only the first `records` made it to the disk. The commit index that the write mentions counts
  // for nothing then: it speaks of entries that may not be among them.
  void ApplyTorn(const DiskWrite& write, size_t records);

  // Entries from `first` on are unreadable, and with `vote_too` so is the vote. The loss is seen,
  // so the member is marked as one that may have forgotten what it promised.
  // Requires: first is above the snapshot.
  void Rot(raft::Index first, bool vote_too);

  // What the host finds when it starts again. Counts as a new incarnation.
  raft::Recovered Recover();

  const raft::HardState& hard_state() const { return hard_state_; }
  const raft::EntryHead& base() const { return base_; }
  const raft::SnapshotRef& snapshot() const { return snapshot_; }
  const std::deque<raft::Entry>& entries() const { return entries_; }
  const raft::Membership& membership() const;  // As of the snapshot.
  raft::EntryId Last() const { return entries_.empty() ? base_.id : entries_.back().id; }
  std::optional<raft::Term> TermAt(raft::Index index) const;  // nullopt: outside [base, Last()].
  // The entry or body at `index`; null if it is not here.
  const raft::Entry* Find(raft::Index index) const;
  // Does a crash leave the entry `id` here, be it as part of the snapshot?
  bool Holds(raft::EntryId id) const;
  raft::Index SnapshotIndex() const;
  // The commit index, which is only a hint, as far as it makes sense: it may be older than the
  // snapshot.
  raft::Index CommitHint() const;
  // The last entry that this disk held when it lost some; index 0 if it never did. Until the
  // member is cured, others may still count on what it acknowledged up to there.
  raft::EntryId forgotten() const { return forgotten_; }

 private:
  void ApplyInstall(const DiskWrite::Install& install);
  void ApplyEntry(const raft::Entry& entry);
  void ApplyCompaction(const DiskWrite::Compaction& compaction);
  void CheckInvariants() const;

  raft::Membership first_membership_;
  raft::HardState hard_state_;
  raft::SnapshotRef snapshot_;
  raft::EntryHead base_;
  std::deque<raft::Entry> entries_;
  Bodies bodies_;
  raft::Incarnation incarnation_;
  raft::EntryId forgotten_;
};

}  // namespace warren::sim
