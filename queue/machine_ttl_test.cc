// How long messages live, and queues.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

QueueConfig TtlOf(Span ttl) {
  QueueConfig config;
  config.message_ttl = ttl;
  return config;
}

TEST(MachineTtlTest, QueueTtlExpiresMessagesToTheMicrosecond) {
  MachineFixture queue(TtlOf(kSecond));
  queue.PublishMany(2);
  queue.Pass(kSecond - 1);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + 1);
  queue.Pass(1);
  EXPECT_THAT(queue.Ready(), IsEmpty());
  EXPECT_EQ(queue.effects().departures.expired, 2u);
  EXPECT_FALSE(queue.effects().freed.empty());
}

TEST(MachineTtlTest, MessageTtlExpiresThatMessageAlone) {
  MachineFixture queue;
  queue.Publish({{.size = 1}, {.ttl = kSecond}, {.size = 1}});
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 3));
}

TEST(MachineTtlTest, MixedExpiryIsNotOnlyAtTheHead) {
  MachineFixture queue;
  queue.Publish({{.ttl = 3 * kSecond}, {.ttl = kSecond}, {.ttl = 2 * kSecond}});
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 3));
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), IsEmpty());
}

TEST(MachineTtlTest, TheSmallerOfBothTtlsCounts) {
  MachineFixture queue(TtlOf(2 * kSecond));
  queue.Publish({{.ttl = kSecond}, {.ttl = 9 * kSecond}});
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), IsEmpty());
}

TEST(MachineTtlTest, ItCountsFromThePublishAndNotFromTheCommandBefore) {
  MachineFixture queue(TtlOf(10 * kSecond));
  queue.Open(kPublisher);
  queue.PassQuietly(9 * kSecond);
  queue.Publish({{.size = 1}, {.delay = kSecond}});
  EXPECT_EQ(queue.Find(1)->expires, queue.now() + 10 * kSecond);
  queue.Pass(9 * kSecond);
  EXPECT_EQ(queue.counts().ready, 2u);
  queue.Pass(kSecond);
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineTtlTest, AnEndlessTtlNeverExpires) {
  MachineFixture queue;
  queue.Publish({{.ttl = UINT64_MAX}});
  queue.Pass(kSpanMax);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineTtlTest, TtlZeroIsDeliveredAtOnceOrNotAtAll) {
  MachineFixture queue(TtlOf(0));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(2);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  EXPECT_THAT(queue.Ready(), IsEmpty());
  EXPECT_EQ(queue.effects().departures.expired, 1u);
}

TEST(MachineTtlTest, LeasedMessagesDoNotExpire) {
  MachineFixture queue(TtlOf(kSecond));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Pass(10 * kSecond);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  queue.Settle(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.settled, 1u);
  EXPECT_EQ(queue.effects().departures.expired, 0u);
}

TEST(MachineTtlTest, AMessageReturnedAfterItsTimeGoesToSomebodyOrExpires) {
  MachineFixture queue(TtlOf(kSecond));
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 1);
  queue.PublishMany(1);
  queue.Pass(10 * kSecond);
  queue.Return(kAnna, {1});
  EXPECT_THAT(queue.Ready(), IsEmpty());
  EXPECT_EQ(queue.effects().departures.expired, 1u);
}

TEST(MachineTtlTest, AMessageReturnedBeforeItsTimeExpiresAtItsTime) {
  MachineFixture queue(TtlOf(kSecond));
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 1);
  queue.PublishMany(1);
  queue.Pass(kSecond / 2);
  queue.Return(kAnna, {1});
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + kSecond / 2);
  queue.Pass(kSecond / 2);
  EXPECT_THAT(queue.Ready(), IsEmpty());
}

TEST(MachineTtlTest, ConsumersAreNotServedWhatExpired) {
  MachineFixture queue;
  queue.Publish({{.ttl = kSecond}, {.size = 1}});
  queue.PassQuietly(kSecond);
  queue.Attach(kAnna, {.prefetch = 5});
  EXPECT_THAT(queue.Got(kAnna), ElementsAre(2));
}

TEST(MachineTtlTest, GetPassesOverWhatExpired) {
  MachineFixture queue;
  queue.Publish({{.ttl = kSecond}, {.size = 1}});
  queue.PassQuietly(kSecond + 1);
  EXPECT_EQ(queue.Get(kAnna.session), 2u);
}

TEST(MachineTtlTest, MuchThatExpiresDoesSoInPortionsAndIsNeverServed) {
  MachineFixture queue(TtlOf(kSecond));
  queue.PublishMany(1500);
  queue.Open(kAnna.session);
  queue.Pass(kSecond + 1);
  EXPECT_EQ(queue.effects().departures.expired, 1024u);
  EXPECT_EQ(queue.counts().ready, 1500u - 1024u);
  EXPECT_LE(*queue.machine().NextDeadline(), queue.now());
  queue.Attach(kAnna, {.prefetch = 10});
  EXPECT_THAT(queue.Got(kAnna), IsEmpty());
  EXPECT_EQ(queue.counts().ready, 0u);
}

