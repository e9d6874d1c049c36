// The state machine that the simulated group replicates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/interval_set.h"
#include "raft/membership.h"
#include "raft/snapshot.h"
#include "raft/term_runs.h"
#include "raft/types.h"

namespace warren::sim {

// What clients write: "here is a message, and these messages have been settled".
struct Command {
  uint64_t id = 0;       // Unique in a run.
  uint64_t settles = 0;  // How many messages are settled.
  uint64_t pick = 0;     // Which ones: see Machine.
  size_t padding = 0;

  base::Bytes Encode() const;
  static std::optional<Command> Decode(std::string_view payload);
};

// A number for the content of an entry, all of it.
uint64_t Fingerprint(const raft::Entry& entry);

// A queue reduced to what matters to the log below it: which entries are still needed. An entry is
// live from the command that brings it until a later command settles it; once dead, it stays dead.
// A chain over all entries applied tells two histories apart.
//
// Deterministic: equal sequences of entries give equal machines.
class Machine {
 public:
  Machine() = default;
  // The state after `snapshot`.
  explicit Machine(const raft::Snapshot& snapshot);

  // Requires: the entry after last().
  void Apply(const raft::Entry& entry);

  raft::SnapshotRef TakeSnapshot(const raft::Membership& membership) const;

  const raft::EntryHead& last() const { return last_; }
  uint64_t chain() const { return chain_; }
  const base::IntervalSet& live() const { return live_; }

 private:
  static constexpr uint64_t kLiveMax = 48;  // Above this, each command settles two.

  void Settle(uint64_t pick);

  raft::EntryHead last_;
  uint64_t chain_ = 0;
  base::IntervalSet live_;
  raft::TermRuns terms_;  // From the first live entry, or last_, to last_.
};

}  // namespace warren::sim
