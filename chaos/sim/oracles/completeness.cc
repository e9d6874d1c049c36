#include "chaos/sim/oracles/completeness.h"

#include "fmt/format.h"

namespace warren::sim {

using raft::EntryId;
using raft::Term;

void Completeness::CheckLeader(const MemberView& leader) {
  const Term earlier = leader.term() - 1;
  const EntryId owed = committed_.LastBy(earlier, committed_.last().index);
  if (!leader.Holds(owed)) {
    verdict_.Violated("LeaderCompletenessInv",
                      fmt::format("{} leads, and lacks {}, which was committed in an earlier term",
                                  Describe(leader), Describe(owed)));
  }
  if (history_.LastOf(leader.term()) > leader.last().index) {
    verdict_.Violated("ElectionSafetyInv",
                      fmt::format("{} leads, and somebody has an entry {} of its term",
                                  Describe(leader), history_.LastOf(leader.term()).value()));
  }
}

void Completeness::CheckUpToDate(const MemberView& candidate, const MemberView& voter) {
  const EntryId last = candidate.last();
  const EntryId other = voter.last();
  if (last.term < other.term || (last.term == other.term && last.index < other.index)) return;
  const EntryId owed = committed_.LastBy(other.term, voter.commit());
  if (candidate.Holds(owed)) return;
  verdict_.Violated("MoreUpToDateCorrectInv",
                    fmt::format("{} lacks {}, which {} knows to be committed and would vote for it",
                                Describe(candidate), Describe(owed), Describe(voter)));
}

void Completeness::CheckTransfer(const MemberView& leader, const MemberView& target) {
  const EntryId owed = committed_.LastBy(leader.term(), leader.commit());
  if (target.HoldsDurably(owed)) return;
  verdict_.Violated("TransferIsComplete",
                    fmt::format("{} tells {} to campaign, whose disk lacks {}", Describe(leader),
                                Describe(target), Describe(owed)));
}

}  // namespace warren::sim
