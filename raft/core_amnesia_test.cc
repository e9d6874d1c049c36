// Members that cannot prove that they remember what they acknowledged (raft/amnesia.h).
#include <string>
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
using testing::MakeEntries;
using testing::MakeHeartbeat;
using testing::MakeMessage;
using testing::MakePreVote;
using testing::MakeVote;
using testing::NodeConfig;
using testing::RaftCluster;
using testing::RaftMember;
using testing::RaftStart;
using testing::SentOf;

constexpr auto kTermQuery = MessageType::kTermQuery;
constexpr auto kTermReply = MessageType::kTermReply;

const RaftStart kForgetful = {.term = 3, .log = {1, 3}, .amnesiac = true, .incarnation = 2};

bool IsAmnesiac(const RaftMember& member) { return member.core().GetStatus().hard_state.amnesiac; }

Message Query(uint64_t from, uint64_t last, uint64_t incarnation) {
  Message query = MakeMessage(kTermQuery, {.from = from});
  query.index = Index(last);
  query.incarnation = Incarnation(incarnation);
  return query;
}

// ---- Silence ----------------------------------------------------------------------------------

TEST(RaftAmnesiaTest, AmnesiacDoesNotAnswerCandidates) {
  RaftMember member(GroupConfig(), kForgetful);
  member.Receive(MakeVote({.term = 4}, Id(9, 3)));
  member.Receive(MakePreVote({.term = 4}, Id(9, 3)));
  EXPECT_FALSE(member.core().HasOutput());
  EXPECT_EQ(member.core().term(), Term(3));
}

TEST(RaftAmnesiaTest, AmnesiacDoesNotCampaign) {
  RaftMember member(GroupConfig(), kForgetful);
  member.Tick(100);
  member.Step(Campaign{});
  member.Receive(MakeMessage(MessageType::kTimeoutNow, {.term = 3}));
  EXPECT_EQ(member.core().role().role, Role::kFollower);
  EXPECT_EQ(member.core().term(), Term(3));
}

TEST(RaftAmnesiaTest, AmnesiacRefusesReads) {
  RaftMember member(GroupConfig(), kForgetful);
  member.Receive(MakeHeartbeat({.term = 3}));
  EXPECT_EQ(member.Step(ReadRequest{ReadId(1)}).outcome, Outcome::kRefused);
}

TEST(RaftAmnesiaTest, AmnesiacGoesOnTakingEntries) {
  RaftMember member(GroupConfig(), kForgetful);
  member.Receive(MakeAppend({.term = 3}, Id(2, 3), MakeEntries(3, {3}), /*commit=*/3));
  const Output& output = member.Take();
  EXPECT_EQ(output.append.size(), 1u);
  EXPECT_EQ(output.commit.size(), 3u);
  const Message answer = SentOf(output, MessageType::kAppendResponse).at(0);
  EXPECT_TRUE(answer.amnesiac);
  EXPECT_EQ(answer.incarnation, Incarnation(2));
}

TEST(RaftAmnesiaTest, AmnesiacIsNoWitnessForItsLeader) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.TickAll(2);
  cluster.Isolate(2);
  cluster[3].disk().hard_state.amnesiac = true;
  cluster.Restart(3);
  cluster.TickAll(30);  // 2 does not answer, so that 3 stays amnesiac.
  EXPECT_TRUE(IsAmnesiac(cluster[3]));
  EXPECT_EQ(cluster.Leader(), 0u);
}

TEST(RaftAmnesiaTest, AmnesiacDoesNotConfirmReads) {
  RaftMember leader(GroupConfig(), {});
  leader.BecomeLeader();
  leader.Receive(MakeAck({.from = 2}, 1));
  leader.Run();
  leader.Step(ReadRequest{ReadId(1)});
  const Message heartbeat = SentOf(leader.Take(), MessageType::kHeartbeat).at(0);
  Message response = MakeMessage(MessageType::kHeartbeatResponse, {.from = 2});
  response.context = heartbeat.context;
  response.amnesiac = true;
  leader.Receive(response);
  leader.Run();
  EXPECT_TRUE(leader.reads().empty());
}

TEST(RaftAmnesiaTest, AmnesiaOutlivesRestarts) {
  RaftMember member(GroupConfig(), kForgetful);
  member.Receive(MakeHeartbeat({.term = 5}));
  member.Run();
  member.Restart();
  EXPECT_TRUE(IsAmnesiac(member));
  EXPECT_EQ(member.core().term(), Term(5));
}

// ---- Asking around ----------------------------------------------------------------------------

TEST(RaftAmnesiaTest, AmnesiacAsksAllOtherVoters) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftMember member(config, kForgetful);
    EXPECT_TRUE(member.core().WantsTick());
    member.Tick();
    const std::vector<Message> queries = SentOf(member.Take(), kTermQuery);
    ASSERT_EQ(queries.size(), 2u);
    EXPECT_EQ(queries[0].index, Index(2));
    EXPECT_EQ(queries[0].incarnation, Incarnation(2));
  }
}

