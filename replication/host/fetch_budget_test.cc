#include "replication/host/fetch_budget.h"

#include "gtest/gtest.h"

namespace warren::replication {
namespace {

constexpr absl::Duration kSecond = absl::Seconds(1);

class FetchBudgetTest : public ::testing::Test {
 protected:
  base::MonotonicTime now_ = base::MonotonicTime() + 1000 * kSecond;
  FetchBudget budget_{4, 1'000'000};
};

TEST_F(FetchBudgetTest, SoManyRequestsAreUnderWayAtATime) {
  EXPECT_EQ(budget_.RoomAt(now_).requests, 4u);
  budget_.OnUnderWay(3);
  EXPECT_EQ(budget_.RoomAt(now_).requests, 1u);
  budget_.OnUnderWay(2);
  EXPECT_EQ(budget_.RoomAt(now_).requests, 0u);
  EXPECT_EQ(budget_.RoomAt(now_).more_at, std::nullopt) << "an answer makes room, not time";
  budget_.OnUnderWay(-4);
  EXPECT_EQ(budget_.RoomAt(now_).requests, 3u);
}

TEST_F(FetchBudgetTest, BytesArePaidForBeforeTheNextRequest) {
  budget_.OnBytes(now_, 1'100'000);
  const FetchBudget::Room room = budget_.RoomAt(now_);
  EXPECT_EQ(room.requests, 0u);
  EXPECT_EQ(room.more_at, now_ + kSecond) << "a tenth of a second was to spare";
  EXPECT_EQ(budget_.RoomAt(*room.more_at).requests, 4u);
}

TEST_F(FetchBudgetTest, AStreamOfAnswersKeepsToTheRate) {
  base::MonotonicTime at = now_;
  for (int i = 0; i < 100; ++i) {
    const FetchBudget::Room room = budget_.RoomAt(at);
    if (room.more_at.has_value()) at = *room.more_at;
    budget_.OnBytes(at, 50'000);
  }
  EXPECT_GE(at - now_, absl::Milliseconds(4800));
  EXPECT_LE(at - now_, absl::Milliseconds(5000));
}

TEST_F(FetchBudgetTest, ALongPauseIsNotSavedUp) {
  budget_.OnBytes(now_, 1);
  now_ = now_ + 3600 * kSecond;
  budget_.OnBytes(now_, 1'000'000);
  EXPECT_EQ(budget_.RoomAt(now_).more_at, now_ + absl::Milliseconds(900));
}

}  // namespace
}  // namespace warren::replication
