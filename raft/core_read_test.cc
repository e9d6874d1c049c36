// Reads that see everything that was confirmed before them: Raft thesis section 6.4.
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
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

constexpr auto kHeartbeat = MessageType::kHeartbeat;
constexpr auto kHeartbeatResponse = MessageType::kHeartbeatResponse;

ReadRequest Read(uint64_t id) { return {.id = ReadId(id)}; }

RaftMember KnownLeader(const Membership& membership = VotersOnly({1, 2, 3}),
                       const Config& config = GroupConfig()) {
  RaftMember leader(config, {.membership = membership});
  leader.BecomeLeader();
  for (const NodeId id : membership.AllVoters()) {
    if (id != NodeId(1)) leader.Receive(MakeAck({.from = id.value()}, 1));
  }
  leader.Run();
  return leader;
}

void AnswerHeartbeat(RaftMember& leader, uint64_t from, uint64_t context) {
  Message response = MakeMessage(kHeartbeatResponse, {.from = from});
  response.context = context;
  leader.Receive(response);
}

// The context of the heartbeat that a read caused.
uint64_t ContextOf(RaftMember& leader) { return SentOf(leader.Take(), kHeartbeat).at(0).context; }

std::vector<uint64_t> IndexesRead(const RaftMember& member) {
  std::vector<uint64_t> indexes;
  for (const ReadReady& ready : member.reads()) indexes.push_back(ready.index.value());
  return indexes;
}

using Indexes = std::vector<uint64_t>;

TEST(RaftReadTest, LeaderAsksAMajorityBeforeItAnswers) {
  RaftMember leader = KnownLeader();
  leader.Step(Read(7));
  const Output& output = leader.Take();
  EXPECT_TRUE(output.reads.empty());
  const std::vector<Message> heartbeats = SentOf(output, kHeartbeat);
  ASSERT_EQ(heartbeats.size(), 2u);
  AnswerHeartbeat(leader, 2, heartbeats[0].context);
  const Output& answered = leader.Take();
  ASSERT_EQ(answered.reads.size(), 1u);
  EXPECT_EQ(answered.reads[0].id, ReadId(7));
  EXPECT_EQ(answered.reads[0].index, Index(1));
}

TEST(RaftReadTest, AnswerToAHeartbeatFromBeforeTheReadDoesNotCount) {
  RaftMember leader = KnownLeader();
  leader.Step(Read(7));
  leader.Take();
  AnswerHeartbeat(leader, 2, 0);
  EXPECT_TRUE(leader.Take().reads.empty());
}

TEST(RaftReadTest, IndexIsTheCommitWhenTheReadArrived) {
  RaftMember leader = KnownLeader();
  leader.Step(Read(1));
  const uint64_t context = ContextOf(leader);
  leader.Propose("x");
  leader.Run();
  leader.Receive(MakeAck({.from = 3}, 2));
  ASSERT_EQ(leader.core().commit(), Index(2));
  AnswerHeartbeat(leader, 2, context);
  leader.Run();
  EXPECT_EQ(IndexesRead(leader), Indexes{1});
}

// An earlier leader may have told others of more than this one knows to be committed.
TEST(RaftReadTest, ReadWaitsForAnEntryOfTheLeadersTerm) {
  RaftMember leader(GroupConfig(), {.term = 1, .log = {1, 1}, .commit = 1});
  leader.BecomeLeader();
  leader.Step(Read(7));
  EXPECT_TRUE(SentOf(leader.Take(), kHeartbeat).empty());
  leader.Receive(MakeAck({.from = 2, .term = 2}, 3));
  const std::vector<Message> heartbeats = SentOf(leader.Take(), kHeartbeat);
  ASSERT_EQ(heartbeats.size(), 2u);
  Message response = MakeMessage(kHeartbeatResponse, {.from = 2, .term = 2});
  response.context = heartbeats[0].context;
  leader.Receive(response);
  leader.Run();
  EXPECT_EQ(IndexesRead(leader), Indexes{3});
}

TEST(RaftReadTest, LearnersDoNotConfirmALeader) {
  Membership membership = VotersOnly({1, 2, 3});
  membership.learners = Nodes({4, 5});
  RaftMember leader = KnownLeader(membership);
  leader.Step(Read(1));
  const uint64_t context = ContextOf(leader);
  for (const uint64_t id : {4u, 5u}) AnswerHeartbeat(leader, id, context);
  EXPECT_TRUE(leader.Take().reads.empty());
}

TEST(RaftReadTest, LeaseAnswersAtOnce) {
  Config config = GroupConfig();
  config.read_mode = ReadMode::kLease;
  RaftMember leader = KnownLeader(VotersOnly({1, 2, 3}), config);
  leader.Step(Read(7));
  const Output& output = leader.Take();
  ASSERT_EQ(output.reads.size(), 1u);
  EXPECT_EQ(output.reads[0].index, Index(1));
  EXPECT_TRUE(SentOf(output, kHeartbeat).empty());
}

