// Whom a member votes for, and what terms do: Raft paper sections 5.1, 5.2 and 5.4.1.
#include <memory>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::MakeAck;
using testing::MakeAppend;
using testing::MakeBallot;
using testing::MakeHeartbeat;
using testing::MakeVote;
using testing::RaftCluster;
using testing::RaftMember;
using testing::RaftStart;
using testing::SentOf;

constexpr auto kVoteResponse = MessageType::kVoteResponse;

Config Plain() {
  Config config = GroupConfig();
  config.pre_vote = config.check_quorum = false;
  return config;
}

// Does a member that starts like this vote for a candidate of term 3 whose log ends with `last`?
bool Grants(const RaftStart& start, EntryId last, uint64_t candidate = 2) {
  RaftMember member(Plain(), start);
  member.Receive(MakeVote({.from = candidate, .term = 3}, last));
  const std::vector<Message> answers = SentOf(member.Take(), kVoteResponse);
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers.at(0).to, NodeId(candidate));
  EXPECT_EQ(answers.at(0).term, Term(3));
  return !answers.at(0).reject;
}

TEST(RaftVoteTest, FirstCandidateOfATermGetsTheVote) {
  EXPECT_TRUE(Grants({.term = 2}, Id(0, 0)));
  EXPECT_TRUE(Grants({.term = 3}, Id(0, 0)));
}

TEST(RaftVoteTest, VoteOfATermIsGivenOnce) {
  EXPECT_FALSE(Grants({.term = 3, .vote = 3}, Id(9, 2), /*candidate=*/2));
}

// The first answer may have been lost.
TEST(RaftVoteTest, VoteIsRepeatedToTheSameCandidate) {
  EXPECT_TRUE(Grants({.term = 3, .vote = 2}, Id(0, 0), /*candidate=*/2));
}

TEST(RaftVoteTest, VoteOfAnEarlierTermDoesNotBind) {
  EXPECT_TRUE(Grants({.term = 2, .vote = 3}, Id(0, 0), /*candidate=*/2));
}

TEST(RaftVoteTest, CandidateWithALessCompleteLogIsRefused) {
  const RaftStart ours = {.term = 2, .log = {1, 2, 2}};
  EXPECT_TRUE(Grants(ours, Id(3, 2)));
  EXPECT_TRUE(Grants(ours, Id(4, 2)));
  EXPECT_FALSE(Grants(ours, Id(2, 2)));
  EXPECT_FALSE(Grants(ours, Id(9, 1)));
  EXPECT_FALSE(Grants(ours, Id(0, 0)));
}

TEST(RaftVoteTest, LaterTermWithAShorterLogIsMoreComplete) {
  EXPECT_TRUE(Grants({.term = 2, .log = {1, 1, 1}}, Id(1, 2)));
}

TEST(RaftVoteTest, MemberThatKnowsTheLeaderOfTheTermRefuses) {
  RaftMember member(Plain(), {.term = 3});
  member.Receive(MakeHeartbeat({.from = 3, .term = 3}));
  member.Run();
  member.Receive(MakeVote({.from = 2, .term = 3}, Id(9, 3)));
  EXPECT_TRUE(SentOf(member.Take(), kVoteResponse).at(0).reject);
}

TEST(RaftVoteTest, CandidateAndLeaderRefuseOthersInTheirTerm) {
  RaftMember member(Plain(), {});
  member.Step(Campaign{});
  member.Run();
  member.Receive(MakeVote({.from = 2, .term = 1}, Id(9, 0)));
  EXPECT_TRUE(SentOf(member.Take(), kVoteResponse).at(0).reject);
  member.Receive(MakeBallot(kVoteResponse, {.from = 3}));
  member.Run();
  ASSERT_EQ(member.core().role().role, Role::kLeader);
  member.Receive(MakeVote({.from = 2, .term = 1}, Id(9, 0)));
  EXPECT_TRUE(SentOf(member.Take(), kVoteResponse).at(0).reject);
}

