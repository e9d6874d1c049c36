// What a group's log should look like: written to be read, not to be fast.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interval_set.h"
#include "chaos/crash/entry_book.h"
#include "raft/recovered.h"
#include "raft/types.h"
#include "replication/log/log_store.h"

namespace warren::crash {

// One state of one group. It knows entries by their names; EntryBook has their bytes.
//
// Threads: a plain value.
struct GroupModel {
  bool exists = false;
  uint64_t life = 0;
  raft::HardState hard_state;
  raft::SnapshotRef snapshot;
  raft::EntryHead base;
  // Of the entries 1 to last, dead ones included; 0: nobody knows.
  std::vector<raft::Term> terms;
  base::IntervalSet live;     // At or below base, what the snapshot keeps.
  base::IntervalSet missing;  // Needed, and not there.

  raft::EntryId Last() const;
  raft::Term TermAt(raft::Index index) const;  // 0: no such entry, or its term is not known.
  bool IsAbove(raft::Index index) const;       // Above base, up to last.
  bool Needs(raft::Index index) const;         // Missing or not.
  base::IntervalSet Needed() const;

  void Create(uint64_t new_life, const raft::Recovered& first);
  void Destroy();
  void Apply(const log::Write& write);
  // As it was found, for going on from there.
  void Adopt(const log::RecoveredGroup& found);

 private:
  void Install(const raft::SnapshotRef& leaders);
  void Append(const std::vector<raft::Entry>& entries);
  void TakeSnapshot(const raft::SnapshotRef& own);
};

bool SameSnapshot(const raft::SnapshotRef& a, const raft::SnapshotRef& b);

// What is wrong with `found`, if this is how the group should look; nullopt: nothing.
std::optional<std::string> Compare(const GroupModel& model, const log::RecoveredGroup& found);

// The same; null: it was not found.
std::optional<std::string> CompareOrAbsent(const GroupModel& model,
                                           const log::RecoveredGroup* found);

// "last 7@2, base 3@1, ..."
std::string Describe(const GroupModel& model);

}  // namespace warren::crash
