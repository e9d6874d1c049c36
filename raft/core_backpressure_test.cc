// What bounds a group: proposals, appends on their way, entries being applied.
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
using testing::MakeHeartbeat;
using testing::RaftCluster;
using testing::RaftMember;
using testing::VotersOnly;

constexpr auto kAppend = MessageType::kAppend;

using Indexes = std::vector<uint64_t>;

RaftMember KnownLeader(const Config& config) {
  RaftMember leader(config, {});
  leader.BecomeLeader();
  for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 1));
  leader.Run();
  return leader;
}

RaftMember AloneLeader(const Config& config) {
  RaftMember leader(config, {.membership = VotersOnly({1})});
  leader.BecomeLeader();
  return leader;
}

std::string Payload(size_t bytes) { return std::string(bytes, 'x'); }

// ---- Proposals --------------------------------------------------------------------------------

TEST(RaftBackPressureTest, OversizedPayloadIsRefusedWithItsWholeBatch) {
  Config config = GroupConfig();
  config.entry_bytes_max = 10;
  RaftMember leader = KnownLeader(config);
  EXPECT_EQ(leader.Propose(Payload(10)).outcome, Outcome::kDone);
  const EntryId last = leader.core().last();
  const std::vector<base::Bytes> batch = {base::Bytes::Copy("small"),
                                          base::Bytes::Copy(Payload(11))};
  EXPECT_EQ(leader.Step(Propose{.payloads = batch, .clock = {}}).outcome, Outcome::kTooLarge);
  EXPECT_EQ(leader.core().last(), last);
}

TEST(RaftBackPressureTest, ProposalOfNothingIsRefused) {
  RaftMember leader = KnownLeader(GroupConfig());
  EXPECT_EQ(leader.Step(Propose{.payloads = {}, .clock = {}}).outcome, Outcome::kRefused);
  EXPECT_EQ(leader.core().last(), Id(1, 1));
}

TEST(RaftBackPressureTest, ProposalsAreRefusedWhileTooMuchIsUncommitted) {
  Config config = GroupConfig();
  config.uncommitted_bytes_max = 100;
  RaftMember leader = KnownLeader(config);
  EXPECT_EQ(leader.Propose(Payload(60)).outcome, Outcome::kDone);
  EXPECT_EQ(leader.Propose(Payload(41)).outcome, Outcome::kBusy);
  EXPECT_EQ(leader.Propose(Payload(40)).outcome, Outcome::kDone);
  EXPECT_EQ(leader.Propose(Payload(1)).outcome, Outcome::kBusy);
  EXPECT_EQ(leader.core().last(), Id(3, 1));
}

TEST(RaftBackPressureTest, RoomComesBackWhenEntriesAreApplied) {
  Config config = GroupConfig();
  config.uncommitted_bytes_max = 100;
  RaftMember leader = KnownLeader(config);
  leader.Propose(Payload(100));
  leader.Run();
  leader.Receive(MakeAck({.from = 2}, 2));
  EXPECT_EQ(leader.Propose(Payload(1)).outcome, Outcome::kBusy) << "committed, but not applied";
  leader.Run();
  EXPECT_EQ(leader.Propose(Payload(100)).outcome, Outcome::kDone);
}

// Otherwise it would wait for ever.
TEST(RaftBackPressureTest, OversizedBatchIsTakenWhenNothingIsUnderWay) {
  Config config = GroupConfig();
  config.uncommitted_bytes_max = 10;
  RaftMember leader = KnownLeader(config);
  EXPECT_EQ(leader.Propose(Payload(1000)).outcome, Outcome::kDone);
  EXPECT_EQ(leader.Propose(Payload(1)).outcome, Outcome::kBusy);
}

// The protocol itself needs them.
TEST(RaftBackPressureTest, EmptyEntryIsAlwaysTaken) {
  Config config = GroupConfig();
  config.uncommitted_bytes_max = 10;
  RaftMember leader = KnownLeader(config);
  leader.Propose(Payload(1000));
  EXPECT_EQ(leader.Propose("").outcome, Outcome::kDone);
}

