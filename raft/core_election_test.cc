// How a member comes to lead: Raft paper section 5.2.
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::MakeAppend;
using testing::MakeBallot;
using testing::MakeHeartbeat;
using testing::RaftCluster;
using testing::RaftMember;
using testing::SentOf;
using testing::VotersOnly;

constexpr auto kVote = MessageType::kVote;
constexpr auto kVoteResponse = MessageType::kVoteResponse;

Config WithoutPreVote(uint64_t id = 1) {
  Config config = GroupConfig(id);
  config.pre_vote = false;
  return config;
}

Role RoleOf(const RaftMember& member) { return member.core().role().role; }

// Ticks until it campaigns.
uint32_t TicksToCampaign(RaftMember& member) {
  const Term before = member.core().term();
  uint32_t ticks = 0;
  while (member.core().term() == before) {
    member.Tick();
    ++ticks;
  }
  return ticks;
}

TEST(RaftElectionTest, MemberStartsAsAFollowerWithoutALeader) {
  RaftMember member(GroupConfig(), {.term = 3});
  EXPECT_EQ(member.core().role(), RoleState());
  EXPECT_EQ(member.core().term(), Term(3));
}

TEST(RaftElectionTest, FollowerWithoutALeaderVotesForItselfInTheNextTerm) {
  RaftMember member(WithoutPreVote(), {.term = 3, .log = {1, 3}});
  TicksToCampaign(member);
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
  const Output& output = member.Take();
  EXPECT_EQ(output.hard_state->term, Term(4));
  EXPECT_EQ(output.hard_state->vote, NodeId(1));
  const std::vector<Message> requests = SentOf(output, kVote);
  ASSERT_EQ(requests.size(), 2u);
  for (const Message& request : requests) {
    EXPECT_EQ(request.term, Term(4));
    EXPECT_EQ(request.index, Index(2));
    EXPECT_EQ(request.log_term, Term(3));
    EXPECT_FALSE(request.transfer);
  }
}

// Randomised, so that members do not all campaign at once.
TEST(RaftElectionTest, TimeoutIsDrawnBetweenOneAndTwoElectionTimes) {
  std::set<uint32_t> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Config config = WithoutPreVote();
    config.seed = seed;
    RaftMember member(config, {});
    const uint32_t ticks = TicksToCampaign(member);
    ASSERT_GE(ticks, config.election_ticks);
    ASSERT_LT(ticks, 2 * config.election_ticks);
    seen.insert(ticks);
  }
  EXPECT_EQ(seen.size(), 10u);
}

TEST(RaftElectionTest, TimeoutIsDrawnAnewForEachCandidature) {
  RaftMember member(WithoutPreVote(), {});
  std::set<uint32_t> seen;
  for (int i = 0; i < 50; ++i) seen.insert(TicksToCampaign(member));
  EXPECT_GT(seen.size(), 5u);
}

TEST(RaftElectionTest, HeartbeatsKeepAFollowerFromCampaigning) {
  RaftMember member(WithoutPreVote(), {.term = 1});
  for (int i = 0; i < 30; ++i) {
    member.Tick(9);
    member.Receive(MakeHeartbeat({.term = 1}));
  }
  EXPECT_EQ(RoleOf(member), Role::kFollower);
  EXPECT_EQ(member.core().leader(), NodeId(2));
}

TEST(RaftElectionTest, CandidateWithAMajorityLeads) {
  for (const uint64_t voters : {3u, 5u, 7u}) {
    SCOPED_TRACE(voters);
    Membership membership;
    for (uint64_t id = 1; id <= voters; ++id) membership.voters.Insert(NodeId(id));
    RaftMember member(WithoutPreVote(), {.membership = membership});
    member.Step(Campaign{});
    member.Run();
    for (uint64_t id = 2; id < (voters + 1) / 2; ++id) {
      member.Receive(MakeBallot(kVoteResponse, {.from = id}));
    }
    EXPECT_EQ(RoleOf(member), Role::kCandidate);
    member.Receive(MakeBallot(kVoteResponse, {.from = voters}));
    EXPECT_EQ(RoleOf(member), Role::kLeader);
  }
}

