#include "raft/vote_tally.h"

#include "gtest/gtest.h"

#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::Nodes;
using testing::VotersOnly;

TEST(VoteTallyTest, MajorityWins) {
  const Membership membership = VotersOnly({1, 2, 3});
  VoteTally votes;
  votes.Record(NodeId(1), true);
  EXPECT_EQ(votes.Result(membership), VoteResult::kPending);
  votes.Record(NodeId(3), true);
  EXPECT_EQ(votes.Result(membership), VoteResult::kWon);
}

TEST(VoteTallyTest, MajorityAgainstLoses) {
  const Membership membership = VotersOnly({1, 2, 3});
  VoteTally votes;
  votes.Record(NodeId(1), true);
  votes.Record(NodeId(2), false);
  votes.Record(NodeId(3), false);
  EXPECT_EQ(votes.Result(membership), VoteResult::kLost);
}

TEST(VoteTallyTest, FirstAnswerOfAMemberCounts) {
  VoteTally votes;
  votes.Record(NodeId(2), false);
  votes.Record(NodeId(2), true);
  EXPECT_EQ(votes.AnswerOf(NodeId(2)), false);
  votes.Record(NodeId(3), true);
  votes.Record(NodeId(3), false);
  EXPECT_EQ(votes.AnswerOf(NodeId(3)), true);
}

TEST(VoteTallyTest, MemberThatHasNotAnsweredHasNoAnswer) {
  EXPECT_EQ(VoteTally().AnswerOf(NodeId(1)), std::nullopt);
}

TEST(VoteTallyTest, AnswersOfLearnersAndStrangersDoNotCount) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.learners = Nodes({4});
  VoteTally votes;
  votes.Record(NodeId(1), true);
  votes.Record(NodeId(4), true);
  votes.Record(NodeId(9), false);
  EXPECT_EQ(votes.Result(membership), VoteResult::kPending);
  EXPECT_EQ(votes.Granted(membership), 1u);
  EXPECT_EQ(votes.Rejected(membership), 0u);
}

TEST(VoteTallyTest, JointElectionNeedsBothHalves) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.outgoing = Nodes({1, 4, 5});
  VoteTally votes;
  votes.Record(NodeId(1), true);
  votes.Record(NodeId(2), true);
  EXPECT_EQ(votes.Result(membership), VoteResult::kPending);
  votes.Record(NodeId(5), true);
  EXPECT_EQ(votes.Result(membership), VoteResult::kWon);
  EXPECT_EQ(votes.Granted(membership), 3u);
}

}  // namespace
}  // namespace warren::raft
