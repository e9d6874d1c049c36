// Storage for the logs of all groups of a node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/histogram.h"
#include "base/interval_set.h"
#include "raft/event.h"
#include "raft/recovered.h"
#include "raft/snapshot.h"
#include "raft/types.h"

namespace warren::log {

// What one group wants written, all of it in one round: what a raft::Output asks for, or a snapshot
// that the host has made. Carried out in the order of the members here.
struct Write {
  raft::GroupId group;

  std::optional<raft::HardState> hard_state;
  // A leader's snapshot: the log is empty above it afterwards. `bodies` are live entries below it
  // that this node did not hold, ascending; also on their own, to bring back what was lost.
  raft::SnapshotRef install;
  std::vector<raft::Entry> bodies;
  // The log ends before this.
  std::optional<raft::Index> truncate_from;
  // Contiguous. Replaces what was there from the first of them on.
  std::vector<raft::Entry> entries;
  // The host's own snapshot: what lies at or below it and is not live in it is dead. Must not end
  // above what is durable here.
  raft::SnapshotRef snapshot;

  raft::WriteTicket ticket;  // Comes back with the completion.
  // Done when it is in memory, for what may be lost with the power. It is written when there is a
  // reason to write.
  bool may_be_lost = false;
  // Refused while the disk is nearly full. What frees space is not.
  bool brings_load = false;
};

struct Completion {
  raft::GroupId group;
  raft::WriteTicket ticket;
  friend bool operator==(const Completion&, const Completion&) = default;
};

// Hears from the log. Called by the log's threads or, by a log that has none, from within Submit()
// and its like; never under the log's locks: hand on and return.
class LogListener {
 public:
  virtual ~LogListener() = default;
  // Durable (or in memory, where that was all that was asked). Of each group in the order of
  // Submit().
  virtual void OnCompleted(std::span<const Completion> completions) = 0;
  // These groups still have entries in the segment that retires next: a snapshot taken now spares
  // moving what has died.
  virtual void OnRetirementNear(std::span<const raft::GroupId> groups) = 0;
  // The disk has refused to write or sync. Nothing more will be completed; what was not, may or may
  // not be on the disk. The node must stop, and recover when it starts again.
  virtual void OnFailed(const absl::Status& why) = 0;
  // Whether writes that bring load are refused for want of space.
  virtual void OnSpace(bool short_of_space) = 0;
};

// What was found of a group when the log was opened.
struct RecoveredGroup {
  raft::GroupId group;
  raft::HardState hard_state;  // `amnesiac` is set, durably, if it has to be.
  raft::SnapshotRef snapshot;  // The latest, null if there never was one.
  raft::EntryHead base;        // The log's entries follow this one.
  raft::EntryId last;          // == base.id if there are none.
  raft::TermRuns terms;        // From the first live entry, or base, to `last`.
  base::IntervalSet live;      // Entries at or below base that the snapshot keeps.
  // Entries among those above that damage has destroyed. Their terms are known. Bring them back
  // with Write::bodies.
  base::IntervalSet missing;
};

// Fills a raft::Recovered but for `entries`, which are Read() from base + 1 to last, and what only
// the host knows: applied and incarnation.
raft::Recovered ToRecovered(const RecoveredGroup& group);

struct LogStats {
  uint64_t rounds = 0;  // Frames written, seals included.
  uint64_t seals = 0;
  uint64_t bytes_written = 0;  // To segments.
  uint64_t user_bytes = 0;     // Payloads of entries taken.
  uint64_t syncs = 0;
  base::Histogram sync_nanoseconds;
  uint64_t user_bytes_retired = 0;     // Of entries in segments that retired,
  uint64_t user_bytes_moved = 0;       // ... and of those that had to move to the store.
  uint64_t store_bytes_moved = 0;      // Written to the store by retirements,
  uint64_t store_bytes_compacted = 0;  // ... and by its compactions.
  uint64_t segments = 0;               // Full or being written.
  uint64_t segments_free = 0;
  uint64_t bytes_on_disk = 0;
  uint64_t cache_bytes = 0;
  uint64_t refused = 0;  // Submissions.
  uint64_t groups = 0;   // On disk.
  bool short_of_space = false;
  uint64_t memory_groups = 0;  // In memory alone,
  uint64_t memory_bytes = 0;   // ... and what these take: entries, and states of snapshots.
};

// One per node. Writes of all groups go into rounds, each written and synced at once; completions
// come in the order of submission per group. Reads see what was submitted, durable or not.
//
// Errors of Submit and Create:
//   NOT_FOUND           there is no such group here;
//   ALREADY_EXISTS      Create: there is;
//   RESOURCE_EXHAUSTED  the queue is full, or the disk nearly so: try again later;
//   INVALID_ARGUMENT    the write makes no sense: entries leave a gap, one is too large, a snapshot
//   ends
//                       above what is durable;
//   ABORTED             the log has failed (LogListener::OnFailed).
// A write that is refused has changed nothing.
//
// Threads: any.
class LogStore {
 public:
  virtual ~LogStore() = default;

  // A new group. `first` says what it begins with: hard state, snapshot and base count. Completed
  // like a write.
  virtual absl::Status Create(raft::GroupId group, const raft::Recovered& first,
                              raft::WriteTicket ticket) = 0;
  // The same, of one that is kept in memory alone: gone with the process, and never synced.
  // UNIMPLEMENTED: this log keeps no such groups.
  virtual absl::Status CreateInMemory(raft::GroupId group, const raft::Recovered& first,
                                      raft::WriteTicket ticket);
  // Gone at once; its bytes follow later. Completed like a write.
  virtual absl::Status Destroy(raft::GroupId group, raft::WriteTicket ticket) = 0;
  // Takes the contents of `write`, unless it is refused: then the caller still has them.
  virtual absl::Status Submit(Write&& write) = 0;

  // Entries from `first` on, up to `last`, contiguous, at most `bytes_max` (raft::AccountedBytes)
  // but at least one. May read the disk. NOT_FOUND: `first` was never there, or is dead. DATA_LOSS:
  // it is lost, and named in `missing` of the group; an entry that turns out to be damaged now is
  // added there.
  virtual absl::StatusOr<std::vector<raft::Entry>> Read(raft::GroupId group, raft::Index first,
                                                        raft::Index last, size_t bytes_max) = 0;
  // Single entries, also below the snapshot, in the order asked. The same errors, for any of them.
  virtual absl::StatusOr<std::vector<raft::Entry>> ReadSparse(
      raft::GroupId group, std::span<const raft::Index> indexes) = 0;

  // As of now, submissions included.
  virtual absl::StatusOr<RecoveredGroup> Describe(raft::GroupId group) = 0;

  virtual LogStats GetStats() = 0;
};

}  // namespace warren::log
