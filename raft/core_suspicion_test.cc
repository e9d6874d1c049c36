// What a host says of nodes, and what their groups make of it.
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::Id;
using testing::MakeAppend;
using testing::MakeChange;
using testing::NodeConfig;
using testing::RaftCluster;
using testing::RaftMember;
using testing::Remove;

Role RoleOf(const RaftMember& member) { return member.core().role().role; }

// Three members that follow 1, all of them idle.
RaftCluster IdleCluster(const Config& config = NodeConfig()) {
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  cluster.TickWhereWanted({1, 2, 3}, 3);
  return cluster;
}

// ---- Suspicion --------------------------------------------------------------------------------

uint32_t TicksToCampaign(RaftMember& member) {
  uint32_t ticks = 0;
  while (RoleOf(member) == Role::kFollower && ticks < 100) {
    member.Tick();
    ++ticks;
  }
  return ticks;
}

TEST(RaftSuspicionTest, SuspicionLeavesTheRandomPartOfTheTimeout) {
  std::set<uint32_t> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Config config = NodeConfig();
    config.seed = seed;
    RaftMember member(config, {.term = 1});
    member.Receive(MakeAppend({.term = 1}, Id(0, 0), {}));
    member.Step(LeaderSuspected{});
    EXPECT_TRUE(member.core().WantsTick());
    const uint32_t ticks = TicksToCampaign(member);
    ASSERT_LE(ticks, config.election_ticks);
    seen.insert(ticks);
  }
  EXPECT_GT(seen.size(), 5u);
}

// A host may tick a group that does not want it; all of its members would campaign at once.
TEST(RaftSuspicionTest, TicksInTimesOfTrustDoNotUseTheTimeoutUp) {
  std::set<uint32_t> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Config config = NodeConfig();
    config.seed = seed;
    RaftMember member(config, {.term = 1});
    member.Receive(MakeAppend({.term = 1}, Id(0, 0), {}));
    member.Tick(1000);
    member.Step(LeaderSuspected{});
    seen.insert(TicksToCampaign(member));
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST(RaftSuspicionTest, GroupOfASuspectedLeaderElectsAnother) {
  RaftCluster cluster = IdleCluster();
  cluster.Isolate(1);
  for (const uint64_t id : {2u, 3u}) cluster.Step(id, LeaderSuspected{});
  cluster.TickWhereWanted({2, 3}, 30);
  EXPECT_GE(cluster.Leader(), 2u);
  EXPECT_EQ(cluster.core(2).term(), Term(2));
}

TEST(RaftSuspicionTest, TrustRegainedEndsTheWait) {
  RaftCluster cluster = IdleCluster();
  cluster.Step(2, LeaderSuspected{});
  cluster.Step(2, LeaderTrusted{});
  EXPECT_FALSE(cluster.core(2).WantsTick());
  cluster.Tick(2, 100);
  EXPECT_EQ(RoleOf(cluster[2]), Role::kFollower);
}

// The leader stepped down and only 3 knows it; 2 trusts its node, which lives, and so refuses 3.
TEST(RaftSuspicionTest, LeaderThatIsSilentWhenItIsCalledForIsNotTrusted) {
  RaftCluster cluster = IdleCluster();
  cluster.Step(1, QuorumReachable{.reachable = false});
  ASSERT_EQ(cluster.core(2).leader(), NodeId(1));
  cluster.Cut(1, 3);
  cluster.Step(3, ForgetLeader{});
  cluster.TickWhereWanted({2, 3}, 60);
  EXPECT_GE(cluster.Leader(), 2u);
}

TEST(RaftSuspicionTest, OneMembersSuspicionDoesNotDeposeALeaderThatOthersTrust) {
  RaftCluster cluster = IdleCluster();
  cluster.Cut(1, 2);
  cluster.Step(2, LeaderSuspected{});
  cluster.TickWhereWanted({2, 3}, 100);
  EXPECT_EQ(cluster.Leader(), 1u);
  EXPECT_EQ(cluster.core(3).term(), Term(1));
}

// The host has said what it had to say, and the message says nothing of the node that sent it.
TEST(RaftSuspicionTest, LateMessageOfASuspectedLeaderDoesNotLiftTheSuspicion) {
  RaftMember member(NodeConfig(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), {}));
  member.Step(LeaderSuspected{});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), {}));
  EXPECT_TRUE(member.core().WantsTick());
  member.Tick(30);
  EXPECT_EQ(RoleOf(member), Role::kPreCandidate);
}

TEST(RaftSuspicionTest, NewLeaderIsTrustedUntilTheHostSaysOtherwise) {
  RaftMember member(NodeConfig(), {.term = 1});
  member.Receive(MakeAppend({.from = 2, .term = 1}, Id(0, 0), {}));
  member.Step(LeaderSuspected{});
  member.Receive(MakeAppend({.from = 3, .term = 2}, Id(0, 0), {}));
  EXPECT_FALSE(member.core().WantsTick());
}

// ---- Losing the majority ----------------------------------------------------------------------

TEST(RaftSuspicionTest, LeaderWhoseNodeLosesTheMajorityStepsDown) {
  RaftCluster cluster = IdleCluster();
  cluster.Step(1, QuorumReachable{false});
  EXPECT_EQ(cluster.core(1).role(), RoleState());
  EXPECT_TRUE(cluster.core(1).WantsTick());
}

TEST(RaftSuspicionTest, WithoutTheQuorumCheckItStays) {
  Config config = NodeConfig();
  config.check_quorum = false;
  RaftCluster cluster = IdleCluster(config);
  cluster.Step(1, QuorumReachable{false});
  EXPECT_EQ(RoleOf(cluster[1]), Role::kLeader);
}

TEST(RaftSuspicionTest, SilenceOfAGroupDoesNotDeposeItsLeader) {
  RaftCluster cluster = IdleCluster();
  for (const uint64_t id : {2u, 3u}) cluster.Isolate(id);
  cluster.Tick(1, 200);
  EXPECT_EQ(RoleOf(cluster[1]), Role::kLeader);
}

// Its followers go on trusting its node. They must not take that for a leader.
TEST(RaftSuspicionTest, LeaderThatSteppedDownIsElectedAgainByThoseWhoTrustItsNode) {
  RaftCluster cluster = IdleCluster();
  cluster.Step(1, QuorumReachable{false});
  cluster.Step(1, QuorumReachable{true});
  cluster.TickWhereWanted({1, 2, 3}, 60);
  EXPECT_EQ(cluster.Leader(), 1u);
}

TEST(RaftSuspicionTest, LeaderThatRestartedIsElectedAgainByThoseWhoTrustItsNode) {
  RaftCluster cluster = IdleCluster();
  cluster.Restart(1);
  cluster.TickWhereWanted({1, 2, 3}, 60);
  EXPECT_NE(cluster.Leader(), 0u);
}

// Its node lives on, and it never campaigns again.
TEST(RaftSuspicionTest, LeaderThatWasRemovedIsNotWaitedFor) {
  RaftCluster cluster = IdleCluster();
  cluster.ProposeChange(1, MakeChange({Remove(1)}));
  cluster.Deliver();
  cluster.TickWhereWanted({1, 2, 3}, 100);
  EXPECT_GE(cluster.Leader(), 2u);
}

}  // namespace
}  // namespace warren::raft
