#include "replication/log/group_state.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<uint64_t> Positions(const base::IntervalSet& set) {
  std::vector<uint64_t> positions;
  for (const base::IntervalSet::Run& run : set.Runs()) {
    for (uint64_t at = run.first; at <= run.last; ++at) positions.push_back(at);
  }
  return positions;
}

class GroupStateTest : public ::testing::Test {
 protected:
  GroupStateTest() { group_.Append(raft::Index(1), 10, raft::Term(1)); }

  GroupState group_{GroupNo(1), raft::GroupId(11)};
};

TEST_F(GroupStateTest, ASnapshotMovesTheBaseAndKeepsWhatIsLive) {
  group_.TakeSnapshot(MakeSnapshot(6, 1, {2, 5}));
  EXPECT_EQ(group_.base().id.index, raft::Index(6));
  EXPECT_TRUE(group_.IsNeeded(raft::Index(2)));
  EXPECT_FALSE(group_.IsNeeded(raft::Index(3)));
  EXPECT_TRUE(group_.IsNeeded(raft::Index(7)));
  EXPECT_FALSE(group_.IsNeeded(raft::Index(11)));
  EXPECT_THAT(Positions(group_.missing()), IsEmpty());
}

TEST_F(GroupStateTest, ASnapshotCannotKeepWhatIsGone) {
  group_.TakeSnapshot(MakeSnapshot(4, 1, {2}));
  group_.TakeSnapshot(MakeSnapshot(8, 1, {2, 3, 7}));
  EXPECT_THAT(Positions(group_.missing()), ElementsAre(3));
}

TEST_F(GroupStateTest, AnInstalledSnapshotEndsTheLogAndNamesWhatIsNotHeld) {
  group_.Append(raft::Index(5), 2, raft::Term(2));  // 1..4 of term 1, 5..6 of term 2.
  raft::Snapshot leaders;
  leaders.last = {.id = {.index = raft::Index(20), .term = raft::Term(3)}, .time = {}};
  leaders.terms = *raft::TermRuns::FromRuns({{.first = raft::Index(1), .term = raft::Term(1)},
                                             {.first = raft::Index(6), .term = raft::Term(3)}},
                                            raft::Index(20));
  for (const uint64_t live : std::vector<uint64_t>{3, 5, 6, 12}) leaders.live.Insert(live);
  group_.Install(std::make_shared<const raft::Snapshot>(leaders));
  EXPECT_EQ(group_.Last(), leaders.last.id);
  // 3 is ours; 5 is of term 1 there and of term 2 here, 6 likewise; 12 we never had.
  EXPECT_THAT(Positions(group_.missing()), ElementsAre(5, 6, 12));
  group_.BringBack(raft::Index(5), 2);
  EXPECT_THAT(Positions(group_.missing()), ElementsAre(12));
}

TEST_F(GroupStateTest, ReplacingOrDroppingEndsWhatWasMissing) {
  group_.Lose(raft::Index(4));
  group_.Lose(raft::Index(8));
  group_.TruncateFrom(raft::Index(7));
  EXPECT_THAT(Positions(group_.missing()), ElementsAre(4));
  group_.TakeSnapshot(MakeSnapshot(5, 1));
  EXPECT_THAT(Positions(group_.missing()), IsEmpty());
}

TEST_F(GroupStateTest, ItsRecordGoesAsFarAsTheStoreWill) {
  group_.places().Append(raft::Index(1), FrameNo(1), std::vector<uint32_t>{112, 160, 208, 256},
                         300);
  group_.places().Append(raft::Index(5), FrameNo(7),
                         std::vector<uint32_t>{112, 160, 208, 256, 300, 350}, 400);
  const GroupRecord record = group_.RecordUpTo(FrameNo(6), FrameNo(9));
  EXPECT_EQ(record.last, raft::Index(4));
  EXPECT_EQ(record.terms.last(), raft::Index(4));
  EXPECT_EQ(record.as_of, FrameNo(9));
}

TEST_F(GroupStateTest, WhatTheRecordHasSeenIsNotDoneAgain) {
  group_.Append(raft::Index(8), 3, raft::Term(2));
  group_.TakeSnapshot(MakeSnapshot(7, 1, {2}));
  GroupRecord record = group_.RecordUpTo(FrameNo(0), FrameNo(20));
  record.last = raft::Index(7);
  record.terms.TruncateAfter(raft::Index(7));
  GroupState again(record);
  again.ReplayEntries(FrameNo(11), raft::Index(5), 6, raft::Term(1));  // 5..10, later replaced.
  EXPECT_EQ(again.base().id.index, raft::Index(7));
  again.ReplayEntries(FrameNo(12), raft::Index(8), 3, raft::Term(2));
  again.ReplayTruncate(FrameNo(13), raft::Index(3));  // Below the base: it happened before.
  EXPECT_EQ(again.Last().index, raft::Index(7));
  again.ReplayEntries(FrameNo(21), raft::Index(8), 1, raft::Term(3));
  again.FinishReplay();
  EXPECT_EQ(again.Last(), (raft::EntryId{raft::Index(8), raft::Term(3)}));
}

TEST_F(GroupStateTest, WhatTheRecordMissesIsNotForgottenForOlderFrames) {
  group_.Lose(raft::Index(6));
  GroupState again(group_.RecordUpTo(FrameNo(0), FrameNo(20)));
  again.ReplayEntries(FrameNo(12), raft::Index(5), 3, raft::Term(1));
  again.ReplayBodies(FrameNo(13), raft::Index(6), 1);
  EXPECT_THAT(Positions(again.missing()), ElementsAre(6));
  again.ReplayBodies(FrameNo(21), raft::Index(6), 1);
  EXPECT_THAT(Positions(again.missing()), IsEmpty());
}

TEST_F(GroupStateTest, AnInstallThatCannotBeReadLeavesNoGap) {
  group_.ReplayInstall(FrameNo(5), {.index = raft::Index(12), .term = raft::Term(2)}, nullptr,
                       false);
  group_.SetHardState({});  // Says nothing of what was lost.
  group_.FinishReplay();
  EXPECT_EQ(group_.Last().index, raft::Index(12));
  EXPECT_THAT(Positions(group_.missing()), ElementsAre(11, 12));
  EXPECT_TRUE(group_.hard_state().amnesiac);
}

}  // namespace
}  // namespace warren::log
