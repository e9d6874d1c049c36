// The state machine of scenarios: what was proposed, one after the other.
#pragma once

#include <string_view>

#include "raft/membership.h"
#include "raft/snapshot.h"
#include "raft/types.h"

namespace warren::scenario_runner {

// Takes a snapshot with every entry, so that its member can always serve the newest one.
class Appender {
 public:
  Appender() = default;
  explicit Appender(raft::SnapshotRef start) : latest_(std::move(start)) {}

  // `members` is the configuration in force once the entry is applied. An entry that a restored
  // snapshot covers changes nothing: it was on its way to be applied when that came.
  void Apply(const raft::EntryHead& entry, std::string_view update,
             const raft::Membership& members);
  void Restore(raft::SnapshotRef snapshot) { latest_ = std::move(snapshot); }

  const raft::SnapshotRef& latest() const { return latest_; }  // Null before the first entry.

 private:
  raft::SnapshotRef latest_;
};

// A snapshot that ends at `last` and keeps no entry below it.
raft::SnapshotRef MakeSnapshot(const raft::EntryHead& last, const raft::Membership& members,
                               std::string_view state);

}  // namespace warren::scenario_runner
