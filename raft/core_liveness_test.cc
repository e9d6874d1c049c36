// Groups whose host watches nodes: no heartbeats, and no ticks while nothing is owed.
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::Id;
using testing::MakeAck;
using testing::MakePreVote;
using testing::NodeConfig;
using testing::RaftCluster;
using testing::RaftMember;
using testing::SentOf;

constexpr auto kAppend = MessageType::kAppend;

Role RoleOf(const RaftMember& member) { return member.core().role().role; }

// Three members that follow 1, all of them idle.
RaftCluster IdleCluster(const Config& config = NodeConfig()) {
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  cluster.TickWhereWanted({1, 2, 3}, 3);
  return cluster;
}

TEST(RaftLivenessTest, IdleGroupWantsNoTicks) {
  RaftCluster cluster = IdleCluster();
  for (uint64_t id = 1; id <= 3; ++id) {
    EXPECT_FALSE(cluster.core(id).WantsTick()) << id;
    EXPECT_EQ(cluster.core(id).commit(), Index(1));
  }
}

TEST(RaftLivenessTest, IdleGroupSendsNothingThoughItIsTicked) {
  RaftCluster cluster = IdleCluster();
  for (uint64_t id = 1; id <= 3; ++id) cluster.Tick(id, 100);
  EXPECT_TRUE(cluster.network().empty());
  EXPECT_EQ(cluster.Leader(), 1u);
}

TEST(RaftLivenessTest, LeaderWantsTicksWhileAMemberIsBehind) {
  RaftCluster cluster = IdleCluster();
  cluster.Propose(1, "a");
  EXPECT_TRUE(cluster.core(1).WantsTick());
  cluster.Deliver();
  cluster.TickWhereWanted({1, 2, 3}, 2);
  EXPECT_FALSE(cluster.core(1).WantsTick());
}

// A group that goes idle tells of its last commit once, by a tick.
TEST(RaftLivenessTest, LastCommitIsToldByATick) {
  RaftCluster cluster = IdleCluster();
  cluster.Propose(1, "a");
  cluster.Deliver();
  EXPECT_EQ(cluster.core(1).commit(), Index(2));
  EXPECT_EQ(cluster.core(2).commit(), Index(1));
  ASSERT_TRUE(cluster.core(1).WantsTick());
  cluster.Tick(1);
  cluster.Deliver();
  EXPECT_EQ(cluster.core(2).commit(), Index(2));
  EXPECT_EQ(cluster.core(3).commit(), Index(2));
}

TEST(RaftLivenessTest, LostAppendsAreFoundOutByTicks) {
  RaftCluster cluster = IdleCluster();
  cluster.Cut(1, 2);
  for (int i = 0; i < 5; ++i) cluster.Propose(1, std::to_string(i));
  cluster.Deliver();
  cluster.TickWhereWanted({1, 2, 3}, 3);
  cluster.Heal();
  cluster.TickWhereWanted({1, 2, 3}, 4);
  EXPECT_EQ(cluster[2].AppliedPayloads().size(), 5u);
  EXPECT_FALSE(cluster.core(1).WantsTick());
}

TEST(RaftLivenessTest, OpeningEntryThatWasLostIsSentAgain) {
  RaftCluster cluster({1, 2, 3}, NodeConfig());
  cluster.Lose([](const Message& message) { return message.type == kAppend; });
  cluster.Elect(1);
  EXPECT_EQ(cluster.core(1).commit(), Index(0));
  cluster.Heal();
  cluster.TickWhereWanted({1}, 3);
  EXPECT_EQ(cluster.core(1).commit(), Index(1));
  EXPECT_EQ(cluster.core(3).leader(), NodeId(1));
}

