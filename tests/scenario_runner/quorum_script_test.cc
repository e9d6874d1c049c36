#include "tests/scenario_runner/quorum_script.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/scenario_runner/ack_picture.h"

namespace warren::scenario_runner {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string Answer(std::string_view command) {
  const absl::StatusOr<Script> script = Script::Parse(std::string(command) + "\n----\n");
  EXPECT_TRUE(script.ok()) << script.status();
  return RunQuorumCommand(script->blocks().front());
}

TEST(AckPictureTest, BarCountsTheVotersBehind) {
  const raft::NodeSet voters = {raft::NodeId(1), raft::NodeId(2), raft::NodeId(10)};
  const Acks acks = {{raft::NodeId(1), raft::Index(12)}, {raft::NodeId(10), raft::Index(12)}};
  EXPECT_EQ(DrawAcks(voters, acks),
            "       idx\n"
            "x>      12    (id=1)\n"
            "?        0    (id=2)\n"
            "x>      12    (id=a)\n");
}

TEST(QuorumScriptTest, NobodyCommitsEverything) {
  EXPECT_EQ(Answer("committed"), "<empty majority quorum>∞\n");
}

TEST(QuorumScriptTest, MajorityDecidesWhatIsCommitted) {
  EXPECT_EQ(Answer("committed cfg=(1,2,3) idx=(9,7,_)"),
            "       idx\n"
            "xx>      9    (id=1)\n"
            "x>       7    (id=2)\n"
            "?        0    (id=3)\n"
            "7\n");
}

TEST(QuorumScriptTest, SlowerHalfDecidesWhileJoint) {
  EXPECT_THAT(Answer("committed cfg=(1,2) cfgj=(2,3) idx=(9,8,7)"), EndsWith(")\n7\n"));
  EXPECT_THAT(Answer("committed cfg=(1,2,3) cfgj=zero idx=(9,8,7)"), EndsWith(")\n8\n"));
}

TEST(QuorumScriptTest, VotersAreCountedInTheOrderInWhichTheyAreNamed) {
  EXPECT_THAT(Answer("committed cfg=(3,1) cfgj=(1,2) idx=(5,6,_)"),
              HasSubstr(">      6    (id=1)\n?        0    (id=2)\nx>       5    (id=3)\n"));
}

TEST(QuorumScriptTest, VotesAreWonLostOrPending) {
  EXPECT_EQ(Answer("vote cfg=(1,2,3) votes=(y,_,y)"), "VoteWon\n");
  EXPECT_EQ(Answer("vote cfg=(1,2,3) votes=(y,_,n)"), "VotePending\n");
  EXPECT_EQ(Answer("vote cfg=(1,2,3) votes=(n,_,n)"), "VoteLost\n");
  EXPECT_EQ(Answer("vote cfg=(1) cfgj=(2) votes=(y,_)"), "VotePending\n");
  EXPECT_EQ(Answer("vote cfg=(1) cfgj=(2) votes=(_,n)"), "VoteLost\n");
}

TEST(QuorumScriptTest, InputMustFitTheVoters) {
  EXPECT_EQ(Answer("committed cfg=(1,2) idx=(3)"),
            "error: mismatched input (explicit or _) for voters [1 2]: [3]");
  EXPECT_EQ(Answer("vote cfg=(1) votes=(x)"), "a vote is y, n or _, not 'x'");
  EXPECT_EQ(Answer("committed cfg=(1) idx=(0)"), "not an index above 0, nor _: '0'");
  EXPECT_EQ(Answer("elect cfg=(1) idx=(1)"), "unknown command: elect");
}

}  // namespace
}  // namespace warren::scenario_runner