TEST(RaftBackPressureTest, NewLeaderStartsWithAllTheRoom) {
  Config config = GroupConfig();
  config.uncommitted_bytes_max = 100;
  RaftMember leader = KnownLeader(config);
  leader.Propose(Payload(100));
  leader.Run();
  leader.Receive(MakeHeartbeat({.from = 2, .term = 2}));
  leader.Run();
  leader.BecomeLeader();
  EXPECT_EQ(leader.Propose(Payload(100)).outcome, Outcome::kDone);
}

TEST(RaftBackPressureTest, FollowerNamesTheLeaderInstead) {
  RaftMember member(GroupConfig(), {.term = 1});
  EXPECT_EQ(member.Propose("x").outcome, Outcome::kNoLeader);
  member.Receive(MakeHeartbeat({.from = 2, .term = 1}));
  EXPECT_EQ(member.Propose("x").outcome, Outcome::kNotLeader);
  EXPECT_EQ(member.core().leader(), NodeId(2));
}

TEST(RaftBackPressureTest, FollowerPassesProposalsOnWhereThatIsAskedFor) {
  Config config = GroupConfig();
  config.compatibility.forward_proposals = true;
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  EXPECT_EQ(cluster.Propose(2, "from 2").outcome, Outcome::kDone);
  cluster.Deliver();
  cluster.TickAll(2);
  EXPECT_EQ(cluster[3].AppliedPayloads(), std::vector<std::string>{"from 2"});
}

TEST(RaftBackPressureTest, CandidateTakesNoProposals) {
  RaftMember member(GroupConfig(), {});
  member.Step(Campaign{});
  EXPECT_EQ(member.Propose("x").outcome, Outcome::kNoLeader);
}

// ---- Appends on their way ---------------------------------------------------------------------

// Appends with entries to member 2 in this output.
std::vector<Message> AppendsTo2(RaftMember& leader) {
  std::vector<Message> appends = In(leader.Take().send_now, kAppend, 2);
  std::erase_if(appends, [](const Message& append) { return append.entries.empty(); });
  return appends;
}

TEST(RaftBackPressureTest, AppendHoldsAsManyEntriesAsItsLimitAllows) {
  Config config = GroupConfig();
  config.message_bytes_max = 2 * (10 + kEntryOverheadBytes);
  RaftMember leader = KnownLeader(config);
  for (int i = 0; i < 5; ++i) leader.Propose(Payload(10));
  const std::vector<Message> appends = AppendsTo2(leader);
  ASSERT_EQ(appends.size(), 3u);
  EXPECT_EQ(IndexesOf(appends[0].entries), (Indexes{2, 3}));
  EXPECT_EQ(IndexesOf(appends[1].entries), (Indexes{4, 5}));
  EXPECT_EQ(IndexesOf(appends[2].entries), Indexes{6});
}

TEST(RaftBackPressureTest, OversizedEntryTravelsAlone) {
  Config config = GroupConfig();
  config.message_bytes_max = 100;
  RaftMember leader = KnownLeader(config);
  leader.Propose(Payload(5000));
  leader.Propose("x");
  const std::vector<Message> appends = AppendsTo2(leader);
  ASSERT_EQ(appends.size(), 2u);
  EXPECT_EQ(IndexesOf(appends[0].entries), Indexes{2});
}

TEST(RaftBackPressureTest, WindowBoundsTheNumberOfAppends) {
  Config config = GroupConfig();
  config.inflight_messages_max = 3;
  config.message_bytes_max = 1;
  RaftMember leader = KnownLeader(config);
  for (int i = 0; i < 10; ++i) leader.Propose("x");
  EXPECT_EQ(AppendsTo2(leader).size(), 3u);
  leader.Finish();
  leader.Propose("x");
  EXPECT_EQ(AppendsTo2(leader).size(), 0u);
  leader.Receive(MakeAck({.from = 2}, 3));
  const std::vector<Message> more = AppendsTo2(leader);
  ASSERT_EQ(more.size(), 2u);
  EXPECT_EQ(IndexesOf(more[0].entries), Indexes{5});
}

