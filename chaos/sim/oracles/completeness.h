// Oracle: nothing that is committed is missing where it must be.
#pragma once

#include "chaos/sim/oracles/committed_log.h"
#include "chaos/sim/oracles/entry_history.h"
#include "chaos/sim/oracles/member_view.h"
#include "chaos/sim/oracles/verdict.h"
#include "raft/types.h"

namespace warren::sim {

// LeaderCompletenessInv: what was committed in a term is in the log of every leader of a later one.
// ElectionSafetyInv: no log reaches further with entries of a leader's term than the leader's own.
// MoreUpToDateCorrectInv: a log that would get the vote of a member has all that is committed
// there. TransferIsComplete: a leader hands over to nobody whose disk lacks what it has committed.
//
// The model-checked forms of the first and the third speak of the term of the *entry*. With five
// members that is too strong: a leader of term 6 may commit an entry of term 3, and tell a member
// that has only got so far, while a member that was cut off since term 4 holds an entry of that
// term in the same place. It harms nobody: nobody who has seen term 6 votes for it. So what counts
// here is the term in which an entry was *committed*.
class Completeness {
 public:
  // All three outlive this.
  Completeness(const EntryHistory& history, const CommittedLog& committed, Verdict& verdict)
      : history_(history), committed_(committed), verdict_(verdict) {}

  // Requires: leader.Leads().
  void CheckLeader(const MemberView& leader);
  // Would `candidate`, by its log, get the vote of `voter`? Then it has what `voter` has committed.
  void CheckUpToDate(const MemberView& candidate, const MemberView& voter);
  // `leader` has told `target` to campaign at once.
  void CheckTransfer(const MemberView& leader, const MemberView& target);

 private:
  const EntryHistory& history_;
  const CommittedLog& committed_;
  Verdict& verdict_;
};

}  // namespace warren::sim