TEST(RaftLivenessTest, WordOfTheLastCommitIsRepeatedUntilItArrives) {
  RaftCluster cluster = IdleCluster();
  cluster.Propose(1, "a");
  cluster.Deliver();
  cluster.LoseType(kAppend);
  cluster.TickWhereWanted({1, 2, 3}, 3);
  cluster.Heal();
  ASSERT_EQ(cluster.core(2).commit(), Index(1));
  EXPECT_TRUE(cluster.core(1).WantsTick());
  cluster.TickWhereWanted({1}, 2);
  EXPECT_EQ(cluster.core(2).commit(), Index(2));
  EXPECT_FALSE(cluster.core(1).WantsTick());
}

// ---- Members without a leader -----------------------------------------------------------------

TEST(RaftLivenessTest, RestartedMemberDoesNotCampaignBeforeAnElectionTime) {
  RaftCluster cluster = IdleCluster();
  cluster.Restart(3);
  ASSERT_TRUE(cluster.core(3).WantsTick());
  cluster.Tick(3, 9);
  EXPECT_TRUE(cluster.network().empty());
}

// It would not learn of the leader by waiting: nobody sends heartbeats.
TEST(RaftLivenessTest, LeaderGreetsARestartedMemberThatAsks) {
  RaftCluster cluster = IdleCluster();
  cluster.Restart(3);
  cluster.TickWhereWanted({1, 2, 3}, 25);
  EXPECT_EQ(cluster.core(3).leader(), NodeId(1));
  EXPECT_EQ(cluster.core(3).term(), Term(1));
  EXPECT_FALSE(cluster.core(3).WantsTick());
}

TEST(RaftLivenessTest, LeaderGreetsALearnerThatAsks) {
  Membership membership = testing::VotersOnly({1, 2});
  membership.learners.Insert(NodeId(3));
  RaftCluster cluster(membership, NodeConfig());
  cluster.Elect(1);
  cluster.TickWhereWanted({1, 2, 3}, 3);
  cluster.Restart(3);
  cluster.TickWhereWanted({1, 2, 3}, 25);
  EXPECT_EQ(cluster.core(3).leader(), NodeId(1));
  EXPECT_FALSE(cluster.core(3).WantsTick());
}

TEST(RaftLivenessTest, GreetingSaysWhereTheLogEnds) {
  RaftMember leader(NodeConfig(), {});
  leader.BecomeLeader();
  for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 1));
  leader.Run();
  leader.Receive(MakePreVote({.from = 2, .term = 2}, Id(1, 1)));
  const std::vector<Message> greetings = SentOf(leader.Take(), kAppend);
  ASSERT_EQ(greetings.size(), 2u) << "one to each: others may doubt the leader, too";
  for (const Message& greeting : greetings) {
    EXPECT_EQ(greeting.index, Index(1));
    EXPECT_TRUE(greeting.entries.empty());
  }
}

TEST(RaftLivenessTest, StrangerIsNotGreeted) {
  RaftMember leader(NodeConfig(), {});
  leader.BecomeLeader();
  leader.Receive(MakePreVote({.from = 9, .term = 2}, Id(1, 1)));
  for (const Message& greeting : SentOf(leader.Take(), kAppend)) EXPECT_NE(greeting.to, NodeId(9));
  EXPECT_EQ(RoleOf(leader), Role::kLeader);
}

TEST(RaftLivenessTest, ForgottenLeaderIsNotWaitedFor) {
  RaftCluster cluster = IdleCluster();
  cluster.Step(2, ForgetLeader{});
  EXPECT_TRUE(cluster.core(2).leader().IsNone());
  EXPECT_TRUE(cluster.core(2).WantsTick());
}

TEST(RaftLivenessTest, LeaderIsNotForgottenWhereReadsRelyOnItsLease) {
  Config config = NodeConfig();
  config.read_mode = ReadMode::kLease;
  RaftCluster cluster = IdleCluster(config);
  EXPECT_EQ(cluster.Step(2, ForgetLeader{}).outcome, Outcome::kRefused);
  EXPECT_EQ(cluster.core(2).leader(), NodeId(1));
}

}  // namespace
}  // namespace warren::raft