TEST(RaftAmnesiaTest, EverybodyTellsItsTermWhateverTheOthers) {
  for (const uint64_t term : {1u, 9u}) {
    RaftMember member(GroupConfig(), {.term = term, .log = {1}});
    Message query = Query(2, 0, 7);
    query.term = Term(4);
    member.Receive(query);
    const Message reply = SentOf(member.Take(), kTermReply).at(0);
    EXPECT_EQ(reply.term, Term(term));
    EXPECT_EQ(reply.incarnation, Incarnation(7));
    EXPECT_FALSE(reply.leader);
  }
}

TEST(RaftAmnesiaTest, AmnesiacsTellEachOtherTheirTerms) {
  RaftMember member(GroupConfig(), kForgetful);
  member.Receive(Query(2, 0, 7));
  EXPECT_EQ(SentOf(member.Take(), kTermReply).size(), 1u);
}

TEST(RaftAmnesiaTest, StrangersAreNotAnswered) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(Query(9, 0, 7));
  EXPECT_FALSE(member.core().HasOutput());
}

TEST(RaftAmnesiaTest, LeaderForgetsWhatTheAmnesiacAcknowledgedBeforeItAnswers) {
  RaftMember leader(GroupConfig(), {.term = 1, .log = {1, 1, 1}});
  leader.BecomeLeader();
  leader.Receive(MakeAck({.from = 2, .term = 2}, 4));
  leader.Run();
  leader.Receive(Query(2, /*last=*/2, /*incarnation=*/3));
  const ProgressView view = leader.core().GetStatus().peers.at(1).progress;
  EXPECT_EQ(view.match, Index(0));
  EXPECT_EQ(view.next, Index(3));
  const Message reply = SentOf(leader.Take(), kTermReply).at(0);
  EXPECT_TRUE(reply.leader);
  EXPECT_EQ(reply.commit, Index(4));
}

TEST(RaftAmnesiaTest, QuestionThatIsRepeatedDoesNotUndoWhatFollowedTheFirst) {
  RaftMember leader(GroupConfig(), {.term = 1, .log = {1, 1, 1}});
  leader.BecomeLeader();
  leader.Receive(Query(2, 2, 3));
  Message ack = MakeAck({.from = 2, .term = 2}, 4);
  ack.incarnation = Incarnation(3);
  leader.Receive(ack);
  leader.Receive(Query(2, 2, 3));
  EXPECT_EQ(leader.core().GetStatus().peers.at(1).progress.match, Index(4));
}

TEST(RaftAmnesiaTest, AcknowledgementsFromBeforeTheLossAreIgnored) {
  RaftMember leader(GroupConfig(), {});
  leader.BecomeLeader();
  leader.Receive(Query(2, 0, /*incarnation=*/3));
  Message old = MakeAck({.from = 2}, 1);
  old.incarnation = Incarnation(2);
  leader.Receive(old);
  EXPECT_EQ(leader.core().commit(), Index(0));
  old.incarnation = Incarnation(3);
  leader.Receive(old);
  EXPECT_EQ(leader.core().commit(), Index(1));
}

// ---- Being found out --------------------------------------------------------------------------

// The leader's idea of what we hold: more than we do means that our disk lost something.
TEST(RaftAmnesiaTest, MatchBeyondTheLogFindsAnAmnesiacOut) {
  RaftMember member(GroupConfig(), {.term = 3, .log = {3}});
  Message append = MakeAppend({.term = 3}, Id(3, 3), {});
  append.match = Index(3);
  member.Receive(append);
  const Output& output = member.Take();
  ASSERT_TRUE(output.hard_state.has_value());
  EXPECT_TRUE(output.hard_state->amnesiac);
  EXPECT_TRUE(output.must_sync);
  EXPECT_TRUE(SentOf(output, MessageType::kAppendResponse).at(0).amnesiac);
}

TEST(RaftAmnesiaTest, CommitBeyondTheLogFindsAnAmnesiacOut) {
  RaftMember member(GroupConfig(), {.term = 3, .log = {3}});
  member.Receive(MakeHeartbeat({.term = 3}, /*commit=*/2));
  EXPECT_TRUE(IsAmnesiac(member));
  EXPECT_EQ(member.core().commit(), Index(0));
}

TEST(RaftAmnesiaTest, AcknowledgementFromBeforeTheFindingDoesNotHideIt) {
  RaftMember member(GroupConfig(), {.term = 3});
  member.Receive(MakeAppend({.term = 3}, Id(0, 0), MakeEntries(1, {3})));
  Message append = MakeAppend({.term = 3}, Id(1, 3), {});
  append.match = Index(3);
  member.Receive(append);
  const std::vector<Message> acks = SentOf(member.Take(), MessageType::kAppendResponse);
  EXPECT_TRUE(acks.back().amnesiac);
}

}  // namespace
}  // namespace warren::raft
