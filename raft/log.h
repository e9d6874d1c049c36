// The entries of one group as the protocol sees them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

#include "base/interval_set.h"
#include "base/ring.h"
#include "raft/event.h"
#include "raft/recovered.h"
#include "raft/snapshot.h"
#include "raft/term_runs.h"
#include "raft/types.h"

namespace warren::raft {

// What became of a leader's batch. A mismatch is routine while a new leader looks for the common
// prefix, so it is a value here and not an absl::Status.
struct AppendResult {
  bool accepted = false;
  Index last;                       // Accepted: the last index of the batch.
  std::optional<EntryId> replaced;  // The first entry of ours that gave way, with our term.
};

// Which entries exist, which would survive a crash of this node, which are committed.
//
//       sparse: only Live()     on disk only      in memory
//   |-----------------------|----------------|------------------------------|
//                     Base().index      evicted              Last().index
//
//   Within (base, last]: DurableIndex() <= HandedIndex(): what the disk has confirmed, and what
//   it was asked to write.
//
// Does no I/O and knows no peers: TakeUnwritten() says what to write, MarkDurable() hears that it
// is written; the leader decides what is committed.
//
// Invariants, checked after every change, in release builds too:
//   - Base().index <= CommitIndex() <= Last().index; DurableIndex() likewise. The two are
//     unordered: others may hold on disk what this node has yet to write.
//   - DurableIndex() <= HandedIndex() <= Last().index.
//   - Indexes are contiguous from Base().index + 1; terms never decrease. The term of every index
//     from the first live one on is known.
//   - Nothing at or below CommitIndex() is ever replaced.
//
// Errors: bytes from disk may be wrong, so Recover() returns a Status. A caller that breaks a
// "Requires" below is a bug, and the process stops.
// Threads: owned by one shard; no member may be called from another.
class Log {
 public:
  // The log found on disk at start; takes its parts out of `recovered`. DATA_LOSS if they do not
  // fit together.
  static absl::StatusOr<Log> Recover(Recovered& recovered);

  // Takes `batch`, which follows `prev` in the leader's log, and drops our conflicting suffix, if
  // any. Safe to repeat: a batch that we already hold changes nothing.
  // Requires: a contiguous batch, prev.index >= CommitIndex(), and no conflict with what is
  // committed. `ignore_prev_term` is the planted bug kAppendIgnoresTerm.
  AppendResult TryAppend(EntryId prev, std::span<const Entry> batch, bool ignore_prev_term = false);

  // A leader's own entry, which gets its id here. Its time is the clock's, or the last entry's if
  // that is later: log time never falls, though the leader, and with it the clock, may be another
  // than before. Requires: term not below the last entry's.
  EntryId Append(Term term, Entry entry, bool ignore_last_time = false);

  // The entries to write, after which HandedIndex() == Last().index. Appends to `out`.
  void TakeUnwritten(std::vector<Entry>& out);
  bool HasUnwritten() const { return handed_ < Last().index; }
  // What TakeUnwritten() and TakePendingSnapshot() gave out, and all before it, is on disk. Counts
  // only if nothing changed its meaning since the ticket was made. The entry's term instead of the
  // epoch would not do: a third leader can bring the first one's entry back while the second one's
  // write is still under way.
  // `ignore_epoch` is the planted bug kStaleCompletionAccepted.
  void MarkDurable(const WriteTicket& ticket, bool ignore_epoch = false);
  // For the write of what is unwritten now; made before that is taken.
  WriteTicket Ticket() const;
  // Writes that were begun before do not count any more. Called when the term changes.
  void StartWriteEpoch() { epoch_ = epoch_ + 1; }

  void CommitTo(Index index);  // Never moves back. Requires: index <= Last().index.

  // Drops the prefix up to `index` from the log, but for the live set of the snapshot.
  // Requires: index is committed, durable, and covered by LatestSnapshot().
  void CompactTo(Index index);
  // Drops the prefix up to `index` from memory. Requires: committed and durable.
  void EvictTo(Index index);

  // A snapshot for members that are behind what the log still has.
  void OfferSnapshot(SnapshotRef snapshot);
  const SnapshotRef& LatestSnapshot() const { return snapshot_; }

  // Replaces everything by a snapshot that came from the leader. It is pending until MarkDurable()
  // says that it is on disk.
  void Restore(SnapshotRef snapshot);
  bool HasPendingSnapshot() const { return pending_ != Pending::kNone; }
  bool HasUnwrittenSnapshot() const { return pending_ == Pending::kUnwritten; }
  SnapshotRef TakePendingSnapshot();

  // Appends to `out` the entries from `first` on: at most `bytes_max` (AccountedBytes), but at
  // least one, so that an oversized entry cannot stall replication. Requires: InMemory(first).
  void ReadFrom(Index first, Index last, size_t bytes_max, std::vector<Entry>& out) const;
  bool InMemory(Index index) const { return index > evicted_.id.index && index <= Last().index; }
  const Entry& At(Index index) const;  // Requires: InMemory(index).
  Index FirstInMemory() const { return evicted_.id.index + 1; }

  // nullopt: not there yet, or below the first live entry.
  std::optional<Term> TermAt(Index index) const { return terms_.TermAt(index); }
  bool Holds(EntryId id) const { return TermAt(id.index) == id.term && id.index >= base_.index; }
  // The largest entry at or below `index` with a term not above `term`: where another log, of
  // which this much is known, may agree with ours. The term is 0 if it is below Base().
  EntryId FindCandidateMatch(Index index, Term term) const;
  // Is a log that ends with `other` at least as complete as ours? (Raft paper section 5.4.1)
  bool IsUpToDate(EntryId other) const;

  EntryId Base() const { return base_; }
  EntryId Last() const { return LastHead().id; }
  LogTime LastTime() const { return LastHead().time; }
  Index CommitIndex() const { return commit_; }
  Index DurableIndex() const { return durable_; }
  Index HandedIndex() const { return handed_; }
  WriteEpoch Epoch() const { return epoch_; }
  const TermRuns& Terms() const { return terms_; }
  const base::IntervalSet& Live() const { return live_; }

 private:
  enum class Pending : uint8_t { kNone, kUnwritten, kWriting };

  Log() = default;
  EntryHead LastHead() const { return entries_.empty() ? evicted_ : entries_.back().Head(); }
  void Replace(Index from);
  void PushBack(Entry entry);
  void CheckInvariants() const;

  EntryId base_;
  EntryHead evicted_;          // The entry before the first one in memory; base_ or above.
  base::Ring<Entry> entries_;  // entries_[i].id.index == evicted_.id.index + 1 + i.
  TermRuns terms_;             // Up to Last(); from Base() or the first live entry on.
  base::IntervalSet live_;
  Index commit_;
  Index durable_;
  Index handed_;
  WriteEpoch epoch_;
  SnapshotRef snapshot_;
  Pending pending_ = Pending::kNone;
};

}  // namespace warren::raft
