#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using warren::testing::IsOk;

constexpr raft::GroupId kGroup(7);

class LogRetirementTest : public ::testing::Test {
 protected:
  LogRetirementTest() {
    EXPECT_THAT(log_.Open(), IsOk());
    EXPECT_THAT(log_.Create(7), IsOk());
  }
  // What was written so far leaves the segments.
  void Retire() {
    log_.WriteAll();
    log_.FillSegments(log_.config.segments_kept + 2);
    log_.MaintainAll();
  }

  LogFixture log_;
};

TEST_F(LogRetirementTest, WhatIsNeededMovesAndIsReadFromTheStore) {
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 9, 1)), IsOk());
  ASSERT_THAT(log_.Snapshot(7, MakeSnapshot(6, 1, {2, 5})), IsOk());
  log_.config.memory_bytes = 0;
  Retire();
  EXPECT_GT(log_->GetStats().store_bytes_moved, 0);
  for (int reopened = 0; reopened < 2; ++reopened) {
    ASSERT_THAT(log_.Open(), IsOk());
    for (const uint64_t index : std::vector<uint64_t>{2, 5, 7, 8, 9}) {
      EXPECT_THAT(log_.ReadOne(7, index), HasSubstr("@1:entry " + std::to_string(index)));
    }
    EXPECT_EQ(log_.ReadOne(7, 3), "NOT_FOUND");
    EXPECT_EQ(log_.Recovered(7)->snapshot->state, "state at 6");
    EXPECT_TRUE(log_.Recovered(7)->missing.empty());
  }
}

TEST_F(LogRetirementTest, WhatIsDeadDoesNotMove) {
  log_.WriteAll();
  log_.config.memory_bytes = 0;
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 1, 1000)), IsOk());
  ASSERT_THAT(log_.Snapshot(7, MakeSnapshot(5, 1)), IsOk());
  Retire();
  const LogStats stats = log_->GetStats();
  EXPECT_GT(stats.user_bytes_retired, 5000);
  EXPECT_LT(stats.user_bytes_moved, 5000) << "only the filler's entries above its last snapshot";
  EXPECT_EQ(log_.ReadOne(7, 5), "NOT_FOUND");
}

TEST_F(LogRetirementTest, AHardStateDoesNotStayBehind) {
  Write write = log_.MakeWrite(7);
  write.hard_state = raft::HardState{
      .term = raft::Term(8), .vote = raft::NodeId(2), .commit = raft::Index(), .amnesiac = false};
  ASSERT_THAT(log_->Submit(std::move(write)), IsOk());
  Retire();
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_NE(log_.Recovered(7), nullptr);
  EXPECT_EQ(log_.Recovered(7)->hard_state.vote, raft::NodeId(2));
}

TEST_F(LogRetirementTest, ASuffixThatWasReplacedAfterItMovedIsGone) {
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 6, 1)), IsOk());
  Retire();
  ASSERT_THAT(log_.Append(7, MakeEntries(4, 4, 2)), IsOk());
  Retire();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_THAT(log_.ReadOne(7, 3), HasSubstr("3@1:"));
  EXPECT_THAT(log_.ReadOne(7, 4), HasSubstr("4@2:"));
  EXPECT_EQ(log_.ReadOne(7, 5), "NOT_FOUND");
  ASSERT_THAT(log_.Append(7, MakeEntries(5, 6, 3)), IsOk());
  log_.WriteAll();
  EXPECT_THAT(log_.ReadOne(7, 6), HasSubstr("6@3:"));
}

TEST_F(LogRetirementTest, AReplacementBetweenCaptureAndMoveCounts) {
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 6, 1)), IsOk());
  log_.WriteAll();
  log_.FillSegments(log_.config.segments_kept + 1);
  ASSERT_THAT(log_.Append(7, MakeEntries(6, 6, 1 + 1)), IsOk());
  // The last step captures; what follows happens before the move.
  while (log_->GetStats().user_bytes_retired == 0) ASSERT_TRUE(log_->Maintain());
  ASSERT_THAT(log_.Append(7, MakeEntries(3, 3, 3)), IsOk());
  log_.MaintainAll();
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_THAT(log_.ReadOne(7, 2), HasSubstr("2@1:"));
    EXPECT_THAT(log_.ReadOne(7, 3), HasSubstr("3@3:"));
    EXPECT_EQ(log_.ReadOne(7, 4), "NOT_FOUND");
    ASSERT_THAT(log_.Open(), IsOk());
  }
}

TEST_F(LogRetirementTest, ADestroyedGroupLeavesNothingAndItsNumberIsNotGivenAgain) {
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 6, 1)), IsOk());
  Retire();
  ASSERT_THAT(log_->Destroy(kGroup, {}), IsOk());
  Retire();
  Retire();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_EQ(log_.Recovered(7), nullptr);
  ASSERT_THAT(log_.Create(7), IsOk());
  EXPECT_EQ(log_.ReadOne(7, 1), "NOT_FOUND");
}

TEST_F(LogRetirementTest, AGroupThatLivedBetweenTwoRetirementsIsForgottenQuietly) {
  log_.WriteAll();
  log_.FillSegments(1);
  ASSERT_THAT(log_.Create(8), IsOk());
  log_.WriteAll();
  log_.FillSegments(1);
  ASSERT_THAT(log_.Append(8, MakeEntries(1, 1, 1)), IsOk());
  ASSERT_THAT(log_->Destroy(raft::GroupId(8), {}), IsOk());
  log_.WriteAll();
  log_.FillSegments(1);
  log_.MaintainAll();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
}

TEST_F(LogRetirementTest, GroupsHearThatTheirSegmentWillRetire) {
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 6, 1)), IsOk());
  log_.WriteAll();
  log_.FillSegments(log_.config.segments_kept);
  log_.MaintainAll();
  EXPECT_THAT(log_.listener.near, Contains(kGroup));
}

TEST_F(LogRetirementTest, FilesAreUsedAgain) {
  for (int i = 0; i < 10; ++i) Retire();
  const LogStats stats = log_->GetStats();
  EXPECT_LE(stats.segments + stats.segments_free, log_.config.segments_kept + 3);
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
  EXPECT_THAT(log_.recovery.damage, ::testing::IsEmpty());
}

TEST_F(LogRetirementTest, ARetirementAndTheRoundThatItWaitsForBothGoOn) {
  log_.WriteAll();
  log_.config.segments_max = log_.config.segments_kept + 3;
  ASSERT_THAT(log_.Open(), IsOk());
  uint64_t last = 0;
  do {
    ++last;
    ASSERT_THAT(log_.Append(7, MakeEntries(last, last, 1, 4000)), IsOk());
  } while (log_->WriteRound());  // Until there are as many segments as there may be.
  log_.MaintainAll();
  EXPECT_LT(log_->GetStats().segments, log_.config.segments_max);
  EXPECT_EQ(log_.listener.completions.size(), last + 1);
}

TEST_F(LogRetirementTest, EverythingIsTheSameAfterManyRestarts) {
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 6, 1)), IsOk());
  for (int i = 0; i < 12; ++i) {
    log_.WriteAll();
    ASSERT_THAT(log_.Open(), IsOk());
    log_.MaintainAll();
    EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
    for (uint64_t index = 1; index <= 6; ++index) {
      EXPECT_THAT(log_.ReadOne(7, index), HasSubstr("@1:entry"));
    }
  }
}

}  // namespace
}  // namespace warren::log
