#include "raft/log.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/testing/member.h"

namespace warren::raft {
namespace {

using testing::Id;
using testing::IndexesOf;
using testing::MakeEntries;
using testing::MakeEntry;
using testing::MakeRecovered;

// What a disk with these terms in entries 1, 2, ... gives.
Log StoredLog(std::vector<uint64_t> terms, uint64_t commit = 0) {
  const uint64_t term = terms.empty() ? 0 : terms.back();
  Recovered recovered = MakeRecovered({.term = term, .log = std::move(terms), .commit = commit});
  return *Log::Recover(recovered);
}

Log EmptyLog() { return StoredLog({}); }

// Writes everything, but does not say that it is done.
WriteTicket BeginWrite(Log& log) {
  const WriteTicket ticket = log.Ticket();
  std::vector<Entry> written;
  log.TakeUnwritten(written);
  return ticket;
}

void WriteAll(Log& log) { log.MarkDurable(BeginWrite(log)); }

std::vector<uint64_t> Unwritten(Log& log) {
  std::vector<Entry> written;
  log.TakeUnwritten(written);
  return IndexesOf(written);
}

using Indexes = std::vector<uint64_t>;

// ---- Appending what a leader sends (Raft paper section 5.3) -----------------------------------

TEST(RaftLogTest, TryAppendTakesABatchThatFollowsOurs) {
  Log log = EmptyLog();
  const AppendResult result = log.TryAppend(Id(0, 0), MakeEntries(1, {1, 1}));
  EXPECT_TRUE(result.accepted);
  EXPECT_EQ(result.last, Index(2));
  EXPECT_EQ(result.replaced, std::nullopt);
  EXPECT_EQ(log.Last(), Id(2, 1));
}

TEST(RaftLogTest, TryAppendRefusesAGap) {
  Log log = StoredLog({1, 1});
  EXPECT_FALSE(log.TryAppend(Id(3, 1), MakeEntries(4, {1})).accepted);
  EXPECT_EQ(log.Last(), Id(2, 1));
}

TEST(RaftLogTest, TryAppendRefusesAnotherTermBeforeTheBatch) {
  Log log = StoredLog({1, 1});
  EXPECT_FALSE(log.TryAppend(Id(2, 2), MakeEntries(3, {2})).accepted);
}

TEST(RaftLogTest, TryAppendReplacesAConflictingSuffix) {
  Log log = StoredLog({1, 1, 1});
  const AppendResult result = log.TryAppend(Id(1, 1), MakeEntries(2, {2}));
  EXPECT_TRUE(result.accepted);
  EXPECT_EQ(result.replaced, Id(2, 1));
  EXPECT_EQ(log.Last(), Id(2, 2));
  EXPECT_EQ(log.DurableIndex(), Index(1));
  EXPECT_EQ(Unwritten(log), Indexes{2});
}

TEST(RaftLogTest, TryAppendKeepsWhatAgreesBeforeTheConflict) {
  Log log = StoredLog({1, 1, 1});
  EXPECT_EQ(log.TryAppend(Id(0, 0), MakeEntries(1, {1, 1, 2})).replaced, Id(3, 1));
  EXPECT_EQ(log.DurableIndex(), Index(2));
  EXPECT_EQ(Unwritten(log), Indexes{3});
}

// An old message that arrives late must not take back what came after it.
TEST(RaftLogTest, TryAppendIsIdempotentAndKeepsALongerSuffix) {
  Log log = StoredLog({1, 1, 1});
  EXPECT_TRUE(log.TryAppend(Id(0, 0), MakeEntries(1, {1})).accepted);
  EXPECT_EQ(log.Last(), Id(3, 1));
  EXPECT_FALSE(log.HasUnwritten());
}

TEST(RaftLogTest, TryAppendOfNothingAsksWhetherTheLogsAgree) {
  Log log = StoredLog({1, 2});
  EXPECT_TRUE(log.TryAppend(Id(2, 2), {}).accepted);
  EXPECT_FALSE(log.TryAppend(Id(2, 1), {}).accepted);
  EXPECT_FALSE(log.TryAppend(Id(3, 2), {}).accepted);
}

TEST(RaftLogTest, PlantedBugLooksAtTheIndexOnly) {
  Log log = StoredLog({1, 1});
  EXPECT_TRUE(log.TryAppend(Id(2, 7), {}, /*ignore_prev_term=*/true).accepted);
  EXPECT_FALSE(log.TryAppend(Id(3, 1), {}, /*ignore_prev_term=*/true).accepted);
}

TEST(RaftLogDeathTest, ReplacingACommittedEntryStopsTheProcess) {
  Log log = StoredLog({1, 1}, /*commit=*/1);
  const std::vector<Entry> batch = MakeEntries(1, {2});
  EXPECT_DEATH(log.TryAppend(Id(0, 0), batch), "check failed");
}

TEST(RaftLogDeathTest, BatchWithAHoleStopsTheProcess) {
  Log log = EmptyLog();
  const std::vector<Entry> batch = {MakeEntry(1, 1), MakeEntry(3, 1)};
  EXPECT_DEATH(log.TryAppend(Id(0, 0), batch), "check failed");
}

// ---- A leader's own entries -------------------------------------------------------------------

TEST(RaftLogTest, AppendNumbersTheEntry) {
  Log log = StoredLog({1});
  EXPECT_EQ(log.Append(Term(3), {.id = {},
                                 .time = LogTime(),
                                 .type = EntryType::kConfig,
                                 .payload = base::Bytes::Copy("c")}),
            Id(2, 3));
  EXPECT_EQ(log.At(Index(2)).type, EntryType::kConfig);
  EXPECT_EQ(log.At(Index(2)).payload, "c");
}

// The leader, and with it the clock, may be another than before.
TEST(RaftLogTest, LogTimeNeverFalls) {
  Log log = EmptyLog();
  log.Append(Term(1), {.id = {}, .time = LogTime(500), .payload = {}});
  log.Append(Term(2), {.id = {}, .time = LogTime(300), .payload = {}});
  log.Append(Term(2), {.id = {}, .time = LogTime(), .payload = {}});
  EXPECT_EQ(log.At(Index(2)).time, LogTime(500));
  EXPECT_EQ(log.LastTime(), LogTime(500));
  log.Append(Term(2), {.id = {}, .time = LogTime(501), .payload = {}});
  EXPECT_EQ(log.LastTime(), LogTime(501));
}

TEST(RaftLogTest, LogTimeGoesOnFromTheBase) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last = {.id = Id(5, 2), .time = LogTime(900)};
  Recovered recovered = MakeRecovered({.term = 2});
  recovered.base = snapshot->last;
  recovered.snapshot = snapshot;
  recovered.applied = Index(5);
  Log log = *Log::Recover(recovered);
  log.Append(Term(2), {.id = {}, .time = LogTime(1), .payload = {}});
  EXPECT_EQ(log.LastTime(), LogTime(900));
}

TEST(RaftLogDeathTest, OwnEntryOfAnOlderTermStopsTheProcess) {
  Log log = StoredLog({3});
  EXPECT_DEATH(log.Append(Term(2), {.id = {}, .time = LogTime(), .payload = {}}), "check failed");
}

// ---- Commitment -------------------------------------------------------------------------------

TEST(RaftLogTest, CommitIndexNeverMovesBack) {
  Log log = StoredLog({1, 1, 1});
  log.CommitTo(Index(2));
  log.CommitTo(Index(1));
  EXPECT_EQ(log.CommitIndex(), Index(2));
}

// Others may hold on disk what this node has yet to write.
TEST(RaftLogTest, CommitMayRunAheadOfTheOwnDisk) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  log.CommitTo(Index(1));
  EXPECT_EQ(log.CommitIndex(), Index(1));
  EXPECT_EQ(log.DurableIndex(), Index(0));
}

