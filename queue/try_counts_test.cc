#include "queue/try_counts.h"

#include "gtest/gtest.h"

namespace warren::queue {
namespace {

KeyRange Range(uint64_t first, uint64_t last) { return {OrderKey(first), OrderKey(last)}; }

TEST(TryCountsTest, MessagesHaveNoneAtFirst) {
  const TryCounts counts;
  EXPECT_EQ(counts.Of(OrderKey(1)), Tries());
  EXPECT_EQ(counts.FirstPiece(Range(1, 9)).keys, Range(1, 9));
}

TEST(TryCountsTest, AReturnCountsAsAcquiredAndAFailureAsBoth) {
  TryCounts counts;
  counts.Count(Range(1, 3), /*failed=*/false);
  counts.Count(Range(2, 2), /*failed=*/true);
  EXPECT_EQ(counts.Of(OrderKey(1)), (Tries{1, 0}));
  EXPECT_EQ(counts.Of(OrderKey(2)), (Tries{2, 1}));
  EXPECT_EQ(counts.Of(OrderKey(3)), (Tries{1, 0}));
  EXPECT_EQ(counts.Of(OrderKey(4)), Tries());
  counts.CheckInvariants();
}

TEST(TryCountsTest, PiecesEndWhereCountsChange) {
  TryCounts counts;
  counts.Count(Range(3, 4), true);
  TryCounts::Piece piece = counts.FirstPiece(Range(1, 9));
  EXPECT_EQ(piece.keys, Range(1, 2));
  EXPECT_EQ(piece.tries, Tries());
  piece = counts.FirstPiece(Range(3, 9));
  EXPECT_EQ(piece.keys, Range(3, 4));
  EXPECT_EQ(piece.tries, (Tries{1, 1}));
  piece = counts.FirstPiece(Range(5, 9));
  EXPECT_EQ(piece.keys, Range(5, 9));
  EXPECT_EQ(piece.tries, Tries());
}

TEST(TryCountsTest, PiecesAreNoLongerThanAsked) {
  TryCounts counts;
  counts.Count(Range(1, 9), true);
  EXPECT_EQ(counts.FirstPiece(Range(4, 6)).keys, Range(4, 6));
}

TEST(TryCountsTest, CountingOverSeveralPiecesCountsEach) {
  TryCounts counts;
  counts.Count(Range(2, 3), true);
  counts.Count(Range(6, 6), false);
  counts.Count(Range(1, 7), false);
  EXPECT_EQ(counts.Of(OrderKey(1)), (Tries{1, 0}));
  EXPECT_EQ(counts.Of(OrderKey(3)), (Tries{2, 1}));
  EXPECT_EQ(counts.Of(OrderKey(5)), (Tries{1, 0}));
  EXPECT_EQ(counts.Of(OrderKey(6)), (Tries{2, 0}));
  EXPECT_EQ(counts.Of(OrderKey(8)), Tries());
  counts.CheckInvariants();
}

TEST(TryCountsTest, ForgottenInTheMiddleBothEndsStay) {
  TryCounts counts;
  counts.Count(Range(1, 9), true);
  counts.Forget(Range(4, 6));
  EXPECT_EQ(counts.Of(OrderKey(3)), (Tries{1, 1}));
  EXPECT_EQ(counts.Of(OrderKey(5)), Tries());
  EXPECT_EQ(counts.Of(OrderKey(7)), (Tries{1, 1}));
  counts.Forget(Range(1, 100));
  EXPECT_EQ(counts.Of(OrderKey(9)), Tries());
  counts.CheckInvariants();
}

TEST(TryCountsTest, CountsStandStillRatherThanWrap) {
  TryCounts counts;
  counts.Put(Range(1, 1), {UINT32_MAX, UINT32_MAX});
  counts.Count(Range(1, 1), true);
  EXPECT_EQ(counts.Of(OrderKey(1)), (Tries{UINT32_MAX, UINT32_MAX}));
}

}  // namespace
}  // namespace warren::queue
