// What stands for the part of a log that is gone.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/interval_set.h"
#include "raft/membership.h"
#include "raft/term_runs.h"
#include "raft/types.h"

namespace warren::raft {

// The state of a group after the entry `last`. A queue's state holds positions, not messages:
// messages that wait in the queue stay where they are in the log. So the log below a snapshot
// does not vanish, it becomes sparse: `live` names the entries there that must be kept, and
// `terms` still tells the term of each.
struct Snapshot {
  EntryHead last;
  Membership membership;   // In force after `last` was applied.
  TermRuns terms;          // Covers at least [live.First(), last.id.index].
  base::IntervalSet live;  // Raft indexes <= last.id.index.
  base::Bytes state;       // The host's state machine; opaque here.
};

// Immutable and shared: a snapshot stands in messages, outputs and the log at once.
using SnapshotRef = std::shared_ptr<const Snapshot>;

}  // namespace warren::raft