// One that was made a voter may not know of it yet, while the candidate does.
TEST(RaftVoteTest, LearnerVotesWhenItIsAsked) {
  Membership membership = testing::VotersOnly({2, 3});
  membership.learners.Insert(NodeId(1));
  EXPECT_TRUE(Grants({.membership = membership, .term = 2}, Id(0, 0)));
}

TEST(RaftVoteTest, AnswerCarriesTheIncarnationOfTheRequest) {
  RaftMember member(Plain(), {});
  Message request = MakeVote({.term = 1}, Id(0, 0));
  request.incarnation = Incarnation(77);
  member.Receive(request);
  EXPECT_EQ(SentOf(member.Take(), kVoteResponse).at(0).incarnation, Incarnation(77));
}

TEST(RaftVoteTest, GivingAVoteStartsTheTimeoutAnew) {
  RaftMember member(Plain(), {.term = 1, .log = {1}});
  member.core().SetElectionTimeoutForTest(10);
  member.Tick(9);
  member.Receive(MakeVote({.term = 1}, Id(1, 1)));
  member.Tick(9);
  EXPECT_EQ(member.core().role().role, Role::kFollower);
}

TEST(RaftVoteTest, RefusingAVoteDoesNotStartTheTimeoutAnew) {
  RaftMember member(Plain(), {.term = 1, .log = {1}});
  member.core().SetElectionTimeoutForTest(10);
  member.Tick(9);
  member.Receive(MakeVote({.term = 1}, Id(0, 0)));
  member.Tick(1);
  EXPECT_EQ(member.core().role().role, Role::kCandidate);
}

// ---- Terms (5.1) ------------------------------------------------------------------------------

RaftMember InRole(Role role) {
  RaftMember member(Plain(), {.term = 4, .log = {1}});
  if (role != Role::kFollower) member.Step(Campaign{});
  member.Run();
  if (role == Role::kLeader) {
    member.Receive(MakeBallot(kVoteResponse, {.from = 3, .term = 5}));
    member.Run();
  }
  EXPECT_EQ(member.core().role().role, role);
  return member;
}

TEST(RaftTermTest, HigherTermMakesAFollowerInAnyRole) {
  for (const Role role : {Role::kFollower, Role::kCandidate, Role::kLeader}) {
    for (const Message& message :
         {MakeAppend({.term = 9}, Id(1, 1), {}), MakeHeartbeat({.term = 9}),
          MakeVote({.term = 9}, Id(0, 0)), MakeAck({.term = 9}, 0),
          MakeBallot(kVoteResponse, {.term = 9}, false)}) {
      SCOPED_TRACE(Name(role));
      SCOPED_TRACE(Name(message.type));
      RaftMember member = InRole(role);
      member.Receive(message);
      EXPECT_EQ(member.core().role().role, Role::kFollower);
      EXPECT_EQ(member.core().term(), Term(9));
      EXPECT_EQ(member.Take().hard_state->term, Term(9));
    }
  }
}

TEST(RaftTermTest, OnlyALeadersMessageNamesTheLeaderOfAHigherTerm) {
  RaftMember member = InRole(Role::kFollower);
  member.Receive(MakeAck({.term = 8}, 0));
  EXPECT_TRUE(member.core().leader().IsNone());
  member.Receive(MakeHeartbeat({.from = 3, .term = 9}));
  EXPECT_EQ(member.core().leader(), NodeId(3));
}

TEST(RaftTermTest, EnteringATermForgetsTheVoteOfTheLastOne) {
  RaftMember member(Plain(), {.term = 4, .vote = 2});
  member.Receive(MakeHeartbeat({.term = 5}));
  const Output& output = member.Take();
  EXPECT_EQ(output.hard_state->term, Term(5));
  EXPECT_TRUE(output.hard_state->vote.IsNone());
}

