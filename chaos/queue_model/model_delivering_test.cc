// Who gets what, and what becomes of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "chaos/queue_model/testing/bench.h"

namespace warren::queue_model {
namespace {

using queue::ConsumerEvent;
using queue::ConsumerEventKind;
using queue::SessionEventKind;
using queue::Verdict;

ConsumerEvent Event(ConsumerEventKind kind, uint64_t number, uint64_t session = 1) {
  return {.kind = kind, .consumer = Bench::Id(session, number)};
}
using Events = std::vector<ConsumerEvent>;

TEST(QueueModelServiceTest, HigherLevelsFirstThenByKey) {
  Bench bench;
  bench.PublishWith(1);
  bench.PublishWith(9);
  bench.PublishWith(200);  // Clamped to 31.
  bench.Publish(1);        // Unset: 4.
  bench.Consume(1, 10);
  const ConsumerId id = Bench::Id(1, 1);
  EXPECT_EQ(bench.Sent(), (Sent{{id, 3}, {id, 2}, {id, 4}, {id, 1}}));
  EXPECT_EQ(bench.model.messages().At(OrderKey(3)).level, 31);
}

TEST(QueueModelServiceTest, TakesTurnsWithinAPriority) {
  Bench bench;
  bench.Consume(1, 2);
  bench.Consume(2, 2);
  bench.Publish(1);
  bench.Publish(2);
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 2), 2}, {Bench::Id(1, 1), 3}}));
}

TEST(QueueModelServiceTest, HigherPriorityIsFilledFirst) {
  Bench bench;
  bench.Consume(1, 5, 0);
  bench.Consume(2, 2, 1);
  bench.Publish(3);
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 2), 1}, {Bench::Id(1, 2), 2}, {Bench::Id(1, 1), 3}}));
}

TEST(QueueModelServiceTest, RangesAreAsLongAsCanBe) {
  Bench bench;
  bench.Publish(3);
  bench.Publish(1);
  bench.Publish(1);
  bench.Consume(1, 10);
  ASSERT_EQ(bench.effects.delivered.size(), 2U);
  EXPECT_EQ(bench.effects.delivered[0].keys, Bench::Keys(1, 3));
  EXPECT_FALSE(bench.effects.delivered[0].one_per_entry);
  EXPECT_EQ(bench.effects.delivered[1].keys, Bench::Keys(4, 5));
  EXPECT_TRUE(bench.effects.delivered[1].one_per_entry);
}

TEST(QueueModelServiceTest, CreditIsUsedUpAndDrained) {
  Bench bench;
  bench.Consume(1, 0);
  bench.Publish(3);
  EXPECT_TRUE(bench.Sent().empty());
  const auto grant = [&](uint32_t credit, bool drain) {
    bench.Do(queue::GrantCredit{
        .stamp = bench.Next(), .consumer = ConsumerNumber(1), .credit = credit, .drain = drain});
  };
  grant(2, false);
  EXPECT_EQ(bench.Sent().size(), 2U);
  grant(5, true);
  EXPECT_EQ(bench.Sent().size(), 1U);
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kDrained, 1)}));
  bench.Publish(1);
  EXPECT_TRUE(bench.Sent().empty());
}

TEST(QueueModelServiceTest, AutoSettledMessagesAreGoneAtOnce) {
  Bench bench;
  queue::AttachConsumer consumer = bench.Consumer(1, 1);
  consumer.auto_settle = true;
  bench.Do(consumer);
  bench.Publish(3);
  EXPECT_EQ(bench.Sent().size(), 3U);
  EXPECT_EQ(bench.effects.departures.settled, 3U);
  EXPECT_EQ(bench.model.freed().size(), 3U);
}

TEST(QueueModelServiceTest, ReturnedMessagesKeepTheirPlace) {
  Bench bench;
  bench.Consume(1, 2);
  bench.Publish(4);
  bench.Say(Verdict::kReturn, 1, 1, 1);
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 1), 1}}));
  EXPECT_EQ(bench.effects.delivered.at(0).acquired, 1U);
  EXPECT_EQ(bench.effects.delivered.at(0).failed, 0U);
}