TEST(RaftLogDeathTest, CommitBeyondTheEndStopsTheProcess) {
  Log log = StoredLog({1});
  EXPECT_DEATH(log.CommitTo(Index(2)), "check failed");
}

// ---- What is written, and what is durable -----------------------------------------------------

TEST(RaftLogTest, TakeUnwrittenGivesEachEntryOnce) {
  Log log = StoredLog({1});
  log.TryAppend(Id(1, 1), MakeEntries(2, {1, 1}));
  EXPECT_TRUE(log.HasUnwritten());
  EXPECT_EQ(Unwritten(log), (Indexes{2, 3}));
  EXPECT_FALSE(log.HasUnwritten());
  EXPECT_EQ(log.HandedIndex(), Index(3));
  EXPECT_EQ(log.DurableIndex(), Index(1));
}

TEST(RaftLogTest, MarkDurableCountsWhatTheTicketNames) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket first = BeginWrite(log);
  log.TryAppend(Id(1, 1), MakeEntries(2, {1}));
  const WriteTicket second = BeginWrite(log);
  log.MarkDurable(first);
  EXPECT_EQ(log.DurableIndex(), Index(1));
  log.MarkDurable(second);
  EXPECT_EQ(log.DurableIndex(), Index(2));
}

TEST(RaftLogTest, MarkDurableNeverMovesBack) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket first = BeginWrite(log);
  log.TryAppend(Id(1, 1), MakeEntries(2, {1}));
  log.MarkDurable(BeginWrite(log));
  log.MarkDurable(first);
  EXPECT_EQ(log.DurableIndex(), Index(2));
}

