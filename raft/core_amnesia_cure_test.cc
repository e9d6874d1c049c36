// How an amnesiac gets its vote back, in whole groups.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::MakeVote;
using testing::NodeConfig;
using testing::RaftCluster;
using testing::RaftMember;
using testing::SentOf;
using testing::VotersOnly;

bool IsAmnesiac(const RaftMember& member) { return member.core().GetStatus().hard_state.amnesiac; }

// Leads with five entries that every member holds.
RaftCluster BusyCluster(std::initializer_list<uint64_t> voters, const Config& config) {
  RaftCluster cluster(voters, config);
  cluster.Elect(1);
  for (int i = 0; i < 5; ++i) cluster.Propose(1, std::to_string(i));
  cluster.Deliver();
  cluster.TickAll(3);
  return cluster;
}

// The disk of member 3 loses its last entries. `noticed`: its node knows.
void LoseTail(RaftCluster& cluster, size_t entries, bool noticed) {
  Recovered& disk = cluster[3].disk();
  disk.entries.resize(disk.entries.size() - entries);
  const Index last = disk.entries.empty() ? Index() : disk.entries.back().id.index;
  disk.hard_state.commit = std::min(disk.hard_state.commit, last);
  disk.hard_state.amnesiac = noticed;
  cluster.Restart(3);
}

TEST(RaftAmnesiaCureTest, LeaderAndAllOthersCureAnAmnesiac) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster = BusyCluster({1, 2, 3}, config);
    LoseTail(cluster, 3, /*noticed=*/true);
    ASSERT_TRUE(IsAmnesiac(cluster[3]));
    cluster.TickAll(5);
    EXPECT_FALSE(IsAmnesiac(cluster[3]));
    EXPECT_FALSE(cluster[3].disk().hard_state.amnesiac) << "durably";
    EXPECT_EQ(cluster.core(3).last(), cluster.core(1).last());
    EXPECT_EQ(cluster.Leader(), 1u);
    cluster.CheckSameApplied();
  }
}

TEST(RaftAmnesiaCureTest, LossThatNobodyNoticedIsFoundOutAndCured) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster = BusyCluster({1, 2, 3}, config);
    LoseTail(cluster, 3, /*noticed=*/false);
    cluster.Propose(1, "next");
    cluster.Deliver();
    EXPECT_TRUE(IsAmnesiac(cluster[3]));
    cluster.TickAll(10);
    EXPECT_FALSE(IsAmnesiac(cluster[3]));
    EXPECT_EQ(cluster[3].AppliedPayloads(), cluster[1].AppliedPayloads());
  }
}

// The candidate that holds the forgotten vote may be the one that is silent.
TEST(RaftAmnesiaCureTest, OneSilentVoterIsEnoughToPreventTheCure) {
  RaftCluster cluster = BusyCluster({1, 2, 3, 4, 5}, GroupConfig());
  cluster.Isolate(5);
  LoseTail(cluster, 2, /*noticed=*/true);
  cluster.TickAll(20);
  EXPECT_TRUE(IsAmnesiac(cluster[3]));
  EXPECT_EQ(cluster.core(3).last(), cluster.core(1).last()) << "it takes entries meanwhile";
  cluster.Heal();
  cluster.TickAll(5);
  EXPECT_FALSE(IsAmnesiac(cluster[3]));
}

TEST(RaftAmnesiaCureTest, CuredMemberVotesInLaterTermsOnly) {
  RaftCluster cluster = BusyCluster({1, 2, 3}, GroupConfig());
  LoseTail(cluster, 2, /*noticed=*/true);
  cluster.TickAll(5);
  ASSERT_FALSE(IsAmnesiac(cluster[3]));
  EXPECT_EQ(cluster.core(3).GetStatus().hard_state.vote, NodeId(1));
  cluster.core(3).Step(ForgetLeader{});
  const auto answer = [&](uint64_t term) {
    cluster[3].Receive(MakeVote({.from = 2, .to = 3, .term = term}, Id(99, term - 1)));
    return SentOf(cluster[3].Take(), MessageType::kVoteResponse).at(0);
  };
  EXPECT_TRUE(answer(1).reject);
  EXPECT_FALSE(answer(2).reject);
}

// The group must not lose what it confirmed, though the amnesiac was one of those who held it.
TEST(RaftAmnesiaCureTest, ConfirmedEntriesSurviveTheLossOfOneDisk) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.TickAll(2);
  cluster.Isolate(2);
  cluster.Propose(1, "confirmed");
  cluster.Deliver();
  ASSERT_EQ(cluster[1].AppliedPayloads(), std::vector<std::string>{"confirmed"});
  LoseTail(cluster, 1, /*noticed=*/true);
  cluster.Heal();
  cluster.Isolate(1);  // Only 1 still holds it; 2 and 3 are a majority.
  cluster.TickAll(100);
  EXPECT_EQ(cluster.Leader(), 0u) << "3 gives 2 no vote";
  cluster.Heal();
  for (int i = 0; i < 100 && cluster.Leader() == 0; ++i) cluster.TickAll();
  cluster.TickAll(20);
  for (uint64_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(cluster[id].AppliedPayloads(), std::vector<std::string>{"confirmed"}) << id;
  }
  EXPECT_FALSE(IsAmnesiac(cluster[3]));
}

TEST(RaftAmnesiaCureTest, MemberThatLostEverythingIsCuredBySnapshot) {
  RaftCluster cluster = BusyCluster({1, 2, 3}, GroupConfig());
  cluster[1].TakeSnapshot();
  cluster[1].Compact(cluster.core(1).applied().value());
  LoseTail(cluster, cluster[3].disk().entries.size(), /*noticed=*/true);
  cluster.TickAll(10);
  EXPECT_EQ(cluster[3].installed().size(), 1u);
  EXPECT_FALSE(IsAmnesiac(cluster[3]));
  EXPECT_EQ(cluster.core(3).applied(), cluster.core(1).applied());
}

TEST(RaftAmnesiaCureTest, GroupOfOneStartsWithItsLossNamedByItsHost) {
  RaftMember member(GroupConfig(),
                    {.membership = VotersOnly({1}), .term = 3, .log = {3}, .amnesiac = true});
  EXPECT_FALSE(IsAmnesiac(member));
  member.BecomeLeader();
  EXPECT_EQ(member.core().role().role, Role::kLeader);
}

// ---- Forgiveness ------------------------------------------------------------------------------

TEST(RaftAmnesiaCureTest, GroupOfAmnesiacsWaitsForAnOperator) {
  RaftCluster cluster = BusyCluster({1, 2, 3}, GroupConfig());
  for (uint64_t id = 1; id <= 3; ++id) {
    cluster[id].disk().hard_state.amnesiac = true;
    cluster.Restart(id);
  }
  cluster.TickAll(100);
  EXPECT_EQ(cluster.Leader(), 0u);
  for (const uint64_t id : {1u, 2u}) {
    EXPECT_EQ(cluster.Step(id, ForgiveAmnesia{}).outcome, Outcome::kDone);
  }
  for (int i = 0; i < 100 && cluster.Leader() == 0; ++i) cluster.TickAll();
  EXPECT_NE(cluster.Leader(), 0u);
  cluster.TickAll(5);
  EXPECT_FALSE(IsAmnesiac(cluster[3])) << "the leader cures the third";
}

TEST(RaftAmnesiaCureTest, OnlyAnAmnesiacIsForgiven) {
  RaftMember member(GroupConfig(), {});
  EXPECT_EQ(member.Step(ForgiveAmnesia{}).outcome, Outcome::kRefused);
}

}  // namespace
}  // namespace warren::raft