TEST(QueueModelCountsTest, FailCountsBothReturnCountsOne) {
  Bench bench;
  bench.Consume(1, 1);
  bench.Publish(1);
  bench.Say(Verdict::kFail, 1, 1, 1);
  bench.Say(Verdict::kReturn, 1, 1, 1);
  EXPECT_EQ(bench.effects.delivered.at(0).acquired, 2U);
  EXPECT_EQ(bench.effects.delivered.at(0).failed, 1U);
}

TEST(QueueModelCountsTest, DeliveryLimitIsOfFailuresSurvived) {
  QueueConfig config;
  config.delivery_limit = 1;
  config.dead_letter = queue::DeadLetterStrategy::kAtMostOnce;
  Bench bench(config);
  bench.Consume(1, 1);
  bench.Publish(1);
  bench.Say(Verdict::kFail, 1, 1, 1);
  EXPECT_TRUE(bench.effects.dead_letters.empty());
  bench.Say(Verdict::kFail, 1, 1, 1);
  ASSERT_EQ(bench.effects.dead_letters.size(), 1U);
  EXPECT_EQ(bench.effects.dead_letters[0].reason, DeathReason::kDeliveryLimit);
  EXPECT_EQ(bench.effects.dead_letters[0].failed, 2U);
}

TEST(QueueModelRetryTest, WaitsLongerEachTimeUpToTheMost) {
  QueueConfig config;
  config.delayed_retry = queue::DelayedRetry::kFailed;
  config.delayed_retry_min = 10;
  config.delayed_retry_max = 15;
  Bench bench(config);
  bench.Consume(1, 1);
  bench.Publish(1);
  bench.Say(Verdict::kFail, 1, 1, 1);
  EXPECT_EQ(bench.model.NextDeadline(), bench.time + 10);
  bench.Wait(10).Tick();
  EXPECT_EQ(bench.Sent().size(), 1U);
  bench.Say(Verdict::kFail, 1, 1, 1);
  EXPECT_EQ(bench.model.NextDeadline(), bench.time + 15);
  bench.Wait(15).Tick();
  bench.Say(Verdict::kReturn, 1, 1, 1);  // Not covered.
  EXPECT_EQ(bench.Sent().size(), 1U);
  bench.Say(Verdict::kReturn, 1, 1, 1, 1, bench.time + 3);  // A time of its own.
  EXPECT_EQ(bench.model.GetCounts().retrying, 1U);
}

TEST(QueueModelGetTest, FindsTheNextButNotBesideExclusives) {
  Bench bench;
  bench.Publish(2);
  bench.Get();
  EXPECT_TRUE(bench.effects.gets.at(0).found);
  EXPECT_EQ(bench.effects.gets.at(0).ready_left, 1U);
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 0), 1}}));
  queue::AttachConsumer exclusive = bench.Consumer(1, 0);
  exclusive.exclusive = true;
  bench.Do(exclusive);
  bench.Get();
  EXPECT_FALSE(bench.effects.gets.at(0).found);
  bench.Consume(2, 1);
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kRefusedExclusive, 2)}));
  bench.Say(Verdict::kSettle, 0, 1, 1);
  EXPECT_EQ(bench.effects.departures.settled, 1U);
}

TEST(QueueModelConsumerTest, CancelledOneKeepsItsLeases) {
  Bench bench;
  bench.Consume(1, 5);
  bench.Publish(2);
  bench.Do(queue::CancelConsumer{.stamp = bench.Next(), .consumer = ConsumerNumber(1)});
  EXPECT_EQ(bench.model.GetCounts().leased, 2U);
  bench.Consume(1, 5);
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kRefusedInUse, 1)}));
  bench.Say(Verdict::kSettle, 1, 1, 2);
  EXPECT_TRUE(bench.model.ListConsumers().empty());
}

TEST(QueueModelConsumerTest, TimesOutByItsOwnSettingOrTheQueues) {
  QueueConfig config;
  config.consumer_timeout = 100;
  Bench bench(config);
  bench.Publish(3);
  bench.Consume(1, 1);
  queue::AttachConsumer patient = bench.Consumer(2, 1);
  patient.timeout = 0;
  bench.Do(patient);
  bench.Wait(100).Tick();
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kTimedOut, 1)}));
  EXPECT_EQ(bench.model.messages().At(OrderKey(1)).acquired, 1U);
  EXPECT_EQ(bench.model.messages().At(OrderKey(1)).failed, 0U);
  EXPECT_EQ(bench.model.GetCounts().leased, 1U);
}

