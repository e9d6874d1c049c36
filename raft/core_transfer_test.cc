// Handing leadership over: Raft thesis section 3.10.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::AddLearner;
using testing::GroupConfig;
using testing::Id;
using testing::MakeAck;
using testing::MakeChange;
using testing::MakeMessage;
using testing::NodeConfig;
using testing::Nodes;
using testing::RaftCluster;
using testing::RaftMember;
using testing::Remove;
using testing::SentOf;
using testing::VotersOnly;

constexpr auto kTimeoutNow = MessageType::kTimeoutNow;

TransferLeadership To(uint64_t id) { return {.to = NodeId(id)}; }

RaftMember KnownLeader() {
  RaftMember leader(GroupConfig(), {});
  leader.BecomeLeader();
  for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 1));
  leader.Run();
  return leader;
}

TEST(RaftTransferTest, MemberWithACompleteLogIsToldAtOnce) {
  RaftMember leader = KnownLeader();
  EXPECT_EQ(leader.Step(To(2)).outcome, Outcome::kDone);
  const std::vector<Message> orders = SentOf(leader.Take(), kTimeoutNow);
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].to, NodeId(2));
  EXPECT_EQ(leader.core().GetStatus().transferee, NodeId(2));
}

TEST(RaftTransferTest, MemberThatIsBehindIsBroughtUpFirst) {
  RaftMember leader = KnownLeader();
  leader.Propose("a");
  leader.Run();
  leader.Step(To(2));
  EXPECT_TRUE(SentOf(leader.Take(), kTimeoutNow).empty());
  leader.Receive(MakeAck({.from = 3}, 2));
  EXPECT_TRUE(SentOf(leader.Take(), kTimeoutNow).empty());
  leader.Receive(MakeAck({.from = 2}, 2));
  EXPECT_EQ(SentOf(leader.Take(), kTimeoutNow).size(), 1u);
}

TEST(RaftTransferTest, TargetCampaignsAtOnceAndByOrder) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1}});
  member.Receive(MakeMessage(kTimeoutNow, {.term = 1}));
  EXPECT_EQ(member.core().role().role, Role::kCandidate) << "without a pre-vote";
  for (const Message& request : SentOf(member.Take(), MessageType::kVote)) {
    EXPECT_TRUE(request.transfer);
    EXPECT_EQ(request.term, Term(2));
  }
}

TEST(RaftTransferTest, LeadershipMovesThoughEverybodyHearsTheLeader) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster({1, 2, 3}, config);
    cluster.Elect(1);
    cluster.TickAll(2);
    cluster.Step(1, To(3));
    cluster.Deliver();
    EXPECT_EQ(cluster.Leader(), 3u);
    EXPECT_EQ(cluster.core(1).role(), (RoleState{Role::kFollower, NodeId(3)}));
    EXPECT_EQ(cluster.core(3).term(), Term(2));
  }
}

TEST(RaftTransferTest, LeadershipMovesToAMemberThatMustCatchUp) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(3);
  for (int i = 0; i < 5; ++i) cluster.Propose(1, "x");
  cluster.Deliver();
  cluster.Heal();
  cluster.Step(1, To(3));
  cluster.TickAll(5);
  EXPECT_EQ(cluster.Leader(), 3u);
}

TEST(RaftTransferTest, LeadershipMovesToAMemberThatNeedsASnapshot) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(3);
  for (int i = 0; i < 5; ++i) cluster.Propose(1, "x");
  cluster.Deliver();
  cluster.TickAll(2);
  cluster[1].TakeSnapshot();
  cluster[1].Compact(cluster.core(1).applied().value());
  cluster.Heal();
  cluster.TickAll(2);
  cluster.Step(1, To(3));
  cluster.TickAll(5);
  EXPECT_EQ(cluster.Leader(), 3u);
}

TEST(RaftTransferTest, ProposalsWaitUntilItIsOver) {
  RaftMember leader = KnownLeader();
  leader.Step(To(2));
  EXPECT_EQ(leader.Propose("x").outcome, Outcome::kTransferring);
  EXPECT_EQ(leader.ProposeChange(MakeChange({Remove(3)})).outcome, Outcome::kTransferring);
  EXPECT_EQ(leader.core().last(), Id(1, 1));
}

TEST(RaftTransferTest, LeaderGoesOnAfterAnElectionTime) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster({1, 2, 3}, config);
    cluster.Elect(1);
    cluster.TickAll(2);
    cluster.LoseType(kTimeoutNow);
    cluster.Step(1, To(3));
    cluster.TickAll(9);
    EXPECT_EQ(cluster.Propose(1, "x").outcome, Outcome::kTransferring);
    EXPECT_TRUE(cluster.core(1).WantsTick());
    cluster.TickAll(1);
    EXPECT_EQ(cluster.Leader(), 1u);
    EXPECT_EQ(cluster.Propose(1, "x").outcome, Outcome::kDone);
  }
}

