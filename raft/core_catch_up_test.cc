// Members that catch up from disk or by snapshot, in whole groups.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::AddVoter;
using testing::GroupConfig;
using testing::Id;
using testing::In;
using testing::IndexesOf;
using testing::MakeAck;
using testing::MakeChange;
using testing::MakeReject;
using testing::NodeConfig;
using testing::RaftCluster;
using testing::RaftMember;
using testing::VotersOnly;

constexpr auto kAppend = MessageType::kAppend;
constexpr auto kSnapshot = MessageType::kSnapshot;

// ---- Entries that are on disk only ------------------------------------------------------------

// Leads in term 2 with entries 1 to 5 of term 1, of which 1 to 3 are not in memory.
RaftMember EvictedLeader(Config config = GroupConfig()) {
  RaftMember leader(config, {.term = 1, .log = {1, 1, 1, 1, 1}, .commit = 5});
  leader.Run();
  leader.Step(Evict{Index(3)});
  leader.BecomeLeader();
  return leader;
}

void AskFromTheStart(RaftMember& leader) {
  leader.Receive(MakeReject({.from = 2, .term = 2}, /*rejected=*/5, Id(0, 0)));
}

TEST(RaftCatchUpTest, EntriesThatWereEvictedAreAskedFor) {
  RaftMember leader = EvictedLeader();
  AskFromTheStart(leader);
  const Output& output = leader.Take();
  ASSERT_EQ(output.loads.size(), 1u);
  EXPECT_EQ(output.loads[0].peer, NodeId(2));
  EXPECT_EQ(output.loads[0].first, Index(1));
  EXPECT_EQ(output.loads[0].last, Index(3));
  EXPECT_TRUE(In(output.send_now, kAppend, 2).empty());
}

TEST(RaftCatchUpTest, EntriesAreAskedForOnce) {
  RaftMember leader = EvictedLeader();
  AskFromTheStart(leader);
  leader.Take();
  leader.Receive(testing::MakeMessage(MessageType::kHeartbeatResponse, {.from = 2, .term = 2}));
  leader.Propose("x");
  EXPECT_TRUE(leader.Take().loads.empty());
}

TEST(RaftCatchUpTest, LoadedEntriesAreSent) {
  RaftMember leader = EvictedLeader();
  AskFromTheStart(leader);
  leader.Take();
  leader.Finish();
  const std::vector<Message> appends = In(leader.Take().send_now, kAppend, 2);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(appends[0].index, Index(0));
  EXPECT_EQ(IndexesOf(appends[0].entries), (std::vector<uint64_t>{1, 2, 3}));
}

TEST(RaftCatchUpTest, EntriesThatAreGoneMeanASnapshot) {
  RaftMember leader = EvictedLeader();
  leader.TakeSnapshot();
  AskFromTheStart(leader);
  leader.Take();
  leader.Step(Loaded{.peer = NodeId(2), .first = Index(1), .entries = {}});
  EXPECT_EQ(In(leader.Take().send_now, kSnapshot, 2).size(), 1u);
}

TEST(RaftCatchUpTest, MemberThatAnsweredMeanwhileIsNotHeldUpByALoad) {
  RaftMember leader = EvictedLeader();
  AskFromTheStart(leader);
  leader.Take();
  leader.Receive(MakeAck({.from = 2, .term = 2}, 5));
  EXPECT_TRUE(leader.core().HasOutput());
  const std::vector<Message> appends = In(leader.Take().send_now, kAppend, 2);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(IndexesOf(appends[0].entries), std::vector<uint64_t>{6});
}

TEST(RaftCatchUpTest, LoadedEntriesThatAreNotWantedAnyMoreAreDropped) {
  RaftMember leader = EvictedLeader();
  AskFromTheStart(leader);
  leader.Take();
  leader.Receive(MakeAck({.from = 2, .term = 2}, 5));
  leader.Take();
  const std::vector<Entry> entries = testing::MakeEntries(1, {1, 1, 1});
  leader.Step(Loaded{.peer = NodeId(2), .first = Index(1), .entries = entries});
  EXPECT_TRUE(In(leader.Take().send_now, kAppend, 2).empty());
}

TEST(RaftCatchUpTest, AnswerToALoadThatNobodyAskedForIsIgnored) {
  RaftMember leader = EvictedLeader();
  const std::vector<Entry> entries = testing::MakeEntries(1, {1, 1, 1});
  leader.Step(Loaded{.peer = NodeId(2), .first = Index(1), .entries = entries});
  leader.Step(Loaded{.peer = NodeId(9), .first = Index(1), .entries = entries});
  EXPECT_FALSE(leader.core().HasOutput());
  RaftMember follower(GroupConfig(), {});
  follower.Step(Loaded{.peer = NodeId(2), .first = Index(1), .entries = entries});
  EXPECT_FALSE(follower.core().HasOutput());
}

TEST(RaftCatchUpTest, EvictionStopsAtWhatIsNotApplied) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 2});
  member.Run();
  member.Step(Evict{Index(3)});
  EXPECT_EQ(IndexesOf(member.core().EntriesInMemory()), std::vector<uint64_t>{3});
}

