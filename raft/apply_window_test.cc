#include "raft/apply_window.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/recovered.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::IndexesOf;
using testing::MakeEntry;

constexpr size_t kPayload = 100;
constexpr size_t kEntry = kPayload + kEntryOverheadBytes;  // What an entry here counts for.

// All committed and durable.
Log LogOf(uint64_t count) {
  Recovered recovered;
  recovered.hard_state = {.term = Term(1), .vote = {}, .commit = Index(count)};
  for (uint64_t i = 1; i <= count; ++i) {
    recovered.entries.push_back(MakeEntry(i, 1, std::string(kPayload, 'x')));
  }
  return *Log::Recover(recovered);
}

std::vector<uint64_t> Take(ApplyWindow& window, const Log& log, uint64_t limit) {
  std::vector<Entry> out;
  window.Take(log, Index(limit), out);
  return IndexesOf(out);
}

using Indexes = std::vector<uint64_t>;

TEST(ApplyWindowTest, HandsOutEachEntryOnceAndInOrder) {
  const Log log = LogOf(5);
  ApplyWindow window(Index(0), 1 << 20);
  EXPECT_EQ(Take(window, log, 2), (Indexes{1, 2}));
  EXPECT_EQ(Take(window, log, 2), Indexes{});
  EXPECT_EQ(Take(window, log, 5), (Indexes{3, 4, 5}));
  EXPECT_EQ(window.applying(), Index(5));
  EXPECT_EQ(window.applied(), Index(0));
}

TEST(ApplyWindowTest, StartsBehindWhatWasApplied) {
  const Log log = LogOf(5);
  ApplyWindow window(Index(3), 1 << 20);
  EXPECT_EQ(Take(window, log, 5), (Indexes{4, 5}));
}

TEST(ApplyWindowTest, HoldsBackWhatDoesNotFit) {
  const Log log = LogOf(5);
  ApplyWindow window(Index(0), 2 * kEntry);
  EXPECT_EQ(Take(window, log, 5), (Indexes{1, 2}));
  EXPECT_FALSE(window.CanTake(Index(5)));
  window.Finish(log, Index(1));
  EXPECT_EQ(Take(window, log, 5), Indexes{3});
}

// Small remainders handed out one by one would cost the host more than they gain.
TEST(ApplyWindowTest, WaitsForAnApplyOnceSomethingDidNotFit) {
  const Log log = LogOf(3);
  ApplyWindow window(Index(0), 2 * kEntry - 1);
  EXPECT_EQ(Take(window, log, 3), Indexes{1});
  EXPECT_FALSE(window.CanTake(Index(3)));
  window.Finish(log, Index(1));
  EXPECT_TRUE(window.CanTake(Index(3)));
}

TEST(ApplyWindowTest, EntryLargerThanTheWindowIsHandedOutAlone) {
  const Log log = LogOf(2);
  ApplyWindow window(Index(0), 1);
  EXPECT_EQ(Take(window, log, 2), Indexes{1});
  window.Finish(log, Index(1));
  EXPECT_EQ(Take(window, log, 2), Indexes{2});
}

TEST(ApplyWindowTest, FinishOfNothingNewChangesNothing) {
  const Log log = LogOf(4);
  ApplyWindow window(Index(0), 4 * kEntry);
  ASSERT_EQ(Take(window, log, 4).size(), 4u);
  window.Finish(log, Index(2));
  window.Finish(log, Index(1));
  EXPECT_EQ(window.applied(), Index(2));
}

TEST(ApplyWindowTest, NothingIsTakenUpToALimitBelowWhatIsBeingApplied) {
  const Log log = LogOf(4);
  ApplyWindow window(Index(0), 1 << 20);
  ASSERT_EQ(Take(window, log, 4).size(), 4u);
  EXPECT_FALSE(window.CanTake(Index(0)));
  EXPECT_EQ(Take(window, log, 0), Indexes{});
}

TEST(ApplyWindowTest, SnapshotTakesThePlaceOfAllBeforeIt) {
  const Log log = LogOf(5);
  ApplyWindow window(Index(0), 2 * kEntry);
  ASSERT_EQ(Take(window, log, 5), (Indexes{1, 2}));
  window.JumpTo(Index(4));
  EXPECT_EQ(window.applied(), Index(4));
  EXPECT_EQ(Take(window, log, 5), Indexes{5});
}

TEST(ApplyWindowDeathTest, NothingIsAppliedThatWasNotHandedOut) {
  const Log log = LogOf(5);
  ApplyWindow window(Index(0), 1 << 20);
  ASSERT_EQ(Take(window, log, 2).size(), 2u);
  EXPECT_DEATH(window.Finish(log, Index(3)), "check failed");
}

}  // namespace
}  // namespace warren::raft
