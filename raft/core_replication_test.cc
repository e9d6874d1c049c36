// How entries travel from the leader to the others: Raft paper section 5.3.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::IndexesOf;
using testing::MakeAck;
using testing::MakeAppend;
using testing::MakeEntries;
using testing::MakeHeartbeat;
using testing::MakeReject;
using testing::Nodes;
using testing::RaftCluster;
using testing::RaftMember;
using testing::RaftStart;
using testing::SentOf;
using testing::VotersOnly;

constexpr auto kAppend = MessageType::kAppend;
constexpr auto kAck = MessageType::kAppendResponse;

using Indexes = std::vector<uint64_t>;

// ---- The follower's end -----------------------------------------------------------------------

Message AnswerTo(const RaftStart& start, const Message& message) {
  RaftMember member(GroupConfig(), start);
  member.Receive(message);
  const std::vector<Message> answers = SentOf(member.Take(), kAck);
  EXPECT_EQ(answers.size(), 1u);
  return answers.at(0);
}

TEST(RaftFollowerTest, TakesEntriesThatFollowItsLog) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1}});
  member.Receive(MakeAppend({.term = 1}, Id(1, 1), MakeEntries(2, {1, 1})));
  const Output& output = member.Take();
  EXPECT_EQ(IndexesOf(output.append), (Indexes{2, 3}));
  const Message answer = SentOf(output, kAck).at(0);
  EXPECT_FALSE(answer.reject);
  EXPECT_EQ(answer.index, Index(3));
  EXPECT_EQ(answer.to, NodeId(2));
}

TEST(RaftFollowerTest, AcknowledgesTheBatchAndNotMore) {
  const Message answer = AnswerTo({.term = 2, .log = {1, 1, 1, 1}},
                                  MakeAppend({.term = 2}, Id(1, 1), MakeEntries(2, {1})));
  EXPECT_EQ(answer.index, Index(2)) << "3 and 4 may differ from the leader's";
}

TEST(RaftFollowerTest, RefusesAGapAndSaysWhereItsLogEnds) {
  const Message answer =
      AnswerTo({.term = 1, .log = {1, 1}}, MakeAppend({.term = 1}, Id(9, 1), {}));
  EXPECT_TRUE(answer.reject);
  EXPECT_EQ(answer.index, Index(9));
  EXPECT_EQ(answer.reject_hint, Index(2));
  EXPECT_EQ(answer.log_term, Term(1));
}

TEST(RaftFollowerTest, RefusalHintsAtTheLastEntryThatMightMatch) {
  // Ours: 1 1 2 2 2 2. The leader's entry 5 is of term 1: all of our term 2 is wrong.
  const Message answer =
      AnswerTo({.term = 3, .log = {1, 1, 2, 2, 2, 2}}, MakeAppend({.term = 3}, Id(5, 1), {}));
  EXPECT_TRUE(answer.reject);
  EXPECT_EQ(answer.reject_hint, Index(2));
  EXPECT_EQ(answer.log_term, Term(1));
}

TEST(RaftFollowerTest, ReplacesEntriesThatConflict) {
  RaftMember member(GroupConfig(), {.term = 2, .log = {1, 1, 1}});
  member.Receive(MakeAppend({.term = 2}, Id(1, 1), MakeEntries(2, {2})));
  EXPECT_EQ(IndexesOf(member.Take().append), Indexes{2});
  EXPECT_EQ(member.core().last(), Id(2, 2));
}

TEST(RaftFollowerTest, LateAppendDoesNotShortenItsLog) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1, 1}});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  EXPECT_EQ(member.core().last(), Id(3, 1));
}

TEST(RaftFollowerTest, AppendBelowItsCommitIsAnsweredWithTheCommit) {
  const Message answer = AnswerTo({.term = 1, .log = {1, 1, 1}, .commit = 3},
                                  MakeAppend({.term = 1}, Id(1, 1), MakeEntries(2, {1})));
  EXPECT_FALSE(answer.reject);
  EXPECT_EQ(answer.index, Index(3));
}

TEST(RaftFollowerTest, HeartbeatIsAnsweredWithItsContext) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(MakeHeartbeat({.term = 1}, 0, /*context=*/7));
  EXPECT_EQ(SentOf(member.Take(), MessageType::kHeartbeatResponse).at(0).context, 7u);
}

// ---- The leader's end -------------------------------------------------------------------------

// Leads in term 1 and knows that members 2 and 3 hold its opening entry.
RaftMember KnownLeader(Config config = GroupConfig()) {
  RaftMember member(config, {});
  member.BecomeLeader();
  for (const uint64_t id : {2u, 3u}) member.Receive(MakeAck({.from = id}, 1));
  member.Run();
  return member;
}

