// What comes back: counting, the limit, delayed retry, timeouts.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"
#include "queue/try_counts.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Tries TriesOf(const MachineFixture& queue, uint64_t key) {
  const std::optional<MessageView> view = queue.Find(key);
  return view ? Tries{view->acquired, view->failed} : Tries{99, 99};
}

// Anna gets so many of as many messages, and nothing more.
void LeaseToAnna(MachineFixture& queue, uint32_t count) {
  queue.Attach(kAnna, {});
  queue.PublishMany(count);
  queue.Grant(kAnna, count);
}

// ---- Counting -----------------------------------------------------------------------------------

TEST(MachineRedeliveryTest, AFirstDeliveryHasNoCounts) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  EXPECT_EQ(queue.effects().delivered.at(0).acquired, 0u);
  EXPECT_EQ(queue.effects().delivered.at(0).failed, 0u);
}

TEST(MachineRedeliveryTest, ReturnedCountsAsAcquiredOnly) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Return(kAnna, {1});
  queue.Grant(kAnna, 1);
  EXPECT_EQ(queue.effects().delivered.at(0).acquired, 1u);
  EXPECT_EQ(queue.effects().delivered.at(0).failed, 0u);
}

TEST(MachineRedeliveryTest, FailedCountsAsBoth) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Fail(kAnna, {1});
  queue.Grant(kAnna, 1);
  EXPECT_EQ(queue.effects().delivered.at(0).acquired, 1u);
  EXPECT_EQ(queue.effects().delivered.at(0).failed, 1u);
}

TEST(MachineRedeliveryTest, ALostConnectionCountsAsFailed) {
  MachineFixture queue;
  LeaseToAnna(queue, 2);
  queue.Detach(kAnna.session);
  EXPECT_EQ(TriesOf(queue, 1), (Tries{1, 1}));
  EXPECT_EQ(TriesOf(queue, 2), (Tries{1, 1}));
}

TEST(MachineRedeliveryTest, ASuspectedNodeCountsAsReturned) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Suspect(kAnna.session);
  queue.Pass(60 * kSecond);
  EXPECT_EQ(TriesOf(queue, 1), (Tries{1, 0}));
}

TEST(MachineRedeliveryTest, AConsumerTimeoutCountsAsReturned) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Pass(1800 * kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
  EXPECT_EQ(TriesOf(queue, 1), (Tries{1, 0}));
}

TEST(MachineRedeliveryTest, CountsAreEachMessagesOwn) {
  MachineFixture queue;
  LeaseToAnna(queue, 3);
  queue.Fail(kAnna, {2});
  queue.Return(kAnna, {1, 3});
  EXPECT_EQ(TriesOf(queue, 1), (Tries{1, 0}));
  EXPECT_EQ(TriesOf(queue, 2), (Tries{1, 1}));
  queue.Grant(kAnna, 3);
  EXPECT_EQ(queue.effects().delivered.size(), 3u);  // One range for each run of equal counts.
}

// ---- The limit ----------------------------------------------------------------------------------

// How often a message is delivered that always fails; at most `most` times.
int Deliveries(MachineFixture& queue, int most) {
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  int deliveries = 0;
  while (deliveries < most && !queue.Holds(kAnna).empty()) {
    ++deliveries;
    queue.Fail(kAnna, {1});
  }
  return deliveries;
}

TEST(MachineDeliveryLimitTest, ByDefaultTwentyFailuresAreSurvived) {
  MachineFixture queue;
  EXPECT_EQ(Deliveries(queue, 100), 21);
  EXPECT_EQ(queue.effects().departures.delivery_limit, 1u);
  EXPECT_THAT(queue.Ready(), IsEmpty());
}

TEST(MachineDeliveryLimitTest, ZeroAllowsOneDelivery) {
  QueueConfig config;
  config.delivery_limit = 0;
  MachineFixture queue(config);
  EXPECT_EQ(Deliveries(queue, 100), 1);
}

TEST(MachineDeliveryLimitTest, WithoutLimitAMessageReturnsForEver) {
  QueueConfig config;
  config.delivery_limit = std::nullopt;
  MachineFixture queue(config);
  EXPECT_EQ(Deliveries(queue, 100), 100);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
}

TEST(MachineDeliveryLimitTest, ReturnsDoNotCountTowardsIt) {
  QueueConfig config;
  config.delivery_limit = 1;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  for (int i = 0; i < 10; ++i) queue.Return(kAnna, {1});
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
}

TEST(MachineDeliveryLimitTest, ManyReachItAtOnce) {
  QueueConfig config;
  config.delivery_limit = 1;
  config.dead_letter = DeadLetterStrategy::kAtMostOnce;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 10});
  queue.PublishMany(5);
  queue.Fail(kAnna, {1, 2, 3, 4, 5});
  queue.Fail(kAnna, {1, 2, 3, 4, 5});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(queue.effects().dead_letters[0].reason, DeathReason::kDeliveryLimit);
  EXPECT_EQ(queue.effects().dead_letters[0].failed, 2u);
}

