#include "base/clock.h"

#include <type_traits>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Subtractable = requires(A a, B b) {
  a - b;
};

TEST(MonotonicTimeTest, MomentsSubtractToDurationsAndDoNotMixWithWallTime) {
  const MonotonicTime start(absl::Seconds(5));
  EXPECT_EQ((start + absl::Seconds(2)) - start, absl::Seconds(2));
  EXPECT_EQ(start - absl::Seconds(5), MonotonicTime());
  EXPECT_LT(start, start + absl::Nanoseconds(1));
  static_assert(!Addable<MonotonicTime, MonotonicTime>);
  static_assert(!Subtractable<MonotonicTime, absl::Time>);
  static_assert(!std::is_convertible_v<absl::Duration, MonotonicTime>);
}

TEST(ManualClockTest, StandsStillUntilAdvanced) {
  ManualClock clock(absl::FromUnixSeconds(100));
  const MonotonicTime start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Milliseconds(1500));
  EXPECT_EQ(clock.Now() - start, absl::Milliseconds(1500));
  EXPECT_EQ(clock.WallNow(), absl::FromUnixMillis(101'500));
}

TEST(ManualClockTest, WallStepsWithoutTimePassing) {
  ManualClock clock(absl::FromUnixSeconds(100));
  const MonotonicTime start = clock.Now();
  clock.StepWall(absl::Seconds(-30));
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.WallNow(), absl::FromUnixSeconds(70));
}

TEST(ManualClockDeathTest, TimeDoesNotRunBackwards) {
  ManualClock clock;
  EXPECT_DEATH(clock.Advance(absl::Seconds(-1)), "check failed");
}

// Bounds that hold however long the process is held up in between.
TEST(SystemClockTest, ReadsTheMachinesClocks) {
  const SystemClock clock;
  const MonotonicTime first = clock.Now();
  const MonotonicTime second = clock.Now();
  EXPECT_LE(first, second);
  EXPECT_GT(first, MonotonicTime());
  const absl::Time before = absl::Now();
  const absl::Time between = clock.WallNow();
  const absl::Time after = absl::Now();
  EXPECT_LE(before, between);
  EXPECT_LE(between, after);
}

}  // namespace
}  // namespace warren::base