TEST(RaftElectionTest, GroupOfOneElectsItself) {
  RaftMember member(GroupConfig(), {.membership = VotersOnly({1})});
  member.Step(Campaign{});
  member.Run();
  EXPECT_EQ(RoleOf(member), Role::kLeader);
  EXPECT_EQ(member.core().term(), Term(1));
}

TEST(RaftElectionTest, CandidateThatAMajorityRefusesFollows) {
  RaftMember member(WithoutPreVote(), {});
  member.Step(Campaign{});
  member.Run();
  for (const uint64_t id : {2u, 3u}) {
    member.Receive(MakeBallot(kVoteResponse, {.from = id}, /*granted=*/false));
  }
  EXPECT_EQ(member.core().role(), RoleState());
  EXPECT_EQ(member.core().term(), Term(1));
}

TEST(RaftElectionTest, RepeatedGrantCountsOnce) {
  RaftMember member(WithoutPreVote(), {.membership = VotersOnly({1, 2, 3, 4, 5})});
  member.Step(Campaign{});
  member.Run();
  for (int i = 0; i < 5; ++i) member.Receive(MakeBallot(kVoteResponse, {.from = 2}));
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
}

TEST(RaftElectionTest, GrantOfALearnerOrAStrangerDoesNotCount) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.learners.Insert(NodeId(4));
  RaftMember member(WithoutPreVote(), {.membership = membership});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeBallot(kVoteResponse, {.from = 4}));
  EXPECT_EQ(member.Receive(MakeBallot(kVoteResponse, {.from = 9})).outcome, Outcome::kUnknownPeer);
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
}

// Before a crash it may have been granted votes in a term that it has forgotten of.
TEST(RaftElectionTest, GrantForAnEarlierLifeDoesNotCount) {
  RaftMember member(WithoutPreVote(), {.incarnation = 2});
  member.Step(Campaign{});
  member.Run();
  Message grant = MakeBallot(kVoteResponse, {.from = 2});
  grant.incarnation = Incarnation(1);
  member.Receive(grant);
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
  grant.incarnation = Incarnation(2);
  member.Receive(grant);
  EXPECT_EQ(RoleOf(member), Role::kLeader);
}

TEST(RaftElectionTest, CandidateTriesAgainInALaterTerm) {
  RaftMember member(WithoutPreVote(), {});
  TicksToCampaign(member);
  TicksToCampaign(member);
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
  EXPECT_EQ(member.core().term(), Term(2));
}

TEST(RaftElectionTest, CandidateFollowsTheLeaderOfItsTerm) {
  for (const Message& word : {MakeHeartbeat({.from = 3}), MakeAppend({.from = 3}, Id(0, 0), {})}) {
    RaftMember member(WithoutPreVote(), {});
    member.Step(Campaign{});
    member.Run();
    member.Receive(word);
    EXPECT_EQ(member.core().role(), (RoleState{Role::kFollower, NodeId(3)}));
    EXPECT_EQ(member.core().term(), Term(1));
  }
}

TEST(RaftElectionTest, LeaderOpensItsTermWithAnEmptyEntry) {
  RaftMember member(WithoutPreVote(), {.term = 2, .log = {2}});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeBallot(kVoteResponse, {.from = 2, .term = 3}));
  const Output& output = member.Take();
  EXPECT_EQ(output.role, (RoleState{Role::kLeader, NodeId(1)}));
  ASSERT_EQ(output.append.size(), 1u);
  EXPECT_EQ(output.append[0].id, Id(2, 3));
  EXPECT_TRUE(output.append[0].payload.empty());
  EXPECT_EQ(SentOf(output, MessageType::kAppend).size(), 2u);
}

TEST(RaftElectionTest, LeaderDoesNotCampaign) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  const Term term = cluster.core(1).term();
  cluster.Step(1, Campaign{});
  cluster.Deliver();
  EXPECT_EQ(cluster.Leader(), 1u);
  EXPECT_EQ(cluster.core(1).term(), term);
}