TEST(RaftBackPressureTest, WindowBoundsTheBytesOfAppends) {
  Config config = GroupConfig();
  config.message_bytes_max = 100;
  config.inflight_bytes_max = 150;
  RaftMember leader = KnownLeader(config);
  for (int i = 0; i < 10; ++i) leader.Propose(Payload(100));
  EXPECT_EQ(AppendsTo2(leader).size(), 2u) << "100 bytes are below the bound, 200 are not";
  leader.Receive(MakeAck({.from = 2}, 2));
  EXPECT_EQ(AppendsTo2(leader).size(), 1u);
}

TEST(RaftBackPressureTest, SlowMemberDoesNotHoldTheOthersBack) {
  Config config = GroupConfig();
  config.inflight_messages_max = 1;
  RaftMember leader = KnownLeader(config);
  leader.Propose("a");
  leader.Run();
  leader.Receive(MakeAck({.from = 3}, 2));
  leader.Propose("b");
  const Output& output = leader.Take();
  EXPECT_EQ(In(output.send_now, kAppend, 3).size(), 1u);
  EXPECT_EQ(In(output.send_now, kAppend, 2).size(), 0u);
}

// A window that is full of lost messages would stay so: an empty append finds that out.
TEST(RaftBackPressureTest, WindowFullOfLostAppendsIsFoundOut) {
  Config config = GroupConfig();
  config.inflight_messages_max = 2;
  RaftCluster cluster({1, 2, 3}, config);
  cluster.Elect(1);
  cluster.TickAll(2);
  cluster.Cut(1, 2);
  for (int i = 0; i < 5; ++i) {
    cluster.Propose(1, std::to_string(i));
    cluster.Deliver();
  }
  cluster.Heal();
  cluster.TickAll(5);
  EXPECT_EQ(cluster[2].AppliedPayloads().size(), 5u);
}

// An acknowledgement in the middle of an append frees nothing: no reason for an output.
TEST(RaftBackPressureTest, AcknowledgementThatFreesNothingCausesNoOutput) {
  Config config = GroupConfig();
  config.inflight_messages_max = 1;
  RaftMember leader = KnownLeader(config);
  for (int i = 0; i < 3; ++i) leader.Propose("x");
  leader.Run();  // Entries 2 to 4 are one append.
  leader.Propose("y");
  leader.Run();
  leader.Receive(MakeAck({.from = 3}, 4));
  leader.Run();
  ASSERT_EQ(leader.core().commit(), Index(4));
  leader.Receive(MakeAck({.from = 2}, 2));
  EXPECT_FALSE(leader.core().HasOutput());
  leader.Receive(MakeAck({.from = 2}, 4));
  EXPECT_EQ(AppendsTo2(leader).size(), 1u);
}

// ---- Entries being applied --------------------------------------------------------------------

TEST(RaftBackPressureTest, ApplyWindowBoundsWhatTheHostHasOnItsHands) {
  Config config = GroupConfig();
  config.apply_bytes_max = 2 * (100 + kEntryOverheadBytes);
  RaftMember member(config, {.term = 1});
  std::vector<Entry> entries;
  for (uint64_t i = 1; i <= 5; ++i) entries.push_back(testing::MakeEntry(i, 1, Payload(100)));
  member.Receive(testing::MakeAppend({.term = 1}, Id(0, 0), entries, /*commit=*/5));
  EXPECT_EQ(IndexesOf(member.Take().commit), (Indexes{1, 2}));
  EXPECT_FALSE(member.core().HasOutput());
  EXPECT_EQ(member.core().commit(), Index(5));
  member.Step(Applied{Index(2)});
  EXPECT_TRUE(member.core().HasOutput());
  EXPECT_EQ(IndexesOf(member.Take().commit), (Indexes{3, 4}));
}

TEST(RaftBackPressureTest, CommitGoesOnWhileTheHostIsBusyApplying) {
  Config config = GroupConfig();
  config.apply_bytes_max = 1;
  RaftMember leader = AloneLeader(config);
  for (int i = 0; i < 3; ++i) {
    leader.Propose("x");
    leader.Take();
    leader.Receive(MakeAck({.from = 1}, 2 + static_cast<uint64_t>(i)));
  }
  EXPECT_EQ(leader.core().commit(), Index(4));
  EXPECT_EQ(leader.core().applied(), Index(1));
}

}  // namespace
}  // namespace warren::raft