TEST(QueueModelSingleActiveTest, HigherPriorityTakesOverWhenTheOldOneHoldsNothing) {
  QueueConfig config;
  config.single_active_consumer = true;
  Bench bench(config);
  bench.Consume(1, 2);
  EXPECT_EQ(bench.effects.consumers,
            (Events{Event(ConsumerEventKind::kAttached, 1), Event(ConsumerEventKind::kActive, 1)}));
  bench.Publish(1);
  bench.Consume(2, 2, 5);
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kAttached, 2)}));
  bench.Publish(1);  // Neither gets it.
  EXPECT_TRUE(bench.Sent().empty());
  bench.Say(Verdict::kSettle, 1, 1, 1);
  EXPECT_EQ(bench.effects.consumers,
            (Events{Event(ConsumerEventKind::kInactive, 1), Event(ConsumerEventKind::kActive, 2)}));
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 2), 2}}));
}

TEST(QueueModelSingleActiveTest, SuspectedOneLosesItsPlaceAtOnce) {
  QueueConfig config;
  config.single_active_consumer = true;
  Bench bench(config);
  bench.Attach(2);
  bench.Consume(1, 2);
  bench.Consume(1, 2, 0, 2);
  bench.Suspect(1);
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kInactive, 1),
                                             Event(ConsumerEventKind::kActive, 1, 2)}));
}

TEST(QueueModelSessionTest, DetachingReturnsLeasesAsFailed) {
  Bench bench;
  bench.Attach(2);
  bench.Consume(1, 2, 0, 2);
  bench.Publish(2);
  bench.Detach(2);
  EXPECT_EQ(bench.effects.consumers, (Events{Event(ConsumerEventKind::kCancelled, 1, 2)}));
  EXPECT_EQ(bench.effects.sessions.at(0).kind, SessionEventKind::kDetached);
  EXPECT_EQ(bench.model.messages().At(OrderKey(2)).failed, 1U);
  EXPECT_EQ(bench.model.GetCounts().ready, 2U);
}

TEST(QueueModelSessionTest, SuspectedOneEndsAfterTheTimeoutUnlessTrusted) {
  QueueConfig config;
  config.consumer_disconnected_timeout = 50;
  Bench bench(config);
  bench.Attach(2);
  bench.Consume(1, 1, 0, 2);
  bench.Publish(2);
  bench.Suspect(2);
  bench.Say(Verdict::kSettle, 1, 1, 1, 2);
  EXPECT_TRUE(bench.Sent().empty());  // Nothing is sent to it.
  bench.Do(queue::TrustSession{.session = SessionId(2)});
  EXPECT_EQ(bench.Sent().size(), 1U);
  bench.Suspect(2);
  bench.Wait(50).Tick();
  EXPECT_EQ(bench.effects.sessions.at(0).kind, SessionEventKind::kTimedOut);
  EXPECT_EQ(bench.model.messages().At(OrderKey(2)).acquired, 1U);
  EXPECT_EQ(bench.model.messages().At(OrderKey(2)).failed, 0U);
}

TEST(QueueModelSessionTest, ReattachingComparesBooks) {
  Bench bench;
  bench.Consume(1, 3);
  bench.Publish(3);
  bench.Say(Verdict::kSettle, 1, 1, 1);
  bench.Attach(1, 2, {{.consumer = ConsumerNumber(1), .keys = {Bench::Keys(1, 2)}}});
  ASSERT_EQ(bench.effects.lost.size(), 1U);
  EXPECT_EQ(bench.effects.lost[0].keys, Bench::Keys(1, 1));
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 1), 3}}));
  EXPECT_TRUE(bench.effects.deliveries.at(0).again);
  EXPECT_EQ(bench.effects.delivered.at(0).acquired, 0U);
  EXPECT_EQ(bench.effects.sessions.at(0).number, SessionNumber(3));
  bench.Attach(1, 2);
  EXPECT_EQ(bench.effects.sessions.at(0).kind, SessionEventKind::kFenced);
}

}  // namespace
}  // namespace warren::queue_model
