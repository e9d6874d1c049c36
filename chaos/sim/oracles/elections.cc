#include "chaos/sim/oracles/elections.h"

#include <algorithm>

#include "fmt/format.h"

namespace warren::sim {

using raft::NodeId;
using raft::Term;

void Elections::OnVote(const MemberView& voter, NodeId candidate, Term term) {
  if (voter.disk().hard_state().amnesiac) {
    verdict_.Violated(
        "AmnesiacVoted",
        fmt::format("{} may have forgotten earlier votes, and voted for {} in term {}",
                    Describe(voter), Describe(candidate), term.value()));
  }
  const auto [vote, is_first] = Of(term).votes.emplace(voter.id(), candidate);
  if (is_first || vote->second == candidate) return;
  verdict_.Violated(
      "OneVotePerTerm",
      fmt::format("{} voted for {} in term {}, and before that for {}", Describe(voter),
                  Describe(candidate), term.value(), Describe(vote->second)));
}

void Elections::OnForgot(NodeId member) {
  for (Ballot& ballot : ballots_) {
    const auto vote = ballot.votes.find(member);
    if (vote != ballot.votes.end() && vote->second == member) ballot.votes.erase(vote);
  }
}

void Elections::OnWon(const MemberView& leader) {
  Ballot& ballot = Of(leader.term());
  if (!ballot.leader.IsNone()) {
    verdict_.Violated(
        "MoreThanOneLeaderInv",
        fmt::format("{} leads in its life {}, but this term was already led by {} in its life {}",
                    Describe(leader), leader.life(), Describe(ballot.leader), ballot.life));
    return;
  }
  ballot.leader = leader.id();
  ballot.life = leader.life();
  const raft::Membership& membership = leader.membership();
  if (IsMajority(membership.voters, ballot, leader.id()) &&
      (!membership.IsJoint() || IsMajority(membership.outgoing, ballot, leader.id()))) {
    return;
  }
  verdict_.Violated("ElectionQuorum", fmt::format("{} leads without a majority of {}",
                                                  Describe(leader), Describe(membership)));
}

bool Elections::IsMajority(const raft::NodeSet& voters, const Ballot& ballot, NodeId candidate) {
  const auto granted = std::count_if(voters.begin(), voters.end(), [&](NodeId voter) {
    const auto vote = ballot.votes.find(voter);
    return vote != ballot.votes.end() && vote->second == candidate;
  });
  return static_cast<size_t>(granted) * 2 > voters.size();
}

Elections::Ballot& Elections::Of(Term term) {
  if (term.value() >= ballots_.size()) ballots_.resize(term.value() + 1);
  return ballots_[term.value()];
}

}  // namespace warren::sim