TEST(RaftLogTest, TicketNamesEntriesOfAWriteThatIsStillUnderWay) {
  Log log = EmptyLog();
  EXPECT_EQ(log.Ticket().last, Id(0, 0));
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  BeginWrite(log);
  EXPECT_EQ(log.Ticket().last, Id(1, 1));
  WriteAll(log);
  EXPECT_EQ(log.Ticket().last, Id(0, 0));
}

// Three leaders in turn give index 1 the entries 1@1, 1@2 and again 1@1. The report for the first
// write must not pass for the third: the disk may still be about to write 1@2.
TEST(RaftLogTest, MarkDurableIgnoresAWriteBegunBeforeEntriesWereReplaced) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket first = BeginWrite(log);
  log.TryAppend(Id(0, 0), MakeEntries(1, {2}));
  BeginWrite(log);
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket third = BeginWrite(log);

  log.MarkDurable(first);
  EXPECT_EQ(log.DurableIndex(), Index(0));

  log.MarkDurable(third);
  EXPECT_EQ(log.DurableIndex(), Index(1));
}

TEST(RaftLogTest, MarkDurableIgnoresAWriteOfAnEarlierTerm) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket before = BeginWrite(log);
  log.StartWriteEpoch();
  log.MarkDurable(before);
  EXPECT_EQ(log.DurableIndex(), Index(0));
  log.MarkDurable(BeginWrite(log));
  EXPECT_EQ(log.DurableIndex(), Index(1));
}

TEST(RaftLogTest, ReplacingEntriesStartsAWriteEpoch) {
  Log log = StoredLog({1, 1});
  const WriteEpoch before = log.Epoch();
  log.TryAppend(Id(2, 1), MakeEntries(3, {1}));
  EXPECT_EQ(log.Epoch(), before) << "nothing was replaced";
  log.TryAppend(Id(1, 1), MakeEntries(2, {2}));
  EXPECT_GT(log.Epoch(), before);
}

TEST(RaftLogTest, PlantedBugCountsAStaleCompletion) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket stale = BeginWrite(log);
  log.TryAppend(Id(0, 0), MakeEntries(1, {2}));
  BeginWrite(log);
  log.MarkDurable(stale, /*ignore_epoch=*/true);
  EXPECT_EQ(log.DurableIndex(), Index(1));
}

TEST(RaftLogDeathTest, CompletionOfWhatWasNeverHandedOutStopsTheProcess) {
  Log log = EmptyLog();
  log.TryAppend(Id(0, 0), MakeEntries(1, {1}));
  const WriteTicket ticket = log.Ticket();
  EXPECT_DEATH(log.MarkDurable(ticket), "check failed");
}

}  // namespace
}  // namespace warren::raft
