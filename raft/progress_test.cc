#include "raft/progress.h"

#include "gtest/gtest.h"

#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

constexpr size_t kMessagesMax = 4;
constexpr size_t kBytesMax = 1000;

Progress Probing(uint64_t match, uint64_t next) {
  return Progress(Index(match), Index(next), kMessagesMax, kBytesMax);
}

Progress Replicating(uint64_t match) {
  Progress progress = Probing(match, match + 1);
  progress.BecomeReplicate();
  return progress;
}

TEST(ProgressTest, StartsProbingAndNotPaused) {
  const Progress progress = Probing(0, 8);
  EXPECT_EQ(progress.state(), ProgressState::kProbe);
  EXPECT_FALSE(progress.IsPaused());
  EXPECT_EQ(progress.next(), Index(8));
}

TEST(ProgressTest, ProbeSendsOneAppendWithEntriesAtATime) {
  Progress progress = Probing(3, 6);
  progress.Sent(/*entries=*/2, /*bytes=*/10);
  EXPECT_TRUE(progress.IsPaused());
  EXPECT_EQ(progress.next(), Index(6)) << "what was sent may not match";
}

TEST(ProgressTest, ProbeMayRepeatAnEmptyAppend) {
  Progress progress = Probing(3, 6);
  progress.Sent(0, 0);
  EXPECT_FALSE(progress.IsPaused());
}

TEST(ProgressTest, ReplicateSendsOnUntilTheWindowIsFull) {
  Progress progress = Replicating(3);
  for (size_t i = 0; i < kMessagesMax; ++i) {
    EXPECT_FALSE(progress.IsPaused());
    progress.Sent(2, 10);
  }
  EXPECT_TRUE(progress.IsPaused());
  EXPECT_TRUE(progress.IsWindowFull());
  EXPECT_EQ(progress.next(), Index(4 + 2 * kMessagesMax));
}

TEST(ProgressTest, AcknowledgementOpensTheWindow) {
  Progress progress = Replicating(0);
  for (size_t i = 0; i < kMessagesMax; ++i) progress.Sent(1, 10);
  EXPECT_TRUE(progress.Advance(Index(2)));
  progress.Acknowledge(Index(2));
  EXPECT_FALSE(progress.IsPaused());
  EXPECT_EQ(progress.View().inflight, kMessagesMax - 2);
}

TEST(ProgressTest, AdvanceNeverGoesBack) {
  Progress progress = Replicating(5);
  EXPECT_FALSE(progress.Advance(Index(5)));
  EXPECT_FALSE(progress.Advance(Index(4)));
  EXPECT_EQ(progress.match(), Index(5));
  EXPECT_EQ(progress.next(), Index(6));
}

TEST(ProgressTest, AdvanceKeepsNextOfWhatIsOnItsWay) {
  Progress progress = Replicating(5);
  progress.Sent(10, 10);
  EXPECT_TRUE(progress.Advance(Index(7)));
  EXPECT_EQ(progress.match(), Index(7));
  EXPECT_EQ(progress.next(), Index(16));
}

TEST(ProgressTest, AdvanceBeyondNextMovesNext) {
  Progress progress = Probing(0, 3);
  EXPECT_TRUE(progress.Advance(Index(9)));
  EXPECT_EQ(progress.next(), Index(10));
}

TEST(ProgressTest, AdvanceResumesAProbe) {
  Progress progress = Probing(0, 3);
  progress.Sent(1, 1);
  progress.Advance(Index(2));
  EXPECT_FALSE(progress.IsPaused());
}

TEST(ProgressTest, StepBackTakesTheHint) {
  Progress progress = Probing(0, 10);
  progress.Sent(1, 1);
  EXPECT_TRUE(progress.StepBack(/*rejected=*/Index(9), /*hint=*/Index(4)));
  EXPECT_EQ(progress.next(), Index(5));
  EXPECT_FALSE(progress.IsPaused());
}

TEST(ProgressTest, StepBackMovesByOneAtLeast) {
  Progress progress = Probing(0, 10);
  EXPECT_TRUE(progress.StepBack(Index(9), Index(9)));
  EXPECT_EQ(progress.next(), Index(9));
}

TEST(ProgressTest, StepBackStaysAboveTheMatch) {
  Progress progress = Probing(6, 10);
  EXPECT_TRUE(progress.StepBack(Index(9), Index(2)));
  EXPECT_EQ(progress.next(), Index(7));
}

TEST(ProgressTest, StepBackIgnoresTheRefusalOfAnEarlierProbe) {
  Progress progress = Probing(0, 10);
  EXPECT_FALSE(progress.StepBack(Index(5), Index(2)));
  EXPECT_EQ(progress.next(), Index(10));
}

TEST(ProgressTest, StepBackOfAReplicatingMemberGoesToItsMatch) {
  Progress progress = Replicating(5);
  progress.Sent(3, 3);
  EXPECT_TRUE(progress.StepBack(Index(6), Index(5)));
  EXPECT_EQ(progress.next(), Index(6));
}

TEST(ProgressTest, StepBackOfAReplicatingMemberIgnoresWhatHasMatchedSince) {
  Progress progress = Replicating(5);
  EXPECT_FALSE(progress.StepBack(Index(5), Index(4)));
  EXPECT_EQ(progress.next(), Index(6));
}