TEST(MachineDeliveryLimitTest, ALostConnectionMayReachIt) {
  QueueConfig config;
  config.delivery_limit = 0;
  MachineFixture queue(config);
  LeaseToAnna(queue, 1);
  queue.Detach(kAnna.session);
  EXPECT_EQ(queue.effects().departures.delivery_limit, 1u);
}

TEST(MachineDeliveryLimitTest, AnUpdatedLimitIsForTheNextFailure) {
  QueueConfig config;
  config.delivery_limit = 5;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  for (int i = 0; i < 3; ++i) queue.Fail(kAnna, {1});
  config.delivery_limit = 2;
  queue.Configure(config);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.delivery_limit, 1u);
}

// ---- Delayed retry ------------------------------------------------------------------------------

QueueConfig Retrying(DelayedRetry which, Span min, std::optional<Span> max = std::nullopt) {
  QueueConfig config;
  config.delayed_retry = which;
  config.delayed_retry_min = min;
  config.delayed_retry_max = max;
  return config;
}

TEST(MachineDelayedRetryTest, DisabledReturnsAtOnce) {
  MachineFixture queue(Retrying(DelayedRetry::kDisabled, kSecond));
  LeaseToAnna(queue, 2);
  queue.Return(kAnna, {1});
  queue.Fail(kAnna, {2});
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
}

TEST(MachineDelayedRetryTest, FailedWaitsWithFailedDeliveriesOnly) {
  MachineFixture queue(Retrying(DelayedRetry::kFailed, kSecond));
  LeaseToAnna(queue, 2);
  queue.Return(kAnna, {1});
  queue.Fail(kAnna, {2});
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  EXPECT_THAT(queue.In(MessageState::kRetrying), ElementsAre(2));
}

TEST(MachineDelayedRetryTest, ReturnedWaitsWithReturnedMessagesOnly) {
  MachineFixture queue(Retrying(DelayedRetry::kReturned, kSecond));
  LeaseToAnna(queue, 2);
  queue.Return(kAnna, {1});
  queue.Fail(kAnna, {2});
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
  EXPECT_THAT(queue.In(MessageState::kRetrying), ElementsAre(1));
}

TEST(MachineDelayedRetryTest, AllWaitsWithBoth) {
  MachineFixture queue(Retrying(DelayedRetry::kAll, kSecond));
  LeaseToAnna(queue, 2);
  queue.Return(kAnna, {1});
  queue.Fail(kAnna, {2});
  EXPECT_THAT(queue.In(MessageState::kRetrying), ElementsAre(1, 2));
  EXPECT_EQ(queue.counts().retrying, 2u);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + kSecond);
  queue.Pass(kSecond - 1);
  EXPECT_THAT(queue.Ready(), IsEmpty());
  queue.Pass(1);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
}

TEST(MachineDelayedRetryTest, BackOffGrowsWithFailuresUpToItsMaximum) {
  MachineFixture queue(Retrying(DelayedRetry::kFailed, kSecond, 3 * kSecond));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  for (const Span wait : {1 * kSecond, 2 * kSecond, 3 * kSecond, 3 * kSecond}) {
    queue.Fail(kAnna, {1});
    EXPECT_EQ(queue.Find(1)->due, queue.now() + wait);
    queue.Pass(wait);
    EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  }
}

TEST(MachineDelayedRetryTest, BackOffOfReturnedMessagesGrowsWithAcquisitions) {
  MachineFixture queue(Retrying(DelayedRetry::kReturned, kSecond));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Fail(kAnna, {1});  // Not covered: it is back at once.
  queue.Return(kAnna, {1});
  EXPECT_EQ(queue.Find(1)->due, queue.now() + 2 * kSecond);
}

TEST(MachineDelayedRetryTest, ASpanOfZeroDoesNotWait) {
  MachineFixture queue(Retrying(DelayedRetry::kAll, 0));
  LeaseToAnna(queue, 1);
  queue.Fail(kAnna, {1});
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineDelayedRetryTest, AnExplicitTimeOverridesIt) {
  MachineFixture queue(Retrying(DelayedRetry::kAll, kSecond));
  LeaseToAnna(queue, 1);
  queue.Return(kAnna, {1}, queue.now() + 100 * kSecond);
  EXPECT_EQ(queue.Find(1)->due, queue.now() + 100 * kSecond);
}

TEST(MachineDelayedRetryTest, AnExplicitTimeNeedsNoDelayedRetry) {
  MachineFixture queue;
  LeaseToAnna(queue, 2);
  queue.Return(kAnna, {1}, queue.now() + kSecond);
  queue.Fail(kAnna, {2}, queue.now());  // That is over already.
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
}

