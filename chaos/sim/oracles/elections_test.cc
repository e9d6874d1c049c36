#include "chaos/sim/oracles/elections.h"

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::NodeId;
using raft::Term;

class ElectionsTest : public testing::Test {
 protected:
  void Vote(const FakeMember& voter, uint64_t candidate, uint64_t term) {
    elections_.OnVote(voter, NodeId(candidate), Term(term));
  }
  void Win(FakeMember& leader, uint64_t term) {
    leader.Leads(term);
    elections_.OnWon(leader);
  }
  std::string Rule() const { return verdict_.IsClean() ? "" : verdict_.first()->rule; }

  Verdict verdict_;
  Elections elections_{verdict_};
  FakeMember one_{1};
  FakeMember two_{2};
  FakeMember three_{3};
};

TEST_F(ElectionsTest, MajorityElects) {
  Vote(one_, 1, 5);
  Vote(two_, 1, 5);
  Win(one_, 5);
  EXPECT_EQ(Rule(), "");
}

TEST_F(ElectionsTest, MinorityDoesNot) {
  Vote(one_, 1, 5);
  Vote(two_, 3, 5);
  Win(one_, 5);
  EXPECT_EQ(Rule(), "ElectionQuorum");
}

TEST_F(ElectionsTest, JointConfigurationNeedsBothHalves) {
  one_.group.voters = {NodeId(1), NodeId(2), NodeId(3)};
  one_.group.outgoing = {NodeId(1), NodeId(4), NodeId(5)};
  Vote(one_, 1, 5);
  Vote(two_, 1, 5);
  Win(one_, 5);
  EXPECT_EQ(Rule(), "ElectionQuorum");
}

TEST_F(ElectionsTest, VoteMayBeRepeatedButNotChanged) {
  Vote(two_, 1, 5);
  Vote(two_, 1, 5);
  Vote(two_, 3, 6);
  EXPECT_EQ(Rule(), "");

  Vote(two_, 3, 5);
  EXPECT_EQ(Rule(), "OneVotePerTerm");
}

TEST_F(ElectionsTest, TwoLeadersOfATermAreAViolation) {
  Vote(one_, 1, 5);
  Vote(two_, 1, 5);
  Win(one_, 5);
  Win(three_, 5);
  EXPECT_EQ(Rule(), "MoreThanOneLeaderInv");
}

TEST_F(ElectionsTest, LeadingATermInTwoLivesIsAViolation) {
  Vote(one_, 1, 5);
  Vote(two_, 1, 5);
  Win(one_, 5);
  one_.lives = 2;
  Win(one_, 5);
  EXPECT_EQ(Rule(), "MoreThanOneLeaderInv");
}

TEST_F(ElectionsTest, AmnesiacThatVotesIsAViolation) {
  two_.HasLog({1});
  two_.image.Rot(raft::Index(1), /*vote_too=*/true);
  Vote(two_, 1, 5);
  EXPECT_EQ(Rule(), "AmnesiacVoted");
}

TEST_F(ElectionsTest, ForgottenVoteForOneselfDoesNotBind) {
  Vote(two_, 2, 5);
  elections_.OnForgot(NodeId(2));
  Vote(two_, 1, 5);
  EXPECT_EQ(Rule(), "");

  elections_.OnForgot(NodeId(2));  // A vote for somebody else does.
  Vote(two_, 3, 5);
  EXPECT_EQ(Rule(), "OneVotePerTerm");
}

}  // namespace
}  // namespace warren::sim
