// Oracle: every entry that ever stood in anybody's log.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"

#include "chaos/sim/oracles/verdict.h"
#include "raft/types.h"

namespace warren::sim {

// LogMatchingInv: an (index, term) pair names one entry with one past. Checked without ever
// comparing two logs: each entry that enters a log is looked up here, and must be the same, and
// have the same predecessor, as when the pair was first seen. By induction along the log, two logs
// that agree on a pair agree on everything before it.
//
// LogTime: an entry's time is not below its predecessor's.
class EntryHistory {
 public:
  struct Record {
    raft::Term term;
    raft::Term previous_term;
    raft::LogTime time;
    uint64_t fingerprint = 0;
  };

  // Logs begin after `start`. `verdict` outlives this.
  EntryHistory(raft::EntryHead start, Verdict& verdict);

  // `entry` stands in the log of `member`, after an entry of `previous_term`.
  void OnEntry(raft::NodeId member, raft::Term previous_term, const raft::Entry& entry);

  // Null if no log ever had it. Good until the next OnEntry.
  const Record* Find(raft::EntryId id) const;

  // The largest index that an entry of `term` was ever seen at.
  raft::Index LastOf(raft::Term term) const;

 private:
  void CheckTime(raft::NodeId member, raft::Term previous_term, const raft::Entry& entry);

  raft::EntryHead start_;
  Verdict& verdict_;
  // By index - start_ - 1. Nearly always only one leader reaches an index.
  std::vector<absl::InlinedVector<Record, 1>> by_index_;
  std::vector<raft::Index> last_of_term_;  // By term.
};

}  // namespace warren::sim