TEST(RaftLeaderTest, ChecksumsOfAProposalGoToDiskAndPeersAsTheyCame) {
  RaftMember leader = KnownLeader();
  const std::vector<base::Bytes> payloads = {base::Bytes::Copy("a"), base::Bytes::Copy("b")};
  const std::vector<uint32_t> crcs = {1, 2};
  EXPECT_EQ(leader.core().Step(Propose{.payloads = payloads, .clock = {}, .crcs = crcs}).outcome,
            Outcome::kDone);
  const auto expect_crcs = [](const std::vector<Entry>& entries) {
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].PayloadCrc(), 1u);
    EXPECT_EQ(entries[1].PayloadCrc(), 2u);
  };
  const Output& output = leader.Take();
  expect_crcs(output.append);
  for (const Message& append : SentOf(output, kAppend)) expect_crcs(append.entries);
}

TEST(RaftLeaderTest, SendsAProposalToEverybody) {
  RaftMember leader = KnownLeader();
  const StepResult result = leader.Propose("a");
  EXPECT_EQ(result.outcome, Outcome::kDone);
  EXPECT_EQ(result.first, Id(2, 1));
  const std::vector<Message> appends = SentOf(leader.Take(), kAppend);
  ASSERT_EQ(appends.size(), 2u);
  for (const Message& append : appends) {
    EXPECT_EQ(append.index, Index(1));
    EXPECT_EQ(append.log_term, Term(1));
    EXPECT_EQ(IndexesOf(append.entries), Indexes{2});
    EXPECT_EQ(append.entries[0].payload, "a");
  }
}

TEST(RaftLeaderTest, SendsOnWithoutWaitingForAnswers) {
  RaftMember leader = KnownLeader();
  for (uint64_t i = 2; i < 6; ++i) {
    leader.Propose("x");
    const std::vector<Message> appends = SentOf(leader.Take(), kAppend);
    ASSERT_EQ(appends.size(), 2u);
    EXPECT_EQ(IndexesOf(appends[0].entries), Indexes{i});
  }
}

TEST(RaftLeaderTest, ProbesAMemberWithOneAppendAtATime) {
  RaftMember leader(GroupConfig(), {});
  leader.BecomeLeader();
  leader.Propose("a");
  EXPECT_TRUE(SentOf(leader.Take(), kAppend).empty()) << "the opening entry is still the probe";
  leader.Receive(MakeAck({.from = 2}, 1));
  const std::vector<Message> appends = SentOf(leader.Take(), kAppend);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(appends[0].to, NodeId(2));
  EXPECT_EQ(IndexesOf(appends[0].entries), Indexes{2});
}

TEST(RaftLeaderTest, HeartbeatResponseRepeatsALostProbe) {
  RaftMember leader(GroupConfig(), {});
  leader.BecomeLeader();
  leader.Receive(testing::MakeMessage(MessageType::kHeartbeatResponse, {.from = 2}));
  const std::vector<Message> appends = SentOf(leader.Take(), kAppend);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(IndexesOf(appends[0].entries), Indexes{1});
}

TEST(RaftLeaderTest, StepsBackToTheHintOfARefusal) {
  RaftMember leader(GroupConfig(), {.term = 3, .log = {1, 1, 2, 3}});
  leader.BecomeLeader();
  leader.Receive(MakeReject({.from = 2, .term = 4}, /*rejected=*/4, /*hint=*/Id(2, 1)));
  const Message append = SentOf(leader.Take(), kAppend).at(0);
  EXPECT_EQ(append.index, Index(2));
  EXPECT_EQ(append.log_term, Term(1));
  EXPECT_EQ(IndexesOf(append.entries), (Indexes{3, 4, 5}));
}

// Terms only rise along a log, so where ours are larger than the hint's the logs cannot agree.
TEST(RaftLeaderTest, StepsOverWholeTermsThatTheMemberCannotHold) {
  RaftMember leader(GroupConfig(), {.term = 5, .log = {1, 1, 3, 3, 3, 5}});
  leader.BecomeLeader();
  leader.Receive(MakeReject({.from = 2, .term = 6}, /*rejected=*/6, /*hint=*/Id(5, 2)));
  EXPECT_EQ(SentOf(leader.Take(), kAppend).at(0).index, Index(2));
}

TEST(RaftLeaderTest, LateRefusalIsIgnored) {
  RaftMember leader = KnownLeader();
  leader.Receive(MakeReject({.from = 2}, /*rejected=*/0, Id(0, 0)));
  EXPECT_FALSE(leader.core().HasOutput());
}