// It belongs to an append that left before the snapshot.
TEST(ProgressTest, StepBackDoesNotDisturbASnapshot) {
  Progress progress = Probing(1, 2);
  progress.BecomeSnapshot(Index(10));
  EXPECT_FALSE(progress.StepBack(Index(10), Index(3)));
  EXPECT_EQ(progress.next(), Index(11));
}

TEST(ProgressTest, BecomeProbeForgetsWhatIsOnItsWay) {
  Progress progress = Replicating(5);
  progress.Sent(3, 3);
  progress.BecomeProbe();
  EXPECT_EQ(progress.next(), Index(6));
  EXPECT_EQ(progress.View().inflight, 0u);
}

TEST(ProgressTest, SnapshotPausesAppendsAndProceedsBehindIt) {
  Progress progress = Probing(1, 2);
  progress.BecomeSnapshot(Index(10));
  EXPECT_TRUE(progress.IsPaused());
  EXPECT_EQ(progress.next(), Index(11));
  EXPECT_EQ(progress.pending_snapshot(), Index(10));
  progress.BecomeProbe();
  EXPECT_EQ(progress.next(), Index(11));
  EXPECT_EQ(progress.pending_snapshot(), Index(0));
}

TEST(ProgressTest, FailedSnapshotProceedsBehindTheMatch) {
  Progress progress = Probing(1, 2);
  progress.BecomeSnapshot(Index(10));
  progress.DropPendingSnapshot();
  progress.BecomeProbe();
  EXPECT_EQ(progress.next(), Index(2));
}

TEST(ProgressTest, MemberAheadOfItsSnapshotProceedsBehindItsMatch) {
  Progress progress = Probing(1, 2);
  progress.BecomeSnapshot(Index(10));
  progress.Advance(Index(12));
  progress.BecomeProbe();
  EXPECT_EQ(progress.next(), Index(13));
}

TEST(ProgressTest, PauseHoldsUntilResume) {
  Progress progress = Probing(1, 2);
  progress.Pause();
  EXPECT_TRUE(progress.IsPaused());
  progress.Resume();
  EXPECT_FALSE(progress.IsPaused());
}

TEST(ProgressTest, ResumeDoesNotWakeASnapshot) {
  Progress progress = Probing(1, 2);
  progress.BecomeSnapshot(Index(10));
  progress.Resume();
  EXPECT_TRUE(progress.IsPaused());
}

TEST(ProgressTest, CommitIsBumpedOnceAndOnlyIfNew) {
  Progress progress = Replicating(5);
  EXPECT_TRUE(progress.CanBumpCommit(Index(3)));
  progress.SentCommit(Index(3));
  EXPECT_FALSE(progress.CanBumpCommit(Index(3)));
  EXPECT_TRUE(progress.CanBumpCommit(Index(4)));
}

TEST(ProgressTest, CommitIsNotBumpedForAMemberThatLacksTheEntries) {
  Progress progress = Replicating(5);
  progress.SentCommit(Index(5));
  EXPECT_FALSE(progress.CanBumpCommit(Index(8)));
}

TEST(ProgressTest, SteppingBackForgetsTheCommitThatTheMemberCouldNotUse) {
  Progress progress = Probing(0, 10);
  progress.SentCommit(Index(9));
  progress.StepBack(Index(9), Index(4));
  progress.Advance(Index(9));
  EXPECT_TRUE(progress.CanBumpCommit(Index(9)));
}

// What an amnesiac acknowledged counts no more: the only way in which a match goes back.
TEST(ProgressTest, ForgetMatchStartsFromTheEndThatTheMemberHasNow) {
  Progress progress = Replicating(20);
  progress.Sent(3, 3);
  progress.ForgetMatch(Index(12));
  EXPECT_EQ(progress.match(), Index(0));
  EXPECT_EQ(progress.next(), Index(13));
  EXPECT_EQ(progress.state(), ProgressState::kProbe);
  EXPECT_EQ(progress.View().inflight, 0u);
}

TEST(ProgressTest, ViewShowsWhatTheProgressHolds) {
  Progress progress = Replicating(5);
  progress.active = true;
  progress.learner = true;
  progress.Sent(2, 10);
  const ProgressView view = progress.View();
  EXPECT_EQ(view.state, ProgressState::kReplicate);
  EXPECT_EQ(view.match, Index(5));
  EXPECT_EQ(view.next, Index(8));
  EXPECT_EQ(view.inflight, 1u);
  EXPECT_TRUE(view.active);
  EXPECT_TRUE(view.learner);
  EXPECT_FALSE(view.paused);
  EXPECT_FALSE(view.window_full);
}

TEST(ProgressDeathTest, NoAppendLeavesWhileASnapshotIsOnItsWay) {
  Progress progress = Probing(1, 2);
  progress.BecomeSnapshot(Index(10));
  EXPECT_DEATH(progress.Sent(1, 1), "check failed");
}

TEST(ProgressDeathTest, NextIsAboveMatch) { EXPECT_DEATH(Probing(5, 5), "check failed"); }

}  // namespace
}  // namespace warren::raft
