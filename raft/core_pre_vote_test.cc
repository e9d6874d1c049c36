// Asking before campaigning, and leases against disturbance: Raft thesis sections 9.6 and 6.2.
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::MakeBallot;
using testing::MakeHeartbeat;
using testing::MakePreVote;
using testing::MakeVote;
using testing::RaftCluster;
using testing::RaftMember;
using testing::RaftStart;
using testing::SentOf;

constexpr auto kVoteResponse = MessageType::kVoteResponse;
constexpr auto kPreVote = MessageType::kPreVote;
constexpr auto kPreVoteResponse = MessageType::kPreVoteResponse;

Role RoleOf(const RaftMember& member) { return member.core().role().role; }

TEST(RaftPreVoteTest, AskingChangesNeitherTermNorVote) {
  RaftMember member(GroupConfig(), {.term = 3, .vote = 2, .log = {3}});
  member.Step(Campaign{});
  EXPECT_EQ(RoleOf(member), Role::kPreCandidate);
  EXPECT_EQ(member.core().term(), Term(3));
  const Output& output = member.Take();
  EXPECT_FALSE(output.hard_state.has_value());
  const std::vector<Message> requests = SentOf(output, kPreVote);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].term, Term(4));
  EXPECT_EQ(requests[0].index, Index(1));
  EXPECT_EQ(requests[0].log_term, Term(3));
}

TEST(RaftPreVoteTest, MajorityOfPreVotesStartsTheElection) {
  RaftMember member(GroupConfig(), {.term = 3});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeBallot(kPreVoteResponse, {.from = 2, .term = 4}));
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
  EXPECT_EQ(member.core().term(), Term(4));
  EXPECT_EQ(SentOf(member.Take(), MessageType::kVote).size(), 2u);
}

TEST(RaftPreVoteTest, PreVotesAreNoVotes) {
  RaftMember member(GroupConfig(), {.term = 3});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeBallot(kPreVoteResponse, {.from = 2, .term = 4}));
  member.Run();
  member.Receive(MakeBallot(kPreVoteResponse, {.from = 3, .term = 4}));
  EXPECT_EQ(RoleOf(member), Role::kCandidate);
}

TEST(RaftPreVoteTest, MajorityAgainstEndsTheAttempt) {
  RaftMember member(GroupConfig(), {.term = 3});
  member.Step(Campaign{});
  member.Run();
  for (const uint64_t id : {2u, 3u}) {
    member.Receive(MakeBallot(kPreVoteResponse, {.from = id, .term = 3}, false));
  }
  EXPECT_EQ(member.core().role(), RoleState());
  EXPECT_EQ(member.core().term(), Term(3));
}

TEST(RaftPreVoteTest, RefusalWithAHigherTermIsEntered) {
  RaftMember member(GroupConfig(), {.term = 3});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeBallot(kPreVoteResponse, {.from = 2, .term = 8}, false));
  EXPECT_EQ(member.core().role(), RoleState());
  EXPECT_EQ(member.core().term(), Term(8));
}

// What a member that starts like this answers to a pre-vote for term 4 of a log that ends so.
Message AnswerOf(const RaftStart& start, EntryId last) {
  RaftMember member(GroupConfig(), start);
  member.Receive(MakePreVote({.from = 2, .term = 4}, last));
  EXPECT_EQ(member.core().term(), Term(start.term)) << "nobody has entered term 4";
  return SentOf(member.Take(), kPreVoteResponse).at(0);
}

TEST(RaftPreVoteTest, GrantNamesTheTermAskedForAndARefusalTheOwn) {
  const Message grant = AnswerOf({.term = 3, .log = {3}}, Id(1, 3));
  EXPECT_FALSE(grant.reject);
  EXPECT_EQ(grant.term, Term(4));
  const Message refusal = AnswerOf({.term = 3, .log = {3}}, Id(5, 2));
  EXPECT_TRUE(refusal.reject);
  EXPECT_EQ(refusal.term, Term(3));
}

TEST(RaftPreVoteTest, AnyNumberOfPreVotesIsGranted) {
  RaftMember member(GroupConfig(), {.term = 3});
  for (const uint64_t id : {2u, 3u}) {
    member.Receive(MakePreVote({.from = id, .term = 4}, Id(0, 0)));
  }
  const std::vector<Message> answers = SentOf(member.Take(), kPreVoteResponse);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_FALSE(answers[0].reject || answers[1].reject);
  member.Receive(MakeVote({.from = 3, .term = 4}, Id(0, 0)));
  EXPECT_FALSE(SentOf(member.Take(), kVoteResponse).at(0).reject) << "the vote is still free";
}

// It might be the only one with a complete log, and its term would never grow otherwise.
TEST(RaftPreVoteTest, PreVoteOfALowerTermIsAnsweredWithOurs) {
  RaftMember member(GroupConfig(), {.term = 9});
  member.Receive(MakePreVote({.from = 2, .term = 4}, Id(7, 3)));
  const Message answer = SentOf(member.Take(), kPreVoteResponse).at(0);
  EXPECT_TRUE(answer.reject);
  EXPECT_EQ(answer.term, Term(9));
}

