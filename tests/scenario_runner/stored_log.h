// A member's disk, as far as a scenario needs one.
#pragma once

#include <vector>

#include "absl/status/status.h"

#include "raft/snapshot.h"
#include "raft/types.h"

namespace warren::scenario_runner {

// The log as it would be found after a crash: what was written, as opposed to what the core
// knows. Scripts look at it with raft-log, and compact it.
//
// Errors: what a script can cause is a Status; what only a broken core can cause (a gap between
// what is stored and what is appended) stops the process.
class StoredLog {
 public:
  StoredLog() = default;
  explicit StoredLog(raft::EntryId base) : base_(base) {}

  // Replaces what is there from the first of `entries` on. What was compacted stays away.
  void Append(const std::vector<raft::Entry>& entries);

  // The snapshot takes the place of everything. FAILED_PRECONDITION if an equal or later one was
  // installed before.
  absl::Status Install(const raft::Snapshot& snapshot);

  // Drops everything up to `index`. OUT_OF_RANGE if that is gone already, or not there yet.
  absl::Status Compact(raft::Index index);

  raft::Index FirstIndex() const { return base_.index + 1; }
  raft::Index LastIndex() const { return base_.index + entries_.size(); }
  const std::vector<raft::Entry>& entries() const { return entries_; }

 private:
  raft::EntryId base_;  // entries_ continue this.
  std::vector<raft::Entry> entries_;
  raft::Index installed_;
};

}  // namespace warren::scenario_runner
