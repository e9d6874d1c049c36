// What a member starts from.
#pragma once

#include <vector>

#include "base/interval_set.h"
#include "raft/membership.h"
#include "raft/snapshot.h"
#include "raft/term_runs.h"
#include "raft/types.h"

namespace warren::raft {

// What the host found on disk, or made up for a new group.
struct Recovered {
  HardState hard_state;
  EntryHead base;              // `entries` continue this; {} for a new group.
  std::vector<Entry> entries;  // Contiguous; all durable.
  SnapshotRef snapshot;        // The latest, at or above `base`; null for a new group.
  Membership membership;       // In force after `applied`.
  Index applied;               // What the host's state machine holds; at least base.index.
  TermRuns terms;              // Of live entries below `base`; empty if there are none.
  base::IntervalSet live;      // Entries below `base` that the host still needs.
  Incarnation incarnation;     // Larger than at any start before.
};

}  // namespace warren::raft
