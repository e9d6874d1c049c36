// When an entry is committed, and who hears of it: Raft paper sections 5.3 and 5.4.2.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::In;
using testing::IndexesOf;
using testing::MakeAck;
using testing::MakeAppend;
using testing::MakeEntries;
using testing::MakeHeartbeat;
using testing::Nodes;
using testing::RaftCluster;
using testing::RaftMember;
using testing::VotersOnly;

using Indexes = std::vector<uint64_t>;

RaftMember NewLeader(testing::RaftStart start = {}) {
  RaftMember member(GroupConfig(), start);
  member.BecomeLeader();
  return member;
}

TEST(RaftCommitTest, EntryThatAMajorityHoldsIsCommitted) {
  RaftMember leader = NewLeader({.membership = VotersOnly({1, 2, 3, 4, 5})});
  leader.Receive(MakeAck({.from = 2}, 1));
  EXPECT_EQ(leader.core().commit(), Index(0));
  leader.Receive(MakeAck({.from = 5}, 1));
  EXPECT_EQ(leader.core().commit(), Index(1));
  EXPECT_EQ(IndexesOf(leader.Take().commit), Indexes{1});
}

TEST(RaftCommitTest, GroupOfOneCommitsWhatItsDiskHolds) {
  RaftMember leader = NewLeader({.membership = VotersOnly({1})});
  EXPECT_EQ(leader.core().commit(), Index(1));
  leader.Propose("a");
  EXPECT_EQ(leader.core().commit(), Index(1)) << "not written yet";
  leader.Run();
  EXPECT_EQ(leader.core().commit(), Index(2));
}

// Paper figure 8: counting copies of an older term's entry proves nothing, since a leader may still
// come that overwrites it.
TEST(RaftCommitTest, EntryOfAnOlderTermIsNotCommittedByCounting) {
  RaftMember leader = NewLeader({.term = 2, .log = {1, 2}});
  leader.Receive(MakeAck({.from = 2, .term = 3}, 2));
  leader.Receive(MakeAck({.from = 3, .term = 3}, 2));
  EXPECT_EQ(leader.core().commit(), Index(0));
}

TEST(RaftCommitTest, EntriesBeforeACommittedOneAreCommittedWithIt) {
  RaftMember leader = NewLeader({.term = 2, .log = {1, 2}});
  leader.Receive(MakeAck({.from = 2, .term = 3}, 3));
  EXPECT_EQ(leader.core().commit(), Index(3));
  EXPECT_EQ(IndexesOf(leader.Take().commit), (Indexes{1, 2, 3}));
}

TEST(RaftCommitTest, LearnersDoNotCount) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.learners = Nodes({4, 5});
  RaftMember leader = NewLeader({.membership = membership});
  leader.Receive(MakeAck({.from = 4}, 1));
  leader.Receive(MakeAck({.from = 5}, 1));
  EXPECT_EQ(leader.core().commit(), Index(0));
}

// Raft thesis section 4.3.
TEST(RaftCommitTest, JointCommitNeedsBothHalves) {
  Membership joint = VotersOnly({1, 2, 3});
  joint.outgoing = Nodes({1, 4, 5});
  RaftMember leader = NewLeader({.membership = joint});
  leader.Receive(MakeAck({.from = 2}, 1));
  leader.Receive(MakeAck({.from = 3}, 1));
  EXPECT_EQ(leader.core().commit(), Index(0));
  leader.Receive(MakeAck({.from = 4}, 1));
  EXPECT_EQ(leader.core().commit(), Index(1));
}

TEST(RaftCommitTest, StrangersDoNotCount) {
  RaftMember leader = NewLeader();
  EXPECT_EQ(leader.Receive(MakeAck({.from = 9}, 1)).outcome, Outcome::kUnknownPeer);
  EXPECT_EQ(leader.core().commit(), Index(0));
}

// ---- How the others hear of it ----------------------------------------------------------------

TEST(RaftCommitTest, CommitRidesOnTheNextAppend) {
  RaftMember leader = NewLeader();
  leader.Receive(MakeAck({.from = 2}, 1));
  leader.Run();
  leader.Propose("a");
  const std::vector<Message> appends = In(leader.Take().send_now, MessageType::kAppend, 2);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(appends[0].commit, Index(1));
}

TEST(RaftCommitTest, CommitAloneSendsNothing) {
  RaftMember leader = NewLeader();
  leader.Receive(MakeAck({.from = 2}, 1));
  EXPECT_EQ(leader.core().commit(), Index(1));
  EXPECT_TRUE(leader.Take().send_now.empty());
}

TEST(RaftCommitTest, CommitIsToldAtOnceWhereThatIsAskedFor) {
  Config config = GroupConfig();
  config.compatibility.eager_commit_broadcast = true;
  RaftMember leader(config, {});
  leader.BecomeLeader();
  leader.Receive(MakeAck({.from = 2}, 1));
  const std::vector<Message> appends = In(leader.Take().send_now, MessageType::kAppend, 2);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_TRUE(appends[0].entries.empty());
  EXPECT_EQ(appends[0].commit, Index(1));
}