TEST(RaftReadTest, LostHeartbeatsAreRepeatedByTicks) {
  for (const Config& config : {GroupConfig(), NodeConfig()}) {
    RaftCluster cluster({1, 2, 3}, config);
    cluster.Elect(1);
    cluster.TickAll(2);
    cluster.LoseType(kHeartbeat);
    cluster.Step(1, Read(7));
    cluster.Deliver();
    EXPECT_TRUE(cluster[1].reads().empty());
    EXPECT_TRUE(cluster.core(1).WantsTick());
    cluster.Heal();
    cluster.TickAll(2);
    EXPECT_EQ(cluster[1].reads().size(), 1u);
  }
}

TEST(RaftReadTest, DeposedLeaderAnswersNothing) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.TickAll(2);
  cluster.Isolate(1);
  cluster.Step(1, Read(7));
  for (int i = 0; i < 100 && cluster.Leader() < 2; ++i) cluster.TickAll();
  cluster.Propose(cluster.Leader(), "newer");
  cluster.Deliver();
  cluster.Heal();
  cluster.TickAll(5);
  EXPECT_TRUE(cluster[1].reads().empty());
}

// ---- Groups of one ----------------------------------------------------------------------------

TEST(RaftReadTest, GroupOfOneAnswersAtOnce) {
  RaftMember leader = KnownLeader(VotersOnly({1}));
  leader.Step(Read(7));
  EXPECT_EQ(leader.Take().reads.size(), 1u);
}

// What was confirmed before the restart may not be known to be committed: the commit index on disk
// is a hint that lags behind.
TEST(RaftReadTest, GroupOfOneWaitsForAnEntryOfItsTermAfterARestart) {
  RaftMember member(GroupConfig(),
                    {.membership = VotersOnly({1}), .term = 1, .log = {1, 1, 1}, .commit = 1});
  member.Step(Campaign{});
  while (member.core().role().role != Role::kLeader) {
    member.Take();
    member.Finish();
  }
  member.Step(Read(7));
  EXPECT_TRUE(member.Take().reads.empty());
  member.Finish();
  member.Run();
  EXPECT_EQ(IndexesRead(member), Indexes{4});
}

TEST(RaftReadTest, LearnersReadOfAGroupOfOneIsAnswered) {
  Membership membership = VotersOnly({1});
  membership.learners = Nodes({2});
  RaftCluster cluster(membership, GroupConfig());
  cluster.Elect(1);
  cluster.TickAll(2);
  cluster.Step(2, Read(5));
  cluster.Deliver();
  EXPECT_EQ(IndexesRead(cluster[2]), Indexes{1});
}

// The answers of a member that was removed are refused, and no others come.
TEST(RaftReadTest, ReadIsAnsweredWhenTheMembershipShrinksToItsLeader) {
  RaftMember leader = KnownLeader(VotersOnly({1, 2}));
  leader.Step(Read(7));
  leader.Run();
  leader.ProposeChange(MakeChange({Remove(2)}));
  leader.Run();
  leader.Receive(MakeAck({.from = 2}, 2));
  leader.Run();
  ASSERT_EQ(leader.core().membership(), VotersOnly({1}));
  EXPECT_EQ(IndexesRead(leader), Indexes{1});
}

// ---- Reads by way of a follower ---------------------------------------------------------------

TEST(RaftReadTest, FollowerAsksItsLeader) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.TickAll(2);
  EXPECT_EQ(cluster.Step(2, Read(7)).outcome, Outcome::kDone);
  cluster.Deliver();
  ASSERT_EQ(cluster[2].reads().size(), 1u);
  EXPECT_EQ(cluster[2].reads()[0].id, ReadId(7));
  EXPECT_EQ(cluster[2].reads()[0].index, cluster.core(1).commit());
  EXPECT_TRUE(cluster[1].reads().empty());
}

TEST(RaftReadTest, MemberWithoutALeaderSaysSo) {
  RaftMember member(GroupConfig(), {});
  EXPECT_EQ(member.Step(Read(7)).outcome, Outcome::kNoLeader);
  EXPECT_FALSE(member.core().HasOutput());
}

TEST(RaftReadTest, StrangersAreNotAnswered) {
  RaftMember leader = KnownLeader(VotersOnly({1}));
  Message request = MakeMessage(MessageType::kReadIndex, {.from = 9, .term = 0});
  request.context = 7;
  leader.Receive(request);
  EXPECT_FALSE(leader.core().HasOutput());
}

// Several members may choose the same number for a read.
TEST(RaftReadTest, ReadsOfDifferentMembersDoNotMix) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.TickAll(2);
  for (uint64_t id = 1; id <= 3; ++id) cluster.Step(id, Read(7));
  cluster.Deliver();
  for (uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(cluster[id].reads().size(), 1u) << id;
}

}  // namespace
}  // namespace warren::raft
