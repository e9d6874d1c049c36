// What each argument of a queue means to the machine, one statement for one x-argument and value.
// The finer points are with their subjects: machine_limits_test.cc and the others.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MachineArgumentsTest, ExpiresTellsOfAnUnusedQueue) {
  QueueConfig config;
  config.expires = kMillisecond;
  MachineFixture queue(config);
  queue.Pass(0);
  queue.Pass(kMillisecond);
  EXPECT_TRUE(queue.effects().queue_expired);
}

TEST(MachineArgumentsTest, WithoutExpiresAQueueStaysForEver) {
  MachineFixture queue;
  queue.Pass(kSpanMax);
  EXPECT_FALSE(queue.effects().queue_expired);
  EXPECT_EQ(queue.machine().NextDeadline(), std::nullopt);
}

TEST(MachineArgumentsTest, MessageTtlLimitsTheLifeOfMessages) {
  QueueConfig config;
  config.message_ttl = kMillisecond;
  MachineFixture queue(config);
  queue.PublishMany(1);
  queue.Pass(kMillisecond);
  EXPECT_EQ(queue.effects().departures.expired, 1u);
}

TEST(MachineArgumentsTest, MessageTtlZeroNeedsAConsumerAtOnce) {
  QueueConfig config;
  config.message_ttl = 0;
  MachineFixture queue(config);
  queue.PublishMany(1);
  EXPECT_EQ(queue.effects().departures.expired, 1u);
}

TEST(MachineArgumentsTest, DeadLetterExchangeTellsOfDeaths) {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtMostOnce;
  MachineFixture queue(config);
  queue.Publish({{.ttl = 0}});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1));
}

TEST(MachineArgumentsTest, DeadLetterStrategyAtLeastOnceKeepsTheDead) {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  config.overflow = Overflow::kRejectPublish;
  MachineFixture queue(config);
  queue.Publish({{.ttl = 0}});
  EXPECT_EQ(queue.counts().dead_letters, 1u);
}

TEST(MachineArgumentsTest, MaxLengthWithDropHeadKeepsTheNewest) {
  QueueConfig config;
  config.max_length = 2;
  MachineFixture queue(config);
  queue.PublishMany(3);
  EXPECT_THAT(queue.Ready(), ElementsAre(2, 3));
}

TEST(MachineArgumentsTest, MaxLengthWithRejectPublishKeepsTheOldest) {
  QueueConfig config;
  config.max_length = 2;
  config.overflow = Overflow::kRejectPublish;
  MachineFixture queue(config);
  queue.PublishMany(3);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
}

TEST(MachineArgumentsTest, MaxLengthWithRejectPublishDlxAlsoDeadLetters) {
  QueueConfig config;
  config.max_length = 2;
  config.overflow = Overflow::kRejectPublishDlx;
  config.dead_letter = DeadLetterStrategy::kAtMostOnce;
  MachineFixture queue(config);
  queue.PublishMany(3);
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(0));  // It never had a key.
}

TEST(MachineArgumentsTest, MaxLengthBytesCountsBodies) {
  QueueConfig config;
  config.max_length_bytes = 10;
  MachineFixture queue(config);
  queue.Publish({{.size = 6}, {.size = 6}});
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
}

TEST(MachineArgumentsTest, MaxPriorityLimitsTheLevels) {
  QueueConfig config;
  config.max_priority = 1;
  MachineFixture queue(config);
  queue.Publish({{.size = 1}, {.priority = 1}, {.priority = 7}});
  EXPECT_THAT(queue.Ready(), ElementsAre(2, 3, 1));
}

TEST(MachineArgumentsTest, SingleActiveConsumerServesOneAtATime) {
  QueueConfig config;
  config.single_active_consumer = true;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 9});
  queue.Attach(kBob, {.prefetch = 9});
  queue.PublishMany(4);
  EXPECT_THAT(queue.Holds(kBob), IsEmpty());
}

