#include "raft/amnesia.h"

#include <vector>

#include "gtest/gtest.h"

#include "raft/testing/member.h"

namespace warren::raft {
namespace {

using testing::Id;
using testing::MakeMessage;
using testing::MakeRecovered;
using testing::Nodes;
using testing::VotersOnly;

constexpr Incarnation kThisLife(3);

Message Reply(uint64_t from, uint64_t term, Incarnation asked_in = kThisLife) {
  Message reply = MakeMessage(MessageType::kTermReply, {.from = from, .to = 1, .term = term});
  reply.incarnation = asked_in;
  return reply;
}

Message LeaderReply(uint64_t from, uint64_t term, uint64_t commit) {
  Message reply = Reply(from, term);
  reply.leader = true;
  reply.commit = Index(commit);
  return reply;
}

// Entries 1 to 3, all durable.
Log ShortLog() {
  Recovered recovered = MakeRecovered({.term = 1, .log = {1, 1, 1}});
  return *Log::Recover(recovered);
}

NodeId CuredBy(const Amnesia& amnesia, const Membership& membership, uint64_t applied = 3) {
  return amnesia.CuredBy(NodeId(1), membership, ShortLog(), Index(applied));
}

TEST(AmnesiaTest, IsCuredByTheLeaderAndTheTermsOfAllOthers) {
  Amnesia amnesia;
  amnesia.OnReply(Reply(3, 1), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3})).IsNone());
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  EXPECT_EQ(CuredBy(amnesia, VotersOnly({1, 2, 3})), NodeId(2));
}

// With a majority only, the candidate that holds a forgotten vote may be the one that is silent.
TEST(AmnesiaTest, MajorityOfTheOthersIsNotEnough) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  for (const uint64_t node : {3u, 4u}) amnesia.OnReply(Reply(node, 2), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3, 4, 5})).IsNone());
  amnesia.OnReply(Reply(5, 2), kThisLife, Term(2));
  EXPECT_EQ(CuredBy(amnesia, VotersOnly({1, 2, 3, 4, 5})), NodeId(2));
}

TEST(AmnesiaTest, TermsOfAllOthersWithoutALeaderAreNotEnough) {
  Amnesia amnesia;
  for (const uint64_t node : {2u, 3u}) amnesia.OnReply(Reply(node, 2), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3})).IsNone());
}

TEST(AmnesiaTest, AnswersToAnEarlierLifeDoNotCount) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  amnesia.OnReply(Reply(3, 2, Incarnation(2)), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3})).IsNone());
}

TEST(AmnesiaTest, LeaderOfAnEarlierTermOnlyTellsItsTerm) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(4));
  amnesia.OnReply(Reply(3, 4), kThisLife, Term(4));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3})).IsNone());
}

TEST(AmnesiaTest, NewTermNeedsItsOwnLeader) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  amnesia.OnReply(Reply(3, 2), kThisLife, Term(2));
  amnesia.OnTermChange();
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3})).IsNone());
  amnesia.OnReply(LeaderReply(3, 5, 3), kThisLife, Term(5));
  EXPECT_EQ(CuredBy(amnesia, VotersOnly({1, 2, 3})), NodeId(3)) << "the terms told still count";
}

TEST(AmnesiaTest, IsCuredOnlyWithAllThatTheLeaderCommittedOnDisk) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 4), kThisLife, Term(2));
  amnesia.OnReply(Reply(3, 2), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3})).IsNone()) << "the log ends at 3";
}

// Otherwise the voters that were asked need not be those that count.
TEST(AmnesiaTest, IsCuredOnlyWithAllThatTheLeaderCommittedApplied) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  amnesia.OnReply(Reply(3, 2), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, VotersOnly({1, 2, 3}), /*applied=*/2).IsNone());
  EXPECT_EQ(CuredBy(amnesia, VotersOnly({1, 2, 3}), /*applied=*/3), NodeId(2));
}

TEST(AmnesiaTest, IsNotCuredWhileASnapshotIsOnItsWayToDisk) {
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  amnesia.OnReply(Reply(3, 2), kThisLife, Term(2));
  Log log = ShortLog();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = Id(9, 2);
  log.Restore(snapshot);
  EXPECT_TRUE(amnesia.CuredBy(NodeId(1), VotersOnly({1, 2, 3}), log, Index(9)).IsNone());
}

TEST(AmnesiaTest, JointPhaseAsksTheVotersOfBothHalves) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.outgoing = Nodes({1, 2, 4});
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  amnesia.OnReply(Reply(3, 2), kThisLife, Term(2));
  EXPECT_TRUE(CuredBy(amnesia, membership).IsNone());
  amnesia.OnReply(Reply(4, 2), kThisLife, Term(2));
  EXPECT_EQ(CuredBy(amnesia, membership), NodeId(2));
}

TEST(AmnesiaTest, LearnersNeedNotAnswer) {
  Membership membership = VotersOnly({1, 2});
  membership.learners = Nodes({9});
  Amnesia amnesia;
  amnesia.OnReply(LeaderReply(2, 2, 3), kThisLife, Term(2));
  EXPECT_EQ(CuredBy(amnesia, membership), NodeId(2));
}

}  // namespace
}  // namespace warren::raft
