// Oracle: who was elected, and by whom.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "chaos/sim/oracles/member_view.h"
#include "chaos/sim/oracles/verdict.h"
#include "raft/types.h"

namespace warren::sim {

// MoreThanOneLeaderInv: a term has one leader, and the same process from beginning to end: a member
// that led, restarted and led the same term again would give the same names to other entries.
// OneVotePerTerm: whoever grants two votes in a term, before and after whatever crash, has
// forgotten the first one.
// ElectionQuorum: a leader was granted the votes of a majority, of both halves while joint.
// AmnesiacVoted: a member whose disk says that it may have forgotten promises gives none.
class Elections {
 public:
  // `verdict` outlives this.
  explicit Elections(Verdict& verdict) : verdict_(verdict) {}

  // `voter` has let a vote for `candidate` leave, or has counted its own.
  void OnVote(const MemberView& voter, raft::NodeId candidate, raft::Term term);
  // `member` has lost what it had promised. That it voted for itself does not matter any more: the
  // candidate that counted on it is gone.
  void OnForgot(raft::NodeId member);
  // `leader` begins to lead.
  void OnWon(const MemberView& leader);

 private:
  struct Ballot {
    raft::NodeId leader;
    uint64_t life = 0;
    std::map<raft::NodeId, raft::NodeId> votes;  // Voter to candidate.
  };

  Ballot& Of(raft::Term term);
  static bool IsMajority(const raft::NodeSet& voters, const Ballot& ballot, raft::NodeId candidate);

  Verdict& verdict_;
  std::vector<Ballot> ballots_;  // By term.
};

}  // namespace warren::sim