TEST(MachineArgumentsTest, DeliveryLimitIsTwentyByDefault) {
  EXPECT_EQ(QueueConfig().delivery_limit, 20u);
}

TEST(MachineArgumentsTest, DeliveryLimitZeroIsOneTry) {
  QueueConfig config;
  config.delivery_limit = 0;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.delivery_limit, 1u);
}

TEST(MachineArgumentsTest, DeliveryLimitMinusOneIsNone) {
  QueueConfig config;
  config.delivery_limit = std::nullopt;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  for (int i = 0; i < 1000; ++i) queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.Find(1)->failed, 1000u);
}

TEST(MachineArgumentsTest, ConsumerTimeoutIsHalfAnHourByDefault) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + 1800 * kSecond);
}

TEST(MachineArgumentsTest, ConsumerTimeoutTakesMessagesBack) {
  QueueConfig config;
  config.consumer_timeout = kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Pass(kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineArgumentsTest, ConsumerDisconnectedTimeoutIsAMinuteByDefault) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Suspect(kAnna.session);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + 60 * kSecond);
}

TEST(MachineArgumentsTest, ConsumerDisconnectedTimeoutEndsASuspectedSession) {
  QueueConfig config;
  config.consumer_disconnected_timeout = kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Suspect(kAnna.session);
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

// ---- x-delayed-retry-type, -min, -max -----------------------------------------------------------

// How long a message waits that was returned, and one that failed, the first time.
std::pair<Span, Span> Waits(DelayedRetry type) {
  QueueConfig config;
  config.delayed_retry = type;
  config.delayed_retry_min = kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {});
  queue.PublishMany(2);
  queue.Grant(kAnna, 2);
  queue.Return(kAnna, {1});
  queue.Fail(kAnna, {2});
  const auto wait = [&](uint64_t key) -> Span {
    const std::optional<Time> due = queue.Find(key)->due;
    return due ? *due - queue.now() : 0;
  };
  return {wait(1), wait(2)};
}

TEST(MachineArgumentsTest, DelayedRetryTypeDisabledWaitsForNothing) {
  EXPECT_EQ(Waits(DelayedRetry::kDisabled), (std::pair<Span, Span>{0, 0}));
}
TEST(MachineArgumentsTest, DelayedRetryTypeAllWaitsForEither) {
  EXPECT_EQ(Waits(DelayedRetry::kAll), (std::pair<Span, Span>{kSecond, kSecond}));
}
TEST(MachineArgumentsTest, DelayedRetryTypeFailedWaitsForFailures) {
  EXPECT_EQ(Waits(DelayedRetry::kFailed), (std::pair<Span, Span>{0, kSecond}));
}
TEST(MachineArgumentsTest, DelayedRetryTypeReturnedWaitsForReturns) {
  EXPECT_EQ(Waits(DelayedRetry::kReturned), (std::pair<Span, Span>{kSecond, 0}));
}

TEST(MachineArgumentsTest, DelayedRetryMaxIsTheLongestWait) {
  QueueConfig config;
  config.delayed_retry = DelayedRetry::kAll;
  config.delayed_retry_min = 2 * kSecond;
  config.delayed_retry_max = 3 * kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Fail(kAnna, {1});
  queue.Pass(2 * kSecond);
  queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.Find(1)->due, queue.now() + 3 * kSecond);
}

TEST(MachineArgumentsTest, DelayedRetryWithoutMaxGrowsOn) {
  QueueConfig config;
  config.delayed_retry = DelayedRetry::kAll;
  config.delayed_retry_min = kSpanMax;
  config.delivery_limit = std::nullopt;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.Find(1)->due, queue.now() + kSpanMax);
  queue.Pass(kSpanMax);
  queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.Find(1)->due, queue.now() + 2 * kSpanMax);
}

}  // namespace
}  // namespace warren::queue::testing
