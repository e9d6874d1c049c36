#include "tests/scenario_runner/stored_log.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/scenario_runner/appender.h"
#include "tests/scenario_runner/describe.h"
#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

using ::testing::IsEmpty;
using ::warren::testing::StatusIs;

// Entries from `first` on, all of `term`.
std::vector<raft::Entry> Entries(uint64_t first, size_t count, uint64_t term) {
  std::vector<raft::Entry> entries(count);
  for (size_t i = 0; i < count; ++i) {
    entries[i].id = {.index = raft::Index(first + i), .term = raft::Term(term)};
  }
  return entries;
}

raft::SnapshotRef SnapshotAt(uint64_t index) {
  return MakeSnapshot({.id = {.index = raft::Index(index), .term = raft::Term(1)}, .time = {}}, {},
                      "");
}

TEST(StoredLogTest, BeginsAfterItsBase) {
  const StoredLog log({.index = raft::Index(10), .term = raft::Term(1)});
  EXPECT_EQ(log.FirstIndex(), raft::Index(11));
  EXPECT_EQ(log.LastIndex(), raft::Index(10));
  EXPECT_THAT(log.entries(), IsEmpty());
}

TEST(StoredLogTest, AppendReplacesWhatFollows) {
  StoredLog log;
  log.Append(Entries(1, 4, 1));
  log.Append(Entries(3, 1, 2));
  EXPECT_EQ(DescribeLines(log.entries()),
            "1/1 EntryNormal \"\"\n1/2 EntryNormal \"\"\n2/3 EntryNormal \"\"\n");
}

TEST(StoredLogTest, AppendDoesNotBringBackWhatWasCompacted) {
  StoredLog log;
  log.Append(Entries(1, 4, 1));
  WARREN_ASSERT_OK(log.Compact(raft::Index(2)));
  log.Append(Entries(1, 2, 1));
  EXPECT_EQ(log.LastIndex(), raft::Index(4));
  log.Append(Entries(2, 2, 2));
  EXPECT_EQ(DescribeLines(log.entries()), "2/3 EntryNormal \"\"\n");
}

TEST(StoredLogTest, CompactKeepsWhatFollows) {
  StoredLog log;
  log.Append(Entries(1, 4, 1));
  WARREN_ASSERT_OK(log.Compact(raft::Index(3)));
  EXPECT_EQ(log.FirstIndex(), raft::Index(4));
  EXPECT_EQ(log.LastIndex(), raft::Index(4));
  WARREN_ASSERT_OK(log.Compact(raft::Index(4)));
  EXPECT_THAT(log.entries(), IsEmpty());
}

TEST(StoredLogTest, CompactRefusesWhatIsGoneOrNotThere) {
  StoredLog log;
  log.Append(Entries(1, 4, 1));
  WARREN_ASSERT_OK(log.Compact(raft::Index(2)));
  EXPECT_THAT(log.Compact(raft::Index(2)), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(log.Compact(raft::Index(5)), StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(StoredLogTest, InstallTakesThePlaceOfEverything) {
  StoredLog log;
  log.Append(Entries(1, 4, 1));
  WARREN_ASSERT_OK(log.Install(*SnapshotAt(9)));
  EXPECT_EQ(log.FirstIndex(), raft::Index(10));
  EXPECT_THAT(log.entries(), IsEmpty());
  EXPECT_THAT(log.Install(*SnapshotAt(9)), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(AppenderTest, StateGrowsByEachUpdate) {
  Appender appender;
  EXPECT_EQ(appender.latest(), nullptr);
  raft::Membership members;
  members.voters = {raft::NodeId(1)};
  appender.Apply({.id = {.index = raft::Index(3), .term = raft::Term(1)}, .time = {}}, "foo", {});
  const raft::SnapshotRef first = appender.latest();
  appender.Apply({.id = {.index = raft::Index(4), .term = raft::Term(2)}, .time = {}}, "bar",
                 members);
  EXPECT_EQ(first->state, "foo");
  EXPECT_EQ(appender.latest()->state, "foobar");
  EXPECT_EQ(appender.latest()->last.id.index, raft::Index(4));
  EXPECT_EQ(appender.latest()->membership, members);
}

TEST(AppenderTest, EntryBelowARestoredSnapshotChangesNothing) {
  Appender appender;
  appender.Restore(SnapshotAt(9));
  appender.Apply({.id = {.index = raft::Index(9), .term = raft::Term(1)}, .time = {}}, "foo", {});
  EXPECT_EQ(appender.latest()->state, "");
}

}  // namespace
}  // namespace warren::scenario_runner
