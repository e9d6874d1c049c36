// Members that are so far behind that the log has moved on: Raft paper section 7.
#include <memory>
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
using testing::MakeMessage;
using testing::MakeReject;
using testing::RaftMember;
using testing::SentOf;
using testing::VotersOnly;

constexpr auto kAck = MessageType::kAppendResponse;
constexpr auto kAppend = MessageType::kAppend;
constexpr auto kSnapshot = MessageType::kSnapshot;

Message SnapshotMessage(uint64_t index, uint64_t term, base::IntervalSet live = {}) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = Id(index, term);
  snapshot->membership = VotersOnly({1, 2, 3});
  snapshot->terms = TermRuns(Id(index, term));
  if (const auto first = live.First()) {
    snapshot->terms = *TermRuns::FromRuns({{Index(*first), Term(term)}}, Index(index));
  }
  snapshot->live = std::move(live);
  Message message = MakeMessage(kSnapshot, {.term = term});
  message.snapshot = snapshot;
  return message;
}

// ---- Taking one -------------------------------------------------------------------------------

TEST(RaftSnapshotTest, SnapshotReplacesLogAndMembership) {
  RaftMember member(GroupConfig(), {.membership = VotersOnly({1}), .term = 1, .log = {1}});
  member.Receive(SnapshotMessage(9, 4));
  EXPECT_EQ(member.core().last(), Id(9, 4));
  EXPECT_EQ(member.core().commit(), Index(9));
  EXPECT_EQ(member.core().membership(), VotersOnly({1})) << "until it is stored";
  const Output& output = member.Take();
  ASSERT_TRUE(output.install.has_value());
  EXPECT_EQ(output.install->snapshot->last.id, Id(9, 4));
  EXPECT_EQ(output.ticket.snapshot, Index(9));
  EXPECT_TRUE(output.must_store);
  member.Finish();
  EXPECT_EQ(member.core().membership(), VotersOnly({1, 2, 3}));
}

TEST(RaftSnapshotTest, SnapshotIsAcknowledgedAfterItIsStored) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1}});
  member.Receive(SnapshotMessage(9, 4));
  const Output& output = member.Take();
  EXPECT_TRUE(output.send_now.empty());
  EXPECT_EQ(In(output.send_after_store, kAck, 2).at(0).index, Index(9));
}

TEST(RaftSnapshotTest, EntriesBehindItAreAppliedWhenItIsStored) {
  RaftMember member(GroupConfig(), {.term = 4, .log = {1}});
  member.Receive(SnapshotMessage(9, 4));
  member.Receive(MakeAppend({.term = 4}, Id(9, 4), MakeEntries(10, {4, 4}), /*commit=*/11));
  const Output& output = member.Take();
  EXPECT_TRUE(output.commit.empty()) << "the state machine is still being replaced";
  EXPECT_EQ(IndexesOf(output.append), (std::vector<uint64_t>{10, 11}));
  member.Finish();
  EXPECT_EQ(member.core().applied(), Index(9));
  EXPECT_EQ(IndexesOf(member.Take().commit), (std::vector<uint64_t>{10, 11}));
}

TEST(RaftSnapshotTest, MemberDoesNotCampaignWhileItsSnapshotIsOnItsWayToDisk) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1}});
  member.Receive(SnapshotMessage(9, 4));
  member.Take();
  member.Step(Campaign{});
  EXPECT_EQ(member.core().role().role, Role::kFollower);
  member.Finish();
  member.Step(Campaign{});
  EXPECT_EQ(member.core().role().role, Role::kPreCandidate);
}

TEST(RaftSnapshotTest, SnapshotBelowTheCommitIsAnsweredWithTheCommit) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 3});
  member.Run();
  member.Receive(SnapshotMessage(3, 1));
  const Output& output = member.Take();
  EXPECT_FALSE(output.install.has_value());
  EXPECT_EQ(SentOf(output, kAck).at(0).index, Index(3));
}

