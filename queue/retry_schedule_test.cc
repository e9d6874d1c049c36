#include "queue/retry_schedule.h"

#include "gtest/gtest.h"

namespace warren::queue {
namespace {

TEST(RetryScheduleTest, NothingIsDueAtFirst) {
  RetrySchedule schedule;
  EXPECT_EQ(schedule.NextDue(), std::nullopt);
  EXPECT_EQ(schedule.TakeDue(Time(UINT64_MAX)), std::nullopt);
  EXPECT_EQ(schedule.TakeAny(), std::nullopt);
}

TEST(RetryScheduleTest, TheyComeByTimeThenByKey) {
  RetrySchedule schedule;
  schedule.Add(OrderKey(9), Time(10));
  schedule.Add(OrderKey(1), Time(20));
  schedule.Add(OrderKey(5), Time(10));
  EXPECT_EQ(schedule.NextDue(), Time(10));
  EXPECT_EQ(schedule.TakeDue(Time(20)), OrderKey(5));
  EXPECT_EQ(schedule.TakeDue(Time(20)), OrderKey(9));
  EXPECT_EQ(schedule.TakeDue(Time(20)), OrderKey(1));
  EXPECT_EQ(schedule.TakeDue(Time(20)), std::nullopt);
}

TEST(RetryScheduleTest, NoneComesBeforeItsTime) {
  RetrySchedule schedule;
  schedule.Add(OrderKey(1), Time(20));
  EXPECT_EQ(schedule.TakeDue(Time(19)), std::nullopt);
  EXPECT_EQ(schedule.DueOf(OrderKey(1)), Time(20));
  EXPECT_EQ(schedule.TakeDue(Time(20)), OrderKey(1));
  EXPECT_EQ(schedule.DueOf(OrderKey(1)), std::nullopt);
}

TEST(RetryScheduleTest, RemovedOnesDoNotCome) {
  RetrySchedule schedule;
  schedule.Add(OrderKey(1), Time(20));
  schedule.Add(OrderKey(2), Time(30));
  EXPECT_TRUE(schedule.Remove(OrderKey(1)));
  EXPECT_FALSE(schedule.Remove(OrderKey(1)));
  EXPECT_EQ(schedule.NextDue(), Time(30));
  EXPECT_EQ(schedule.size(), 1u);
}

TEST(RetryScheduleTest, TakeAnyEmptiesIt) {
  RetrySchedule schedule;
  schedule.Add(OrderKey(1), Time(20));
  schedule.Add(OrderKey(2), Time(10));
  EXPECT_TRUE(schedule.TakeAny().has_value());
  EXPECT_TRUE(schedule.TakeAny().has_value());
  EXPECT_EQ(schedule.size(), 0u);
  EXPECT_EQ(schedule.NextDue(), std::nullopt);
}

}  // namespace
}  // namespace warren::queue
