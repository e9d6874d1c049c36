// How the prefix of a log goes: from memory, from the log, by a snapshot from the leader.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/log.h"
#include "raft/testing/member.h"

namespace warren::raft {
namespace {

using testing::Id;
using testing::IndexesOf;
using testing::MakeEntries;
using testing::MakeRecovered;

// The terms of entries 1, 2, ..., all of them durable.
Log StoredLog(std::vector<uint64_t> terms, uint64_t commit) {
  const uint64_t term = terms.back();
  Recovered recovered = MakeRecovered({.term = term, .log = std::move(terms), .commit = commit});
  return *Log::Recover(recovered);
}

Log CommittedLog(std::vector<uint64_t> terms) {
  const size_t count = terms.size();
  return StoredLog(std::move(terms), count);
}

std::shared_ptr<Snapshot> SnapshotAt(uint64_t index, uint64_t term) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = Id(index, term);
  return snapshot;
}

// ---- Evicting from memory ---------------------------------------------------------------------

TEST(RaftLogTest, EvictKeepsTheLogAndDropsTheMemory) {
  Log log = CommittedLog({1, 1, 2});
  log.EvictTo(Index(2));
  EXPECT_FALSE(log.InMemory(Index(2)));
  EXPECT_TRUE(log.InMemory(Index(3)));
  EXPECT_EQ(log.FirstInMemory(), Index(3));
  EXPECT_EQ(log.TermAt(Index(1)), Term(1));
  EXPECT_EQ(log.Base(), Id(0, 0));
}

TEST(RaftLogTest, EvictedLogGoesOnWhereItWas) {
  Log log = CommittedLog({1, 1});
  log.EvictTo(Index(2));
  EXPECT_EQ(log.Last(), Id(2, 1));
  EXPECT_EQ(log.Append(Term(2), {.id = {}, .time = LogTime(), .payload = {}}), Id(3, 2));
}

TEST(RaftLogTest, EvictTwiceIsHarmless) {
  Log log = CommittedLog({1, 1, 1});
  log.EvictTo(Index(2));
  log.EvictTo(Index(1));
  EXPECT_EQ(log.FirstInMemory(), Index(3));
}

TEST(RaftLogDeathTest, EvictingWhatIsNotCommittedStopsTheProcess) {
  Log log = StoredLog({1, 1}, /*commit=*/1);
  EXPECT_DEATH(log.EvictTo(Index(2)), "check failed");
}

TEST(RaftLogDeathTest, EvictingWhatIsNotDurableStopsTheProcess) {
  Log log = CommittedLog({1});
  log.TryAppend(Id(1, 1), MakeEntries(2, {1}));
  log.CommitTo(Index(2));
  EXPECT_DEATH(log.EvictTo(Index(2)), "check failed");
}

// ---- Compaction -------------------------------------------------------------------------------

TEST(RaftLogTest, CompactToKeepsTheTermOfTheNewBase) {
  Log log = CommittedLog({1, 3, 3});
  log.OfferSnapshot(SnapshotAt(2, 3));
  log.CompactTo(Index(2));
  EXPECT_EQ(log.Base(), Id(2, 3));
  EXPECT_EQ(log.TermAt(Index(2)), Term(3));
  EXPECT_EQ(log.TermAt(Index(1)), std::nullopt);
  EXPECT_EQ(log.Last(), Id(3, 3));
}

TEST(RaftLogTest, CompactToMayStopBelowTheSnapshot) {
  Log log = CommittedLog({1, 1, 1, 1});
  log.OfferSnapshot(SnapshotAt(4, 1));
  log.CompactTo(Index(2));
  EXPECT_EQ(log.Base(), Id(2, 1));
  EXPECT_TRUE(log.InMemory(Index(3)));
}

TEST(RaftLogTest, CompactToBelowTheBaseChangesNothing) {
  Log log = CommittedLog({1, 1, 1});
  log.OfferSnapshot(SnapshotAt(3, 1));
  log.CompactTo(Index(3));
  log.CompactTo(Index(1));
  EXPECT_EQ(log.Base(), Id(3, 1));
}

// Messages that wait in a queue stay where they are in the log: below the base it is sparse.
TEST(RaftLogTest, CompactToKeepsLiveEntriesAndTheirTerms) {
  Log log = CommittedLog({1, 2, 2, 3, 3});
  auto snapshot = SnapshotAt(5, 3);
  snapshot->live.Insert(2);
  snapshot->live.Insert(3);
  snapshot->live.Insert(5);
  log.OfferSnapshot(snapshot);
  log.CompactTo(Index(4));
  EXPECT_EQ(log.Live().size(), 2u) << "5 is in the log itself";
  EXPECT_TRUE(log.Live().Contains(2));
  EXPECT_EQ(log.TermAt(Index(1)), std::nullopt);
  EXPECT_EQ(log.TermAt(Index(2)), Term(2));
  EXPECT_EQ(log.TermAt(Index(3)), Term(2));
}

TEST(RaftLogTest, LaterCompactionForgetsWhatIsNoLongerLive) {
  Log log = CommittedLog({1, 2, 2, 3, 3});
  auto first = SnapshotAt(3, 2);
  first->live.Insert(1);
  log.OfferSnapshot(first);
  log.CompactTo(Index(3));
  ASSERT_EQ(log.TermAt(Index(1)), Term(1));
  auto second = SnapshotAt(5, 3);
  second->live.Insert(4);
  log.OfferSnapshot(second);
  log.CompactTo(Index(5));
  EXPECT_EQ(log.TermAt(Index(3)), std::nullopt);
  EXPECT_EQ(log.TermAt(Index(4)), Term(3));
}

TEST(RaftLogTest, NoEntryBelowTheBaseIsHeldForMatching) {
  Log log = CommittedLog({1, 1, 1});
  auto snapshot = SnapshotAt(3, 1);
  snapshot->live.Insert(1);
  log.OfferSnapshot(snapshot);
  log.CompactTo(Index(3));
  EXPECT_EQ(log.TermAt(Index(1)), Term(1));
  EXPECT_FALSE(log.Holds(Id(1, 1))) << "its neighbours may be gone";
}

TEST(RaftLogDeathTest, CompactionWithoutASnapshotStopsTheProcess) {
  Log log = CommittedLog({1, 1, 1});
  EXPECT_DEATH(log.CompactTo(Index(1)), "check failed");
  log.OfferSnapshot(SnapshotAt(1, 1));
  EXPECT_DEATH(log.CompactTo(Index(2)), "check failed");
}

// ---- Offered snapshots ------------------------------------------------------------------------

TEST(RaftLogTest, LatestSnapshotOfferedWins) {
  Log log = CommittedLog({1, 1, 1});
  const SnapshotRef second = SnapshotAt(2, 1);
  log.OfferSnapshot(second);
  log.OfferSnapshot(SnapshotAt(1, 1));
  EXPECT_EQ(log.LatestSnapshot(), second);
}

TEST(RaftLogDeathTest, SnapshotOfWhatIsNotCommittedStopsTheProcess) {
  Log log = CommittedLog({1});
  const SnapshotRef beyond = SnapshotAt(2, 1);
  EXPECT_DEATH(log.OfferSnapshot(beyond), "check failed");
}

// ---- A snapshot from the leader ---------------------------------------------------------------

TEST(RaftLogTest, RestoreReplacesEverything) {
  Log log = CommittedLog({1, 1});
  log.TryAppend(Id(2, 1), MakeEntries(3, {1, 1}));
  log.Restore(SnapshotAt(9, 4));
  EXPECT_EQ(log.Base(), Id(9, 4));
  EXPECT_EQ(log.Last(), Id(9, 4));
  EXPECT_EQ(log.CommitIndex(), Index(9));
  EXPECT_FALSE(log.InMemory(Index(9)));
  EXPECT_FALSE(log.HasUnwritten());
}

TEST(RaftLogTest, RestoredSnapshotIsPendingUntilItIsOnDisk) {
  Log log = CommittedLog({1});
  log.Restore(SnapshotAt(9, 4));
  EXPECT_TRUE(log.HasUnwrittenSnapshot());
  const WriteTicket ticket = log.Ticket();
  EXPECT_EQ(ticket.snapshot, Index(9));
  EXPECT_EQ(log.TakePendingSnapshot()->last.id, Id(9, 4));
  EXPECT_FALSE(log.HasUnwrittenSnapshot());
  EXPECT_TRUE(log.HasPendingSnapshot());
  log.MarkDurable(ticket);
  EXPECT_FALSE(log.HasPendingSnapshot());
}

TEST(RaftLogTest, WriteOfAnEarlierSnapshotDoesNotFinishALaterOne) {
  Log log = CommittedLog({1});
  log.Restore(SnapshotAt(9, 4));
  const WriteTicket first = log.Ticket();
  log.TakePendingSnapshot();
  log.Restore(SnapshotAt(12, 4));
  log.MarkDurable(first);
  EXPECT_TRUE(log.HasPendingSnapshot());
}

// A snapshot is committed state: it stays what it is whoever leads.
TEST(RaftLogTest, SnapshotIsDurableThoughTheTermChangedMeanwhile) {
  Log log = CommittedLog({1});
  log.Restore(SnapshotAt(9, 4));
  const WriteTicket ticket = log.Ticket();
  log.TakePendingSnapshot();
  log.StartWriteEpoch();
  log.MarkDurable(ticket);
  EXPECT_FALSE(log.HasPendingSnapshot());
}

TEST(RaftLogTest, CompletionFromBeforeARestoreDoesNotCount) {
  Log log = CommittedLog({1});
  log.TryAppend(Id(1, 1), MakeEntries(2, {1}));
  const WriteTicket before = log.Ticket();
  std::vector<Entry> written;
  log.TakeUnwritten(written);
  log.Restore(SnapshotAt(9, 4));
  log.TryAppend(Id(9, 4), MakeEntries(10, {4}));
  log.MarkDurable(before);
  EXPECT_EQ(log.DurableIndex(), Index(9));
}

TEST(RaftLogTest, EntriesFollowARestoredSnapshot) {
  Log log = CommittedLog({1});
  log.Restore(SnapshotAt(9, 4));
  EXPECT_TRUE(log.TryAppend(Id(9, 4), MakeEntries(10, {4, 5})).accepted);
  EXPECT_EQ(log.Last(), Id(11, 5));
  std::vector<Entry> written;
  log.TakeUnwritten(written);
  EXPECT_EQ(IndexesOf(written), (std::vector<uint64_t>{10, 11}));
}

TEST(RaftLogTest, RestoreTakesTermsAndLiveSetOfTheSnapshot) {
  Log log = CommittedLog({1});
  auto snapshot = SnapshotAt(9, 4);
  snapshot->terms = *TermRuns::FromRuns({{Index(3), Term(2)}, {Index(7), Term(4)}}, Index(9));
  snapshot->live.Insert(3);
  log.Restore(snapshot);
  EXPECT_EQ(log.TermAt(Index(5)), Term(2));
  EXPECT_EQ(log.TermAt(Index(9)), Term(4));
  EXPECT_TRUE(log.Live().Contains(3));
}

TEST(RaftLogTest, OwnSnapshotDoesNotReplaceOneOnItsWayIn) {
  Log log = CommittedLog({1, 1});
  log.Restore(SnapshotAt(9, 4));
  log.OfferSnapshot(SnapshotAt(2, 1));
  EXPECT_EQ(log.LatestSnapshot()->last.id, Id(9, 4));
}

TEST(RaftLogDeathTest, RestoreOfWhatIsCommittedStopsTheProcess) {
  Log log = CommittedLog({1, 1});
  const SnapshotRef old = SnapshotAt(2, 1);
  EXPECT_DEATH(log.Restore(old), "check failed");
}

}  // namespace
}  // namespace warren::raft