TEST(RaftCatchUpTest, MemberCatchesUpFromItsLeadersDisk) {
  Config config = GroupConfig();
  config.message_bytes_max = 300;
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  cluster.Isolate(3);
  for (int i = 0; i < 20; ++i) cluster.Propose(1, std::to_string(i));
  cluster.Deliver();
  cluster.TickAll(3);
  cluster.Step(1, Evict{cluster.core(1).applied()});
  ASSERT_TRUE(cluster.core(1).EntriesInMemory().empty());
  cluster.Heal();
  cluster.TickAll(20);
  EXPECT_EQ(cluster[3].AppliedPayloads(), cluster[1].AppliedPayloads());
  EXPECT_TRUE(cluster[3].installed().empty());
}

// ---- Snapshots in whole groups ----------------------------------------------------------------

void ProposeSome(RaftCluster& cluster, int count) {
  for (int i = 0; i < count; ++i) cluster.Propose(1, std::to_string(i));
  cluster.Deliver();
  cluster.TickAll(3);
}

void CompactAll(RaftCluster& cluster, uint64_t id) {
  cluster[id].TakeSnapshot();
  cluster[id].Compact(cluster.core(id).applied().value());
}

TEST(RaftCatchUpTest, SlowMemberIsRestoredBySnapshot) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster({1, 2, 3}, config);
    cluster.Elect(1);
    cluster.Isolate(3);
    ProposeSome(cluster, 20);
    CompactAll(cluster, 1);
    cluster.Heal();
    cluster.TickAll(10);
    EXPECT_EQ(cluster[3].installed().size(), 1u);
    EXPECT_EQ(cluster.core(3).last(), cluster.core(1).last());
    EXPECT_EQ(cluster.core(3).applied(), cluster.core(1).applied());
    cluster.Propose(1, "after");
    cluster.Deliver();
    cluster.TickAll(2);
    EXPECT_EQ(cluster[3].AppliedPayloads(), std::vector<std::string>{"after"});
  }
}

TEST(RaftCatchUpTest, NewMemberIsBroughtInBySnapshot) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  ProposeSome(cluster, 5);
  CompactAll(cluster, 1);
  cluster.Start(4, {});
  cluster.ProposeChange(1, MakeChange({AddVoter(4)}));
  cluster.Deliver();
  cluster.TickAll(10);
  EXPECT_EQ(cluster[4].installed().size(), 1u);
  EXPECT_EQ(cluster.core(4).membership(), VotersOnly({1, 2, 3, 4}));
  EXPECT_EQ(cluster.core(4).applied(), cluster.core(1).applied());
}

TEST(RaftCatchUpTest, SnapshotThatWasLostIsSentAgainAfterAReport) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster({1, 2, 3}, config);
    cluster.Elect(1);
    cluster.Isolate(3);
    ProposeSome(cluster, 5);
    CompactAll(cluster, 1);
    cluster.Heal();
    cluster.LoseType(kSnapshot);
    cluster.TickAll(5);
    cluster.Heal();
    cluster.Step(1, SnapshotReport{.peer = NodeId(3), .delivered = false});
    cluster.TickAll(5);
    EXPECT_EQ(cluster.core(3).applied(), cluster.core(1).applied());
  }
}

TEST(RaftCatchUpTest, MemberRestartsFromItsSnapshot) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  ProposeSome(cluster, 5);
  CompactAll(cluster, 2);
  const Index applied = cluster.core(2).applied();
  cluster.Restart(2);
  EXPECT_EQ(cluster.core(2).applied(), applied);
  EXPECT_EQ(cluster.core(2).GetStatus().base.index, applied);
  cluster.Propose(1, "after");
  cluster.Deliver();
  cluster.TickAll(2);
  EXPECT_EQ(cluster[2].AppliedPayloads(), std::vector<std::string>{"after"});
}

TEST(RaftCatchUpTest, CompactedMemberStillLeadsAndReplicates) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  ProposeSome(cluster, 5);
  for (uint64_t id = 1; id <= 3; ++id) CompactAll(cluster, id);
  cluster.Isolate(1);
  for (int i = 0; i < 100 && cluster.Leader() < 2; ++i) cluster.TickAll();
  const uint64_t leader = cluster.Leader();
  ASSERT_GE(leader, 2u);
  cluster.Propose(leader, "new");
  cluster.Deliver();
  cluster.Heal();
  cluster.TickAll(5);
  EXPECT_EQ(cluster[1].AppliedPayloads().back(), "new");
}

TEST(RaftCatchUpTest, LiveEntriesKeepTheirTermsThroughASnapshot) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(3);
  ProposeSome(cluster, 8);
  base::IntervalSet live;
  live.InsertRange(3, 4);
  cluster[1].TakeSnapshot(live);
  cluster[1].Compact(cluster.core(1).applied().value());
  cluster.Heal();
  cluster.TickAll(10);
  ASSERT_EQ(cluster[3].installed().size(), 1u);
  EXPECT_EQ(cluster.core(3).TermAt(Index(3)), Term(1));
  EXPECT_EQ(cluster.core(3).TermAt(Index(2)), std::nullopt);
}

}  // namespace
}  // namespace warren::raft
