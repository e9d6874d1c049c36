// What a log answers: reading, matching, recovering.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/log.h"
#include "raft/testing/member.h"
#include "tests/support/status_matchers.h"

namespace warren::raft {
namespace {

using ::testing::HasSubstr;
using testing::Id;
using testing::IndexesOf;
using testing::MakeEntries;
using testing::MakeEntry;
using testing::MakeRecovered;
using warren::testing::StatusIs;

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;

// What a disk with these terms in entries 1, 2, ... gives.
Recovered Stored(std::vector<uint64_t> terms, uint64_t commit = 0) {
  const uint64_t term = terms.empty() ? 0 : terms.back();
  return MakeRecovered({.term = term, .log = std::move(terms), .commit = commit});
}

Log MakeLog(Recovered recovered) { return *Log::Recover(recovered); }
Log StoredLog(std::vector<uint64_t> terms) { return MakeLog(Stored(std::move(terms))); }

SnapshotRef SnapshotAt(EntryId last) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = last;
  return snapshot;
}

// A disk whose log begins behind a snapshot.
Recovered StoredBehind(EntryId base, std::vector<Entry> entries) {
  Recovered recovered;
  recovered.hard_state.term = entries.empty() ? base.term : entries.back().id.term;
  recovered.base.id = base;
  recovered.snapshot = SnapshotAt(base);
  recovered.applied = base.index;
  recovered.entries = std::move(entries);
  return recovered;
}

absl::Status Refusal(Recovered recovered) { return Log::Recover(recovered).status(); }

std::vector<uint64_t> Read(const Log& log, uint64_t first, uint64_t last, size_t bytes_max) {
  std::vector<Entry> out;
  log.ReadFrom(Index(first), Index(last), bytes_max, out);
  return IndexesOf(out);
}

using Indexes = std::vector<uint64_t>;

// ---- Reading ----------------------------------------------------------------------------------

TEST(RaftLogTest, ReadFromReturnsOneEntryEvenIfOverLimit) {
  const Log log = StoredLog({1, 1, 1});
  const size_t one = AccountedBytes(log.At(Index(1)));
  EXPECT_EQ(Read(log, 1, 3, 0), Indexes{1});
  EXPECT_EQ(Read(log, 1, 3, 2 * one - 1), Indexes{1});
  EXPECT_EQ(Read(log, 1, 3, 2 * one), (Indexes{1, 2}));
  EXPECT_EQ(Read(log, 1, 3, SIZE_MAX), (Indexes{1, 2, 3}));
}

TEST(RaftLogTest, ReadFromStopsAtTheGivenEnd) {
  EXPECT_EQ(Read(StoredLog({1, 1, 1}), 2, 2, SIZE_MAX), Indexes{2});
}

TEST(RaftLogTest, ReadFromAppendsToWhatIsThere) {
  const Log log = StoredLog({1, 1});
  std::vector<Entry> out = {MakeEntry(9, 9)};
  log.ReadFrom(Index(1), Index(2), SIZE_MAX, out);
  EXPECT_EQ(IndexesOf(out), (Indexes{9, 1, 2}));
}

TEST(RaftLogDeathTest, ReadingWhatIsNotInMemoryStopsTheProcess) {
  const Log log = StoredLog({1, 1});
  std::vector<Entry> out;
  EXPECT_DEATH(log.ReadFrom(Index(0), Index(1), 1, out), "check failed");
  EXPECT_DEATH(log.ReadFrom(Index(2), Index(3), 1, out), "check failed");
}

TEST(RaftLogTest, TermIsKnownFromTheBaseToTheEnd) {
  const Log log = MakeLog(StoredBehind(Id(5, 2), MakeEntries(6, {3})));
  EXPECT_EQ(log.TermAt(Index(4)), std::nullopt);
  EXPECT_EQ(log.TermAt(Index(5)), Term(2));
  EXPECT_EQ(log.TermAt(Index(6)), Term(3));
  EXPECT_EQ(log.TermAt(Index(7)), std::nullopt);
}

TEST(RaftLogTest, HoldsAnEntryByIndexAndTerm) {
  const Log log = StoredLog({1, 2});
  EXPECT_TRUE(log.Holds(Id(0, 0)));
  EXPECT_TRUE(log.Holds(Id(2, 2)));
  EXPECT_FALSE(log.Holds(Id(2, 1)));
  EXPECT_FALSE(log.Holds(Id(3, 2)));
}

// ---- Matching another log ---------------------------------------------------------------------

// Raft paper section 5.4.1: the later term wins, then the longer log.
TEST(RaftLogTest, IsUpToDateComparesTermsBeforeLengths) {
  const Log log = StoredLog({1, 2, 2});
  EXPECT_TRUE(log.IsUpToDate(Id(3, 2)));
  EXPECT_TRUE(log.IsUpToDate(Id(4, 2)));
  EXPECT_FALSE(log.IsUpToDate(Id(2, 2)));
  EXPECT_TRUE(log.IsUpToDate(Id(1, 3)));
  EXPECT_FALSE(log.IsUpToDate(Id(9, 1)));
}

TEST(RaftLogTest, FindCandidateMatchSkipsTermsThatTheOtherCannotHold) {
  //   index   1 2 3 4 5 6 7
  //   term    1 1 3 3 5 5 5
  const Log log = StoredLog({1, 1, 3, 3, 5, 5, 5});
  EXPECT_EQ(log.FindCandidateMatch(Index(7), Term(5)), Id(7, 5));
  EXPECT_EQ(log.FindCandidateMatch(Index(7), Term(4)), Id(4, 3));
  EXPECT_EQ(log.FindCandidateMatch(Index(3), Term(4)), Id(3, 3));
  EXPECT_EQ(log.FindCandidateMatch(Index(6), Term(2)), Id(2, 1));
  EXPECT_EQ(log.FindCandidateMatch(Index(2), Term(9)), Id(2, 1));
}

TEST(RaftLogTest, FindCandidateMatchEndsAtTheEmptyLog) {
  EXPECT_EQ(StoredLog({3, 3}).FindCandidateMatch(Index(2), Term(2)), Id(0, 0));
}

TEST(RaftLogTest, FindCandidateMatchAnswersUnknownTermBelowTheBase) {
  const Log log = MakeLog(StoredBehind(Id(5, 3), MakeEntries(6, {4})));
  EXPECT_EQ(log.FindCandidateMatch(Index(6), Term(3)), Id(5, 3));
  EXPECT_EQ(log.FindCandidateMatch(Index(6), Term(2)), Id(4, 0));
  EXPECT_EQ(log.FindCandidateMatch(Index(3), Term(9)), Id(3, 0));
}

TEST(RaftLogTest, FindCandidateMatchBeyondTheEndIsUnknown) {
  EXPECT_EQ(StoredLog({1}).FindCandidateMatch(Index(9), Term(1)), Id(9, 0));
}

// What the hint is for: the logs of paper figure 7 (a) and (f) meet in one step per term.
TEST(RaftLogTest, FindCandidateMatchNeverSkipsTheLastCommonEntry) {
  const Log leader = StoredLog({1, 1, 1, 4, 4, 5, 5, 6, 6, 6});
  const Log follower = StoredLog({1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3});
  EntryId probe = Id(10, 6);
  int steps = 0;
  while (!follower.Holds(probe)) {
    const EntryId hint = follower.FindCandidateMatch(probe.index, probe.term);
    probe = leader.FindCandidateMatch(hint.index, hint.term);
    ASSERT_LT(++steps, 4);
  }
  EXPECT_EQ(probe, Id(3, 1));
}

// ---- Recovering -------------------------------------------------------------------------------

TEST(RaftLogTest, RecoveredEntriesAreDurableAndCommittedAsTheDiskSays) {
  const Log log = MakeLog(Stored({1, 1, 2}, /*commit=*/2));
  EXPECT_EQ(log.Last(), Id(3, 2));
  EXPECT_EQ(log.DurableIndex(), Index(3));
  EXPECT_EQ(log.CommitIndex(), Index(2));
  EXPECT_FALSE(log.HasUnwritten());
}

TEST(RaftLogTest, RecoverCommitsTheBase) {
  const Log log = MakeLog(StoredBehind(Id(5, 2), {}));
  EXPECT_EQ(log.CommitIndex(), Index(5));
  EXPECT_EQ(log.Base(), Id(5, 2));
}

// The commit index on disk is a hint that may lag behind.
TEST(RaftLogTest, RecoverCommitsWhatWasApplied) {
  Recovered recovered = Stored({1, 1, 1}, /*commit=*/1);
  recovered.applied = Index(3);
  EXPECT_EQ(MakeLog(recovered).CommitIndex(), Index(3));
}

TEST(RaftLogTest, RecoverKeepsTheTermsOfLiveEntriesBelowTheBase) {
  Recovered recovered = StoredBehind(Id(4, 2), MakeEntries(5, {2}));
  recovered.terms = *TermRuns::FromRuns({{Index(2), Term(1)}, {Index(4), Term(2)}}, Index(4));
  recovered.live.Insert(2);
  const Log log = MakeLog(recovered);
  EXPECT_EQ(log.TermAt(Index(1)), std::nullopt);
  EXPECT_EQ(log.TermAt(Index(2)), Term(1));
  EXPECT_EQ(log.TermAt(Index(4)), Term(2));
  EXPECT_TRUE(log.Live().Contains(2));
}

TEST(RaftLogTest, RecoverReportsAHole) {
  Recovered recovered = Stored({1, 1, 1});
  recovered.entries.erase(recovered.entries.begin() + 1);
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("3@1 cannot follow 1@1")));
}