TEST(MachineDelayedRetryTest, CountsTowardsTheLimit) {
  QueueConfig config = Retrying(DelayedRetry::kFailed, kSecond);
  config.delivery_limit = 1;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Fail(kAnna, {1});
  queue.Pass(kSecond);
  queue.Fail(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.delivery_limit, 1u);
  EXPECT_EQ(queue.counts().retrying, 0u);
}

TEST(MachineDelayedRetryTest, TheLimitGoesBeforeAnExplicitTime) {
  QueueConfig config;
  config.delivery_limit = 0;
  MachineFixture queue(config);
  LeaseToAnna(queue, 1);
  queue.Fail(kAnna, {1}, queue.now() + kSecond);
  EXPECT_EQ(queue.effects().departures.delivery_limit, 1u);
}

TEST(MachineDelayedRetryTest, ItTakesItsOldPlaceAgain) {
  MachineFixture queue(Retrying(DelayedRetry::kFailed, kSecond));
  LeaseToAnna(queue, 1);
  queue.PublishMany(2);
  queue.Fail(kAnna, {1});
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3));
}

TEST(MachineDelayedRetryTest, WhatExpiresMeanwhileDiesWhenItsWaitIsOver) {
  QueueConfig config = Retrying(DelayedRetry::kFailed, 5 * kSecond);
  config.message_ttl = kSecond;
  MachineFixture queue(config);
  LeaseToAnna(queue, 1);
  queue.Fail(kAnna, {1});
  queue.Pass(2 * kSecond);
  EXPECT_THAT(queue.In(MessageState::kRetrying), ElementsAre(1));
  queue.Pass(3 * kSecond);
  EXPECT_EQ(queue.effects().departures.expired, 1u);
}

TEST(MachineDelayedRetryTest, ALostConnectionIsAFailure) {
  MachineFixture queue(Retrying(DelayedRetry::kFailed, kSecond));
  LeaseToAnna(queue, 1);
  queue.Detach(kAnna.session);
  EXPECT_THAT(queue.In(MessageState::kRetrying), ElementsAre(1));
}

// ---- Consumer timeout ---------------------------------------------------------------------------

TEST(MachineConsumerTimeoutTest, OnlyTheSlowConsumerIsCancelledAndOthersGetItsMessages) {
  QueueConfig config;
  config.consumer_timeout = 10 * kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(2);
  queue.Attach(kBob, {.prefetch = 5});
  queue.Pass(10 * kSecond - 1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + 1);
  queue.Pass(1);
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kTimedOut, kAnna}));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2));
  EXPECT_EQ(queue.machine().ListConsumers().size(), 1u);
  EXPECT_EQ(queue.machine().ListSessions().size(), 3u);  // Her session goes on.
}

TEST(MachineConsumerTimeoutTest, TheOldestLeaseDecides) {
  QueueConfig config;
  config.consumer_timeout = 10 * kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(1);
  queue.Pass(6 * kSecond);
  queue.PublishMany(1);
  queue.Settle(kAnna, {1});
  queue.Pass(6 * kSecond);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(2));
  queue.Pass(4 * kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
}

TEST(MachineConsumerTimeoutTest, TheConsumersOwnOverridesTheQueues) {
  QueueConfig config;
  config.consumer_timeout = 10 * kSecond;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1, .timeout = 20 * kSecond});
  queue.Attach(kBob, {.prefetch = 1, .timeout = kSecond});
  queue.Attach(kCarl, {.prefetch = 1, .timeout = 0});  // None.
  queue.PublishMany(3);
  queue.Pass(kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kBob));
  queue.Pass(19 * kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
  queue.Pass(1'000'000 * kSecond);
  EXPECT_EQ(queue.Holds(kCarl).front(), 3u);
}

TEST(MachineConsumerTimeoutTest, WithoutTimeoutItMayTakeForEver) {
  QueueConfig config;
  config.consumer_timeout = std::nullopt;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  EXPECT_EQ(queue.machine().NextDeadline(), std::nullopt);
  queue.Pass(kSpanMax);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
}

TEST(MachineConsumerTimeoutTest, AConsumerThatHoldsNothingDoesNotTimeOut) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Pass(100 * 1800 * kSecond);
  EXPECT_THAT(queue.effects().consumers, IsEmpty());
}

TEST(MachineConsumerTimeoutTest, ACancelledConsumerTimesOutToo) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Cancel(kAnna);
  queue.Pass(1800 * kSecond);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineConsumerTimeoutTest, AShorterTimeoutIsForLeasesThatAreThere) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Pass(100 * kSecond);
  QueueConfig config;
  config.consumer_timeout = 50 * kSecond;
  queue.Configure(config);
  queue.Pass(0);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kTimedOut, kAnna));
}

TEST(MachineConsumerTimeoutTest, ALateSettlementOfATimedOutConsumerIsPassedOver) {
  MachineFixture queue;
  LeaseToAnna(queue, 1);
  queue.Pass(1800 * kSecond);
  queue.Settle(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.settled, 0u);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

}  // namespace
}  // namespace warren::queue::testing
