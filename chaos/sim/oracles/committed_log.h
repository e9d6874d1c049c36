// Oracle: the one log that the whole group has agreed on.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "chaos/sim/machine.h"
#include "chaos/sim/oracles/member_view.h"
#include "chaos/sim/oracles/verdict.h"
#include "raft/types.h"

namespace warren::sim {

// LogInv: the first member that takes an entry for committed decides what is committed at that
// index for ever, and all others must agree, whenever they get there.
// AppliedAlike: after equal indexes all state machines, and all memberships, are equal; the entries
// come without gap.
// OnlyLeadersCommit: nobody takes for committed what no leader has committed.
// CommitsOwnTerm: what a leader is the first to commit ends with an entry of its own term (Raft
// paper, 5.4.2). What others had committed before it may also learn of piece by piece.
//
// With LogMatchingInv (chaos/sim/oracles/entry_history.h) two logs that agree on the last committed
// entry agree on all before it, so a look at that one is enough.
class CommittedLog {
 public:
  // Logs begin after `start`. `verdict` outlives this.
  CommittedLog(Machine start, Verdict& verdict);

  // The commit index of `member` moved, in a step that it began or ended as the leader of its term
  // (`led`), or as something else.
  void OnCommit(const MemberView& member, bool led);

  // `member` is about to apply `entry` to a machine that has reached `before`. False: it must not.
  [[nodiscard]] bool OnApply(raft::NodeId member, const Machine& before, const raft::Entry& entry);
  // It has done so, and the machine's chain is now `chain`.
  void OnApplied(raft::NodeId member, raft::Index index, uint64_t chain);

  // `member` is in `membership` after the change at `index`.
  void OnMembership(raft::NodeId member, raft::Index index, const raft::Membership& membership);

  raft::EntryId last() const;
  // Requires: start <= index <= last().
  raft::EntryId At(raft::Index index) const;
  // The last entry, not above `index`, that was committed in `term` or earlier: every log that was
  // extended in a later term has it. Index 0 if there is none.
  raft::EntryId LastBy(raft::Term term, raft::Index index) const;

  // All that was applied by anybody.
  const Machine& machine() const { return machine_; }

 private:
  struct Record {
    raft::EntryId id;
    raft::Term by;       // Of the leader that committed it, or a later one's.
    uint64_t chain = 0;  // Of a machine that has applied it; set when the first one has.
  };

  void Extend(const MemberView& member, raft::Term term, bool led);
  const Record& RecordAt(raft::Index index) const;

  raft::EntryHead start_;
  Verdict& verdict_;
  std::vector<Record> records_;  // By index - start_ - 1; `by` never falls.
  Machine machine_;
  std::map<raft::Index, raft::Membership> memberships_;  // By the index of the change.
};

}  // namespace warren::sim