TEST(RaftTransferTest, OnlyALeaderTransfers) {
  RaftMember member(GroupConfig(), {});
  EXPECT_EQ(member.Step(To(2)).outcome, Outcome::kNotLeader);
}

TEST(RaftTransferTest, NobodyButAVoterIsATarget) {
  Membership membership = VotersOnly({1, 2});
  membership.learners = Nodes({3});
  RaftMember leader(GroupConfig(), {.membership = membership});
  leader.BecomeLeader();
  EXPECT_EQ(leader.Step(To(3)).outcome, Outcome::kRefused);
  EXPECT_EQ(leader.Step(To(9)).outcome, Outcome::kUnknownPeer);
  EXPECT_EQ(leader.Step(To(1)).outcome, Outcome::kRefused);
  EXPECT_TRUE(leader.core().GetStatus().transferee.IsNone());
}

TEST(RaftTransferTest, SecondTransferTakesThePlaceOfTheFirst) {
  RaftMember leader = KnownLeader();
  leader.Step(To(2));
  leader.Run();
  EXPECT_EQ(leader.Step(To(3)).outcome, Outcome::kDone);
  EXPECT_EQ(SentOf(leader.Take(), kTimeoutNow).at(0).to, NodeId(3));
  EXPECT_EQ(leader.core().GetStatus().transferee, NodeId(3));
}

TEST(RaftTransferTest, TransferToItselfCallsTheTransferOff) {
  RaftMember leader = KnownLeader();
  leader.Step(To(2));
  leader.Step(To(1));
  EXPECT_EQ(leader.Propose("x").outcome, Outcome::kDone);
}

// Its time runs from the first request.
TEST(RaftTransferTest, SameTransferAgainGivesItNoMoreTime) {
  RaftMember leader = KnownLeader();
  leader.Step(To(2));
  leader.Tick(5);
  EXPECT_EQ(leader.Step(To(2)).outcome, Outcome::kDone);
  for (const uint64_t id : {2u, 3u}) {
    leader.Receive(MakeMessage(MessageType::kHeartbeatResponse, {.from = id}));
  }
  leader.Tick(5);
  EXPECT_TRUE(leader.core().GetStatus().transferee.IsNone());
}

TEST(RaftTransferTest, TargetThatIsRemovedOrDemotedIsNoTargetAnyMore) {
  for (const ConfigChange& change : {MakeChange({Remove(3)}), MakeChange({AddLearner(3)})}) {
    RaftCluster cluster({1, 2, 3});
    cluster.Elect(1);
    cluster.TickAll(2);
    cluster.Isolate(3);
    cluster.ProposeChange(1, change);
    cluster.Step(1, To(3));
    cluster.Deliver();
    cluster.TickAll(2);
    EXPECT_TRUE(cluster.core(1).GetStatus().transferee.IsNone());
    EXPECT_EQ(cluster.Propose(1, "x").outcome, Outcome::kDone);
  }
}

TEST(RaftTransferTest, OrderToCampaignDoesNotMakeALearnerACandidate) {
  Membership membership = VotersOnly({2, 3});
  membership.learners = Nodes({1});
  RaftMember member(GroupConfig(), {.membership = membership, .term = 1});
  member.Receive(MakeMessage(kTimeoutNow, {.term = 1}));
  EXPECT_EQ(member.core().role().role, Role::kFollower);
  EXPECT_EQ(member.core().term(), Term(1));
}

TEST(RaftTransferTest, OldOrderIsIgnored) {
  RaftMember member(GroupConfig(), {.term = 5, .log = {1}});
  member.Receive(MakeMessage(kTimeoutNow, {.term = 4}));
  EXPECT_EQ(member.core().term(), Term(5));
  EXPECT_EQ(member.core().role().role, Role::kFollower);
}

// An order that was under way while the leader was deposed: it leads already, or is about to.
TEST(RaftTransferTest, OrderToCampaignDoesNotDisturbACandidateOrLeader) {
  RaftMember leader = KnownLeader();
  leader.Receive(MakeMessage(kTimeoutNow, {.term = 1}));
  EXPECT_EQ(leader.core().role().role, Role::kLeader);
  EXPECT_EQ(leader.core().term(), Term(1));
}

TEST(RaftTransferTest, AutomaticLeaveOfAJointPhaseWaitsForTheTransfer) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.ProposeChange(1, MakeChange({Remove(3)}, Transition::kJointImplicit));
  cluster.LoseType(kTimeoutNow);
  cluster.Step(1, To(2));
  cluster.Deliver();
  ASSERT_TRUE(cluster.core(1).membership().IsJoint());
  cluster.Heal();
  cluster.TickAll(25);
  cluster.Propose(cluster.Leader(), "x");
  cluster.Deliver();
  cluster.TickAll(5);
  EXPECT_EQ(cluster.core(1).membership(), VotersOnly({1, 2}));
}

}  // namespace
}  // namespace warren::raft