TEST(RaftTermTest, LowerTermIsIgnoredInAnyRole) {
  for (const Role role : {Role::kFollower, Role::kCandidate, Role::kLeader}) {
    for (const Message& message :
         {MakeAppend({.term = 2}, Id(1, 1), testing::MakeEntries(2, {2}), 1),
          MakeHeartbeat({.term = 2}, 1), MakeVote({.term = 2}, Id(9, 9)), MakeAck({.term = 2}, 9),
          MakeBallot(kVoteResponse, {.term = 2})}) {
      SCOPED_TRACE(Name(role));
      SCOPED_TRACE(Name(message.type));
      RaftMember member = InRole(role);
      const Term term = member.core().term();
      const EntryId last = member.core().last();
      member.Receive(message);
      EXPECT_EQ(member.core().role().role, role);
      EXPECT_EQ(member.core().term(), term);
      EXPECT_EQ(member.core().last(), last);
      EXPECT_EQ(member.core().commit(), Index(0));
      const Output& output = member.Take();
      EXPECT_FALSE(output.must_store);
      for (const Message& answer : output.send_after_store) EXPECT_TRUE(answer.term > Term(2));
    }
  }
}

// It may be a leader or a candidate that needs this member, and this one may be a learner, which
// never campaigns and so would never tell its term.
TEST(RaftTermTest, SenderOfALowerTermIsToldOfTheHigherOne) {
  RaftMember learner(Plain(), {.membership = testing::VotersOnly({2, 3}), .term = 5});
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = Id(4, 2);
  Message install = testing::MakeMessage(MessageType::kSnapshot, {.term = 2});
  install.snapshot = snapshot;
  for (const Message& message :
       {MakeAppend({.term = 2}, Id(0, 0), {}), MakeHeartbeat({.term = 2}), install}) {
    SCOPED_TRACE(Name(message.type));
    learner.Receive(message);
    const std::vector<Message> answers = SentOf(learner.Take(), MessageType::kAppendResponse);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].term, Term(5));
    EXPECT_EQ(answers[0].to, NodeId(2));
  }
  learner.Receive(MakeVote({.term = 2}, Id(9, 9)));
  const std::vector<Message> answers = SentOf(learner.Take(), kVoteResponse);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].reject);
  EXPECT_EQ(answers[0].term, Term(5));
}

TEST(RaftTermTest, CompatibleMemberIsSilentToALowerTerm) {
  Config config = Plain();
  config.compatibility.lower_terms_unanswered = true;
  RaftMember member(config, {.term = 5});
  member.Receive(MakeHeartbeat({.term = 2}));
  member.Receive(MakeVote({.term = 2}, Id(9, 9)));
  EXPECT_FALSE(member.core().HasOutput());
}

// ---- Election restriction in whole groups (5.4.1) ---------------------------------------------

TEST(RaftVoteTest, MemberWithoutCommittedEntriesIsNotElected) {
  RaftCluster cluster({1, 2, 3}, Plain());
  cluster.Elect(1);
  cluster.Isolate(3);
  cluster.Propose(1, "kept");
  cluster.Deliver();
  cluster.Heal();
  cluster.Isolate(1);
  cluster.Step(3, Campaign{});
  cluster.Deliver();
  EXPECT_NE(cluster.core(3).role().role, Role::kLeader);
  cluster.Elect(2);
  cluster.Heal();
  cluster.TickAll(3);
  EXPECT_EQ(cluster[3].AppliedPayloads(), std::vector<std::string>{"kept"});
}

// Paper figure 7: the logs of a new leader overwrite what was never committed.
TEST(RaftVoteTest, NewLeaderOverwritesALongerLogOfAnOlderTerm) {
  RaftCluster cluster({1, 2, 3}, Plain());
  cluster.Start(1, {.term = 2, .log = {1, 2}});
  cluster.Start(2, {.term = 1, .log = {1, 1, 1, 1}});
  cluster.Start(3, {.term = 1, .log = {1}});
  cluster.Elect(1);
  cluster.TickAll(3);
  for (uint64_t id = 1; id <= 3; ++id) {
    EXPECT_EQ(cluster.core(id).last(), Id(3, 3));
    EXPECT_EQ(cluster.core(id).TermAt(Index(2)), Term(2));
    EXPECT_EQ(cluster.core(id).commit(), Index(3));
  }
  cluster.CheckSameApplied();
}

}  // namespace
}  // namespace warren::raft