TEST(RaftElectionTest, LearnerDoesNotCampaign) {
  Membership membership = VotersOnly({2, 3});
  membership.learners.Insert(NodeId(1));
  RaftMember member(WithoutPreVote(), {.membership = membership});
  member.Tick(100);
  member.Step(Campaign{});
  EXPECT_EQ(RoleOf(member), Role::kFollower);
  EXPECT_EQ(member.core().term(), Term(0));
}

TEST(RaftElectionTest, StrangerToTheGroupDoesNotCampaign) {
  RaftMember member(WithoutPreVote(), {.membership = VotersOnly({2, 3})});
  member.Tick(100);
  EXPECT_EQ(member.core().term(), Term(0));
}

// Raft thesis section 4.3: while joint, both halves elect.
TEST(RaftElectionTest, JointElectionNeedsBothHalves) {
  Membership joint = VotersOnly({1, 2, 3});
  joint.outgoing = testing::Nodes({1, 4, 5});
  RaftMember member(WithoutPreVote(), {.membership = joint});
  member.Step(Campaign{});
  member.Run();
  for (const uint64_t id : {2u, 3u}) member.Receive(MakeBallot(kVoteResponse, {.from = id}));
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
  member.Receive(MakeBallot(kVoteResponse, {.from = 5}));
  EXPECT_EQ(RoleOf(member), Role::kLeader);
}

// ---- Whole groups -----------------------------------------------------------------------------

TEST(RaftElectionTest, GroupElectsOneLeaderByItself) {
  RaftCluster cluster({1, 2, 3, 4, 5});
  for (int i = 0; i < 100 && cluster.Leader() == 0; ++i) cluster.TickAll();
  const uint64_t leader = cluster.Leader();
  ASSERT_NE(leader, 0u);
  for (uint64_t id = 1; id <= 5; ++id) EXPECT_EQ(cluster.core(id).leader(), NodeId(leader));
}

TEST(RaftElectionTest, EachMemberCanLeadInTurn) {
  Config config = WithoutPreVote();
  config.check_quorum = false;
  RaftCluster cluster({1, 2, 3}, config);
  for (uint64_t id = 1; id <= 3; ++id) {
    cluster.Elect(id);
    EXPECT_EQ(cluster.Leader(), id);
    EXPECT_EQ(cluster.core(1).term(), Term(id));
  }
}

TEST(RaftElectionTest, MinorityElectsNobody) {
  RaftCluster cluster({1, 2, 3, 4, 5});
  for (const uint64_t id : {3u, 4u, 5u}) cluster.Isolate(id);
  cluster.TickAll(100);
  EXPECT_EQ(cluster.Leader(), 0u);
}

// Two campaign at once, split the votes, and one wins when it tries again.
TEST(RaftElectionTest, SplitVoteIsSettledByALaterElection) {
  RaftCluster cluster({1, 2, 3, 4}, WithoutPreVote());
  cluster.Step(1, Campaign{});
  cluster.Step(2, Campaign{});
  cluster.Lose([](const Message& message) {
    const uint64_t apart = message.from.value() + 10 * message.to.value();
    return message.type == kVote && (apart == 1 + 40 || apart == 2 + 30);
  });
  cluster.Deliver();
  EXPECT_EQ(cluster.Leader(), 0u);
  cluster.Heal();
  for (int i = 0; i < 100 && cluster.Leader() == 0; ++i) cluster.TickAll();
  ASSERT_NE(cluster.Leader(), 0u);
  EXPECT_GE(cluster.core(cluster.Leader()).term(), Term(2));
}

TEST(RaftElectionTest, IsolatedLeaderFollowsTheNewOneWhenItComesBack) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(1);
  for (int i = 0; i < 100 && cluster.Leader() < 2; ++i) cluster.TickAll();
  const uint64_t leader = cluster.Leader();
  ASSERT_GE(leader, 2u);
  cluster.Heal();
  cluster.TickAll(3);
  EXPECT_EQ(cluster.core(1).role(), (RoleState{Role::kFollower, NodeId(leader)}));
}

}  // namespace
}  // namespace warren::raft