TEST(RaftLogTest, RecoverReportsATermThatFalls) {
  EXPECT_THAT(Refusal(Stored({2, 1})), StatusIs(kDataLoss, HasSubstr("2@1 cannot follow 1@2")));
}

TEST(RaftLogTest, RecoverReportsEntriesThatDoNotFollowTheBase) {
  EXPECT_THAT(Refusal(StoredBehind(Id(5, 2), MakeEntries(5, {2}))),
              StatusIs(kDataLoss, HasSubstr("5@2 cannot follow 5@2")));
}

TEST(RaftLogTest, RecoverReportsACommitIndexBeyondTheEnd) {
  EXPECT_THAT(Refusal(Stored({1}, /*commit=*/2)),
              StatusIs(kDataLoss, HasSubstr("commit index 2 is beyond the last entry 1@1")));
}

TEST(RaftLogTest, RecoverReportsAStateMachineOutsideOfTheLog) {
  Recovered recovered = Stored({1, 1});
  recovered.applied = Index(3);
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("ends at 3")));
  recovered = StoredBehind(Id(5, 2), MakeEntries(6, {2}));
  recovered.applied = Index(4);
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("ends at 4")));
}

TEST(RaftLogTest, RecoverReportsASnapshotBelowTheBase) {
  Recovered recovered = StoredBehind(Id(5, 2), {});
  recovered.snapshot = SnapshotAt(Id(4, 2));
  EXPECT_THAT(Refusal(recovered),
              StatusIs(kDataLoss, HasSubstr("snapshot ends at 4@2, below the log's base 5@2")));
}

TEST(RaftLogTest, RecoverReportsABaseWithoutASnapshot) {
  Recovered recovered = StoredBehind(Id(5, 2), {});
  recovered.snapshot = nullptr;
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("below the log's base 5@2")));
}

TEST(RaftLogTest, RecoverReportsASnapshotBeyondTheEnd) {
  Recovered recovered = Stored({1, 1});
  recovered.snapshot = SnapshotAt(Id(3, 1));
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("beyond the last entry 2@1")));
}

TEST(RaftLogTest, RecoverReportsTermsThatContradictTheBase) {
  Recovered recovered = StoredBehind(Id(4, 2), {});
  recovered.terms = *TermRuns::FromRuns({{Index(3), Term(1)}}, Index(4));
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("base 4@2")));
}

// Who takes an entry has entered its term first.
TEST(RaftLogTest, RecoverReportsATermBelowThatOfTheLastEntry) {
  Recovered recovered = Stored({1, 3});
  recovered.hard_state.term = Term(2);
  EXPECT_THAT(Refusal(recovered), StatusIs(kDataLoss, HasSubstr("term is 2")));
}

}  // namespace
}  // namespace warren::raft