TEST(MachineTtlTest, ServiceNeverHandsOutWhatTheWorkLimitLeftOver) {
  MachineFixture queue;
  queue.Open(kAnna.session);
  for (int i = 0; i < 10; ++i) queue.Publish(std::vector<Message>(256, Message{.ttl = kSecond}));
  queue.PublishMany(1);
  queue.PassQuietly(kSecond + 1);
  queue.Attach(kAnna, {.prefetch = 1});
  EXPECT_THAT(queue.Got(kAnna), ElementsAre(2561));
  EXPECT_EQ(queue.effects().departures.expired, 2560u);
}

TEST(MachineTtlTest, ANewQueueTtlIsForNewMessages) {
  MachineFixture queue;
  queue.PublishMany(1);
  queue.Configure(TtlOf(kSecond));
  queue.PublishMany(1);
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineTtlTest, TimeThatGoesBackCountsAsNone) {
  MachineFixture queue(TtlOf(kSecond));
  queue.PublishMany(1);
  Effects effects;
  Machine& machine = queue.machine();
  machine.Apply(queue.last_index() + 1, Time(5), Tick{}, effects);
  EXPECT_EQ(machine.now(), queue.now());
  EXPECT_EQ(machine.GetCounts().ready, 1u);
}

// ---- The queue's own ----------------------------------------------------------------------------

QueueConfig Expiring() {
  QueueConfig config;
  config.expires = 60 * kSecond;
  return config;
}

TEST(MachineQueueExpiryTest, AnUnusedQueueExpires) {
  MachineFixture queue(Expiring());
  queue.Pass(0);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + 60 * kSecond);
  queue.Pass(60 * kSecond - 1);
  EXPECT_FALSE(queue.effects().queue_expired);
  queue.Pass(1);
  EXPECT_TRUE(queue.effects().queue_expired);
}

TEST(MachineQueueExpiryTest, ItIsSaidAgainEveryTenSeconds) {
  MachineFixture queue(Expiring());
  queue.Pass(0);
  queue.Pass(60 * kSecond);
  EXPECT_TRUE(queue.effects().queue_expired);
  queue.Pass(10 * kSecond - 1);
  EXPECT_FALSE(queue.effects().queue_expired);
  queue.Pass(1);
  EXPECT_TRUE(queue.effects().queue_expired);
}

TEST(MachineQueueExpiryTest, MessagesDoNotKeepItAndAreNotDeadLettered) {
  QueueConfig config = Expiring();
  config.dead_letter = DeadLetterStrategy::kAtMostOnce;
  MachineFixture queue(config);
  queue.PublishMany(1);
  queue.Pass(60 * kSecond);
  EXPECT_TRUE(queue.effects().queue_expired);
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineQueueExpiryTest, PublishingIsNotUse) {
  MachineFixture queue(Expiring());
  queue.PublishMany(1);
  queue.Pass(59 * kSecond);
  queue.PublishMany(1);
  queue.Pass(kSecond);
  EXPECT_TRUE(queue.effects().queue_expired);
}

TEST(MachineQueueExpiryTest, AConsumerKeepsItAndItsGoingStartsTheTimeAnew) {
  MachineFixture queue(Expiring());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Pass(1000 * kSecond);
  EXPECT_FALSE(queue.effects().queue_expired);
  queue.Cancel(kAnna);
  queue.Pass(60 * kSecond - 1);
  EXPECT_FALSE(queue.effects().queue_expired);
  queue.Pass(1);
  EXPECT_TRUE(queue.effects().queue_expired);
}

TEST(MachineQueueExpiryTest, GetAndTouchAreUse) {
  MachineFixture queue(Expiring());
  queue.Open(kAnna.session);
  queue.PassQuietly(59 * kSecond);
  EXPECT_EQ(queue.Get(kAnna.session), std::nullopt);
  queue.Pass(59 * kSecond);
  EXPECT_FALSE(queue.effects().queue_expired);
  queue.Apply(Touch{});
  queue.Pass(59 * kSecond);
  EXPECT_FALSE(queue.effects().queue_expired);
  queue.Pass(kSecond);
  EXPECT_TRUE(queue.effects().queue_expired);
}

TEST(MachineQueueExpiryTest, AConsumerThatComesBeforeTheEndSavesIt) {
  MachineFixture queue(Expiring());
  queue.Pass(0);
  queue.Pass(60 * kSecond);
  EXPECT_TRUE(queue.effects().queue_expired);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Pass(1000 * kSecond);
  EXPECT_FALSE(queue.effects().queue_expired);
}

}  // namespace
}  // namespace warren::queue::testing
