#include "base/log_limiter.h"

#include "gtest/gtest.h"

namespace warren::base {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);

TEST(LogLimiterTest, BurstPassesAndTheRestIsCounted) {
  LogLimiter limiter(3, kInterval);
  const MonotonicTime start;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Admit("a", start).passes);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limiter.Admit("a", start).passes);
  const LogLimiter::Verdict verdict = limiter.Admit("a", start + kInterval);
  EXPECT_TRUE(verdict.passes);
  EXPECT_EQ(verdict.held_back, 5u);
  EXPECT_FALSE(limiter.Admit("a", start + kInterval).passes);
}

TEST(LogLimiterTest, CreditDoesNotExceedTheBurst) {
  LogLimiter limiter(2, kInterval);
  EXPECT_TRUE(limiter.Admit("a", MonotonicTime()).passes);
  const MonotonicTime later = MonotonicTime() + absl::Hours(1);
  EXPECT_TRUE(limiter.Admit("a", later).passes);
  EXPECT_TRUE(limiter.Admit("a", later).passes);
  EXPECT_FALSE(limiter.Admit("a", later).passes);
}

TEST(LogLimiterTest, NamesAreIndependent) {
  LogLimiter limiter(1, kInterval);
  EXPECT_TRUE(limiter.Admit("a", MonotonicTime()).passes);
  EXPECT_FALSE(limiter.Admit("a", MonotonicTime()).passes);
  EXPECT_TRUE(limiter.Admit("b", MonotonicTime()).passes);
}

TEST(LogLimiterTest, TimesOutOfOrderTakeNoCredit) {
  LogLimiter limiter(2, kInterval);
  EXPECT_TRUE(limiter.Admit("a", MonotonicTime() + absl::Seconds(10)).passes);
  EXPECT_TRUE(limiter.Admit("a", MonotonicTime()).passes);
  EXPECT_FALSE(limiter.Admit("a", MonotonicTime()).passes);
}

TEST(LogLimiterTest, TimesOutOfOrderGiveNoCredit) {
  LogLimiter limiter(1, kInterval);
  const MonotonicTime later = MonotonicTime() + absl::Seconds(10);
  EXPECT_TRUE(limiter.Admit("a", later).passes);
  EXPECT_FALSE(limiter.Admit("a", MonotonicTime()).passes);
  EXPECT_FALSE(limiter.Admit("a", later).passes);
}

TEST(LogLimiterTest, TakeHeldBackTellsOnce) {
  LogLimiter limiter(1, kInterval);
  for (int i = 0; i < 4; ++i) limiter.Admit("b", MonotonicTime());
  for (int i = 0; i < 3; ++i) limiter.Admit("a", MonotonicTime());
  limiter.Admit("c", MonotonicTime());
  const auto held_back = limiter.TakeHeldBack();
  ASSERT_EQ(held_back.size(), 2u);
  EXPECT_EQ(held_back[0].event, "a");
  EXPECT_EQ(held_back[0].count, 2u);
  EXPECT_EQ(held_back[1].event, "b");
  EXPECT_EQ(held_back[1].count, 3u);
  EXPECT_TRUE(limiter.TakeHeldBack().empty());
  EXPECT_EQ(limiter.Admit("a", MonotonicTime() + kInterval).held_back, 0u);
}

}  // namespace
}  // namespace warren::base