TEST(RaftPreVoteTest, GrantForAnEarlierLifeDoesNotCount) {
  RaftMember member(GroupConfig(), {.incarnation = 2});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeBallot(kPreVoteResponse, {.from = 2, .term = 1}));
  EXPECT_EQ(RoleOf(member), Role::kPreCandidate);
}

// ---- Leases (thesis 6.2: a server within an election timeout of its leader does not vote) -----

TEST(RaftLeaseTest, FollowerThatHearsItsLeaderIgnoresCandidates) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(MakeHeartbeat({.from = 3, .term = 1}));
  member.Run();
  member.Tick(9);
  member.Receive(MakeVote({.from = 2, .term = 9}, Id(9, 9)));
  member.Receive(MakePreVote({.from = 2, .term = 9}, Id(9, 9)));
  EXPECT_FALSE(member.core().HasOutput());
  EXPECT_EQ(member.core().term(), Term(1));
}

TEST(RaftLeaseTest, LeaseEndsWithAnElectionTimeOfSilence) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.core().SetElectionTimeoutForTest(19);
  member.Receive(MakeHeartbeat({.from = 3, .term = 1}));
  member.Run();
  member.core().SetElectionTimeoutForTest(19);
  member.Tick(10);
  member.Receive(MakeVote({.from = 2, .term = 9}, Id(9, 9)));
  EXPECT_FALSE(SentOf(member.Take(), kVoteResponse).at(0).reject);
}

TEST(RaftLeaseTest, LeaderIgnoresCandidates) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster[1].Receive(MakeVote({.from = 2, .term = 9}, Id(9, 9)));
  EXPECT_EQ(RoleOf(cluster[1]), Role::kLeader);
  EXPECT_EQ(cluster.core(1).term(), Term(1));
}

TEST(RaftLeaseTest, CandidateByOrderOfTheLeaderIsNotIgnored) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(MakeHeartbeat({.from = 3, .term = 1}));
  member.Run();
  Message request = MakeVote({.from = 2, .term = 2}, Id(0, 0));
  request.transfer = true;
  member.Receive(request);
  EXPECT_FALSE(SentOf(member.Take(), kVoteResponse).at(0).reject);
}

TEST(RaftLeaseTest, WithoutTheQuorumCheckThereIsNoLease) {
  Config config = GroupConfig();
  config.check_quorum = false;
  RaftMember member(config, {.term = 1});
  member.Receive(MakeHeartbeat({.from = 3, .term = 1}));
  member.Run();
  member.Receive(MakeVote({.from = 2, .term = 9}, Id(9, 9)));
  EXPECT_EQ(SentOf(member.Take(), kVoteResponse).size(), 1u);
}

TEST(RaftLeaseTest, LeaderThatHearsNoMajorityStepsDown) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(1);
  cluster.TickAll(10);
  EXPECT_EQ(RoleOf(cluster[1]), Role::kLeader) << "it heard of both in the period before";
  for (int i = 0; i < 10; ++i) cluster.Tick(1);
  EXPECT_EQ(cluster.core(1).role(), RoleState());
  EXPECT_EQ(cluster.core(1).term(), Term(1));
}

TEST(RaftLeaseTest, LeaderThatHearsAMajorityStays) {
  RaftCluster cluster({1, 2, 3, 4, 5});
  cluster.Elect(1);
  for (const uint64_t id : {4u, 5u}) cluster.Isolate(id);
  cluster.TickAll(100);
  EXPECT_EQ(cluster.Leader(), 1u);
  EXPECT_EQ(cluster.core(1).term(), Term(1));
}

// ---- Members that come back -------------------------------------------------------------------

TEST(RaftPreVoteTest, MemberBackFromAPartitionDoesNotDisturb) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Isolate(3);
  cluster.TickAll(100);
  EXPECT_EQ(cluster.core(3).term(), Term(1)) << "it asked, and nobody answered";
  cluster.Heal();
  cluster.TickAll(5);
  EXPECT_EQ(cluster.Leader(), 1u);
  EXPECT_EQ(cluster.core(3).leader(), NodeId(1));
  EXPECT_EQ(cluster.core(1).term(), Term(1));
}

// Without pre-votes its term grew alone. It hears its old leader no more, since that one's term is
// lower; its answer must move the leader on, or it would be lost for good.
TEST(RaftPreVoteTest, MemberWhoseTermGrewAloneIsTakenBack) {
  Config config = GroupConfig();
  config.pre_vote = false;
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  cluster.Isolate(3);
  cluster.TickAll(60);
  ASSERT_GT(cluster.core(3).term(), cluster.core(1).term());
  cluster.Heal();
  for (int i = 0; i < 200 && cluster.core(3).leader().IsNone(); ++i) cluster.TickAll();
  cluster.TickAll(5);
  const uint64_t leader = cluster.Leader();
  ASSERT_NE(leader, 0u);
  for (uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(cluster.core(id).leader(), NodeId(leader));
}

}  // namespace
}  // namespace warren::raft