TEST(RaftLeaderTest, GoesBackToProbingWhenAnAppendInFlightIsRefused) {
  RaftMember leader = KnownLeader();
  for (int i = 0; i < 3; ++i) leader.Propose("x");
  leader.Run();
  leader.Receive(MakeReject({.from = 2}, /*rejected=*/3, /*hint=*/Id(1, 1)));
  const Message append = SentOf(leader.Take(), kAppend).at(0);
  EXPECT_EQ(append.index, Index(1));
  EXPECT_EQ(IndexesOf(append.entries), (Indexes{2, 3, 4}));
  EXPECT_EQ(leader.core().GetStatus().peers.at(1).progress.state, ProgressState::kProbe);
}

TEST(RaftLeaderTest, UnreachableMemberIsProbed) {
  RaftMember leader = KnownLeader();
  leader.Propose("x");
  leader.Run();
  leader.Step(PeerUnreachable{NodeId(2)});
  const ProgressView view = leader.core().GetStatus().peers.at(1).progress;
  EXPECT_EQ(view.state, ProgressState::kProbe);
  EXPECT_EQ(view.next, Index(2));
}

TEST(RaftLeaderTest, SendsHeartbeatsAsOftenAsTheConfigSays) {
  Config config = GroupConfig();
  config.heartbeat_ticks = 3;
  RaftMember leader = KnownLeader(config);
  leader.Tick(2);
  EXPECT_TRUE(SentOf(leader.Take(), MessageType::kHeartbeat).empty());
  leader.Tick(1);
  EXPECT_EQ(SentOf(leader.Take(), MessageType::kHeartbeat).size(), 2u);
}

TEST(RaftLeaderTest, LearnersGetEverythingToo) {
  Membership membership = VotersOnly({1, 2});
  membership.learners = Nodes({3});
  RaftCluster cluster(membership, GroupConfig());
  cluster.Elect(1);
  cluster.Propose(1, "a");
  cluster.Deliver();
  cluster.TickAll(2);
  EXPECT_EQ(cluster[3].AppliedPayloads(), std::vector<std::string>{"a"});
}

TEST(RaftLeaderTest, LogTimeNeverFallsAcrossLeaders) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Propose(1, "a", /*clock=*/1000);
  cluster.Deliver();
  cluster.Isolate(1);
  while (cluster.Leader() < 2) cluster.TickAll();
  const uint64_t leader = cluster.Leader();
  cluster.Propose(leader, "b", /*clock=*/400);
  cluster.Propose(leader, "c", /*clock=*/1001);
  cluster.Deliver();
  LogTime last;
  for (const Entry& entry : cluster.core(leader).EntriesInMemory()) {
    EXPECT_GE(entry.time, last);
    last = entry.time;
  }
  EXPECT_EQ(last, LogTime(1001));
}

// ---- Whole groups -----------------------------------------------------------------------------

// Paper figure 7: what followers may look like when a leader of term 8 comes to power.
TEST(RaftReplicationTest, NewLeaderMakesEveryLogOfFigure7LikeItsOwn) {
  const std::vector<uint64_t> ours = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
  const std::vector<std::vector<uint64_t>> theirs = {
      {1, 1, 1, 4, 4, 5, 5, 6, 6},           // (a)
      {1, 1, 1, 4},                          // (b)
      {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},     // (c)
      {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},  // (d)
      {1, 1, 1, 4, 4, 4, 4},                 // (e)
      {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3},     // (f)
  };
  for (const std::vector<uint64_t>& log : theirs) {
    RaftCluster cluster({1, 2, 3});
    cluster.Start(1, {.term = 7, .log = ours});
    cluster.Start(2, {.term = 7, .log = log});
    cluster.Start(3, {.term = 7, .log = {1}});
    cluster.Isolate(2);
    cluster.Elect(1);
    cluster.Heal();
    cluster.TickAll(3);
    for (uint64_t id = 2; id <= 3; ++id) {
      EXPECT_EQ(cluster.core(id).EntriesInMemory(), cluster.core(1).EntriesInMemory());
      EXPECT_EQ(cluster.core(id).commit(), Index(11));
    }
  }
}

TEST(RaftReplicationTest, MessagesInAnyOrderLeadToTheSameLogs) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    base::Rng rng(seed);
    RaftCluster cluster({1, 2, 3});
    cluster.Elect(1);
    for (int i = 0; i < 20; ++i) {
      cluster.Propose(1, std::to_string(i));
      std::deque<Message>& network = cluster.network();
      for (size_t j = network.size(); j > 1; --j) std::swap(network[j - 1], network[rng.Below(j)]);
      if (rng.OneIn(4) && !network.empty()) network.pop_front();
      if (rng.OneIn(3) && !network.empty()) network.push_back(network.front());
      if (rng.OneIn(3)) cluster.Deliver();
    }
    cluster.TickAll(5);
    for (uint64_t id = 1; id <= 3; ++id) {
      ASSERT_EQ(cluster[id].AppliedPayloads().size(), 20u) << "seed " << seed;
    }
    cluster.CheckSameApplied();
  }
}

}  // namespace
}  // namespace warren::raft