TEST(RaftSnapshotTest, SnapshotOfWhatTheLogHoldsOnlyCommits) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1, 1, 1}, .commit = 1});
  member.Run();
  member.Receive(SnapshotMessage(3, 1));
  const Output& output = member.Take();
  EXPECT_FALSE(output.install.has_value());
  EXPECT_EQ(IndexesOf(output.commit), (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(member.core().last(), Id(4, 1)) << "what follows stays";
}

// What it knew to be committed it still has: an entry that is live now was live then.
TEST(RaftSnapshotTest, LiveEntriesThatTheMemberLacksAreNamed) {
  RaftMember member(GroupConfig(), {.term = 4, .log = {1, 1, 1}, .commit = 2});
  member.Run();
  base::IntervalSet live;
  live.InsertRange(2, 4);
  live.Insert(7);
  member.Receive(SnapshotMessage(9, 4, live));
  base::IntervalSet missing;
  missing.InsertRange(3, 4);
  missing.Insert(7);
  EXPECT_EQ(member.Take().install->missing, missing);
}

TEST(RaftSnapshotTest, LaterSnapshotTakesThePlaceOfOneOnItsWayToDisk) {
  RaftMember member(GroupConfig(), {.term = 4, .log = {1}});
  member.Receive(SnapshotMessage(9, 4));
  const WriteTicket first = member.Take().ticket;
  member.Receive(SnapshotMessage(12, 4));
  EXPECT_EQ(member.Take().install->snapshot->last.id, Id(12, 4));
  member.Step(Stored{first});
  EXPECT_EQ(member.core().applied(), Index(0)) << "12 is not on disk";
  member.Finish();
  EXPECT_EQ(member.core().applied(), Index(12));
}

TEST(RaftSnapshotTest, NothingIsCompactedWhileASnapshotIsOnItsWayToDisk) {
  RaftMember member(GroupConfig(), {.term = 4, .log = {1}});
  member.Receive(SnapshotMessage(9, 4));
  member.Take();
  EXPECT_EQ(member.Step(Compact{Index(1)}).outcome, Outcome::kRefused);
}

// ---- Sending one ------------------------------------------------------------------------------

// Leads in term 2 behind a snapshot at 5 of term 1; knows nothing of the others.
RaftMember CompactedLeader(const Config& config = GroupConfig()) {
  RaftMember leader(config, {.term = 1, .log = {1, 1, 1, 1, 1}, .commit = 5});
  leader.Run();
  leader.TakeSnapshot();
  leader.Compact(5);
  leader.BecomeLeader();
  return leader;
}

ProgressView ProgressOf2(const RaftMember& leader) {
  return leader.core().GetStatus().peers.at(1).progress;
}

// Says that its log is empty.
void AskFromTheStart(RaftMember& leader, uint64_t from = 2) {
  leader.Receive(MakeReject({.from = from, .term = 2}, /*rejected=*/5, Id(0, 0)));
}

TEST(RaftSnapshotTest, MemberBehindTheLogGetsASnapshot) {
  RaftMember leader = CompactedLeader();
  AskFromTheStart(leader);
  const std::vector<Message> snapshots = In(leader.Take().send_now, kSnapshot, 2);
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_EQ(snapshots[0].snapshot->last.id, Id(5, 1));
  EXPECT_EQ(ProgressOf2(leader).state, ProgressState::kSnapshot);
  EXPECT_EQ(ProgressOf2(leader).pending_snapshot, Index(5));
}

TEST(RaftSnapshotTest, AppendsWaitForTheSnapshot) {
  RaftMember leader = CompactedLeader();
  AskFromTheStart(leader);
  leader.Run();
  leader.Propose("a");
  EXPECT_TRUE(In(leader.Take().send_now, kAppend, 2).empty());
}

TEST(RaftSnapshotTest, MemberThatHasTakenItGetsWhatFollows) {
  RaftMember leader = CompactedLeader();
  AskFromTheStart(leader);
  leader.Run();
  leader.Receive(MakeAck({.from = 2, .term = 2}, 5));
  EXPECT_EQ(ProgressOf2(leader).state, ProgressState::kReplicate);
  const std::vector<Message> appends = In(leader.Take().send_now, kAppend, 2);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(IndexesOf(appends[0].entries), std::vector<uint64_t>{6});
}

TEST(RaftSnapshotTest, FailedSnapshotIsSentAgainByAHeartbeatsAnswer) {
  RaftMember leader = CompactedLeader();
  AskFromTheStart(leader);
  leader.Run();
  leader.Step(SnapshotReport{.peer = NodeId(2), .delivered = false});
  EXPECT_EQ(ProgressOf2(leader).state, ProgressState::kProbe);
  EXPECT_EQ(ProgressOf2(leader).next, Index(1));
  EXPECT_FALSE(leader.core().HasOutput()) << "not at once";
  leader.Receive(MakeMessage(MessageType::kHeartbeatResponse, {.from = 2, .term = 2}));
  EXPECT_EQ(In(leader.Take().send_now, kSnapshot, 2).size(), 1u);
}

TEST(RaftSnapshotTest, DeliveredSnapshotIsFollowedByItsAnswer) {
  RaftMember leader = CompactedLeader();
  AskFromTheStart(leader);
  leader.Run();
  leader.Step(SnapshotReport{.peer = NodeId(2), .delivered = true});
  EXPECT_EQ(ProgressOf2(leader).next, Index(6));
  EXPECT_FALSE(leader.core().HasOutput());
  leader.Receive(MakeAck({.from = 2, .term = 2}, 5));
  EXPECT_EQ(ProgressOf2(leader).state, ProgressState::kReplicate);
}

TEST(RaftSnapshotTest, ReportOfASnapshotThatNobodyWaitsForIsIgnored) {
  RaftMember leader = CompactedLeader();
  leader.Step(SnapshotReport{.peer = NodeId(2), .delivered = false});
  leader.Step(SnapshotReport{.peer = NodeId(9), .delivered = false});
  EXPECT_EQ(ProgressOf2(leader).state, ProgressState::kProbe);
  EXPECT_EQ(ProgressOf2(leader).next, Index(6));
}

// A snapshot is expensive: not for somebody who may not be there.
TEST(RaftSnapshotTest, MemberThatWasNotHeardOfGetsNone) {
  RaftMember leader = CompactedLeader();
  AskFromTheStart(leader);
  leader.Run();
  leader.Step(SnapshotReport{.peer = NodeId(2), .delivered = false});
  leader.Tick(10);  // Nobody answers: the quorum check ends, and marks 2 as not heard of.
  leader.Run();
  EXPECT_FALSE(ProgressOf2(leader).active);
}

}  // namespace
}  // namespace warren::raft