TEST(RaftCommitTest, FollowerCommitsWhatItsLeaderSays) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1}});
  member.Receive(MakeAppend({.term = 1}, Id(1, 1), MakeEntries(2, {1, 1}), /*commit=*/2));
  EXPECT_EQ(member.core().commit(), Index(2));
  EXPECT_EQ(IndexesOf(member.Take().commit), (Indexes{1, 2}));
}

// Beyond the batch its entries may differ from the leader's.
TEST(RaftCommitTest, FollowerCommitsNoFurtherThanTheBatch) {
  RaftMember member(GroupConfig(), {.term = 2, .log = {1, 1, 1}});
  member.Receive(MakeAppend({.term = 2}, Id(1, 1), {}, /*commit=*/3));
  EXPECT_EQ(member.core().commit(), Index(1));
}

TEST(RaftCommitTest, FollowerDoesNotCommitWithARefusedAppend) {
  RaftMember member(GroupConfig(), {.term = 2, .log = {1, 1, 1}});
  member.Receive(MakeAppend({.term = 2}, Id(3, 2), {}, /*commit=*/3));
  EXPECT_EQ(member.core().commit(), Index(0));
}

TEST(RaftCommitTest, FollowerCommitsByHeartbeat) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1}});
  member.Receive(MakeHeartbeat({.term = 1}, /*commit=*/2));
  EXPECT_EQ(member.core().commit(), Index(2));
  member.Receive(MakeHeartbeat({.term = 1}, /*commit=*/1));
  EXPECT_EQ(member.core().commit(), Index(2));
}

TEST(RaftCommitTest, HeartbeatTellsNoMemberOfMoreThanItHolds) {
  RaftMember leader = NewLeader();
  leader.Receive(MakeAck({.from = 2}, 1));
  leader.Run();
  leader.Tick();
  const Output& output = leader.Take();
  EXPECT_EQ(In(output.send_now, MessageType::kHeartbeat, 2).at(0).commit, Index(1));
  EXPECT_EQ(In(output.send_now, MessageType::kHeartbeat, 3).at(0).commit, Index(0));
}

TEST(RaftCommitTest, EachEntryIsAppliedOnceAndInOrderByEveryMember) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    expected.push_back(std::to_string(i));
    cluster.Propose(1, expected.back());
    if (i % 3 == 0) cluster.Deliver();
  }
  cluster.Deliver();
  cluster.TickAll(2);
  for (uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(cluster[id].AppliedPayloads(), expected);
}

TEST(RaftCommitTest, MinorityCommitsNothing) {
  RaftCluster cluster({1, 2, 3, 4, 5});
  cluster.Elect(1);
  for (const uint64_t id : {3u, 4u, 5u}) cluster.Isolate(id);
  const Index before = cluster.core(1).commit();
  cluster.Propose(1, "a");
  cluster.Deliver();
  cluster.TickAll(5);
  EXPECT_EQ(cluster.core(1).commit(), before);
}

// Paper figure 8 as a whole: (a) to (c), and that (d) may still happen.
TEST(RaftCommitTest, EntryOfFigure8IsNotCommittedBeforeItsLeaderCommitsOneOfItsOwn) {
  Config config = GroupConfig();
  config.pre_vote = config.check_quorum = false;
  RaftCluster cluster({1, 2, 3, 4, 5}, config);
  cluster.Start(1, {.term = 2, .log = {1, 2}});
  cluster.Start(2, {.term = 2, .log = {1, 2}});
  cluster.Start(3, {.term = 3, .vote = 5, .log = {1}});
  cluster.Start(4, {.term = 3, .vote = 5, .log = {1}});
  cluster.Start(5, {.term = 3, .vote = 5, .log = {1, 3}});
  // (c): 1 leads term 4 and copies 2@2 to 3; its own entry of term 4 gets nowhere.
  cluster.Isolate(5);
  cluster.Lose([](const Message& message) {
    return message.type == MessageType::kAppend && message.to == NodeId(4);
  });
  cluster.Lose([](const Message& message) {
    return message.type == MessageType::kAppend && !message.entries.empty() &&
           message.entries.back().id.term == Term(4);
  });
  cluster.Step(1, Campaign{});  // Term 3, where 3 and 4 are already.
  cluster.Deliver();
  cluster.Step(1, Campaign{});
  cluster.Deliver();
  ASSERT_EQ(cluster.Leader(), 1u);
  cluster.Step(
      3, Received{MakeAppend({.from = 1, .to = 3, .term = 4}, Id(1, 1), MakeEntries(2, {2}))});
  cluster.Deliver();
  EXPECT_EQ(cluster.core(3).last(), Id(2, 2));
  EXPECT_EQ(cluster.core(1).commit(), Index(0)) << "2@2 is on a majority, and still not safe";
  // (d): 5 may overwrite it.
  cluster.Heal();
  cluster.Isolate(1);
  cluster.Step(5, Campaign{});
  cluster.Deliver();
  cluster.Step(5, Campaign{});
  cluster.Deliver();
  cluster.TickAll(2);
  EXPECT_EQ(cluster.Leader(), 5u);
  for (uint64_t id = 2; id <= 5; ++id) EXPECT_EQ(cluster.core(id).TermAt(Index(2)), Term(3));
}

}  // namespace
}  // namespace warren::raft
