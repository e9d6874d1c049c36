// Who gets what, and how much.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ConsumerId kAnnaToo{kAnna.session, ConsumerNumber(2)};

TEST(MachineConsumersTest, AttachingIsTold) {
  MachineFixture queue;
  queue.Attach(kAnna, {.priority = 3, .prefetch = 5});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kAttached, kAnna));
  const ConsumerView view{
      .consumer = kAnna, .priority = 3, .active = true, .prefetch = 5, .credit = 5};
  EXPECT_THAT(queue.machine().ListConsumers(), ElementsAre(view));
}

TEST(MachineConsumersTest, ANumberInUseIsRefused) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kAnna, {.prefetch = 9});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kRefusedInUse, kAnna));
  EXPECT_EQ(queue.machine().ListConsumers()[0].prefetch, 1u);
}

TEST(MachineConsumersTest, NumberZeroIsForGet) {
  MachineFixture queue;
  const ConsumerId zero{kAnna.session, ConsumerNumber()};
  queue.Attach(zero, {.prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kRefusedInUse, zero));
  EXPECT_EQ(queue.counts().consumers, 0u);
}

TEST(MachineConsumersTest, OneSessionHasSeveralConsumers) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kAnnaToo, {.prefetch = 1});
  queue.PublishMany(3);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  EXPECT_THAT(queue.Holds(kAnnaToo), ElementsAre(2));
}

// ---- How much -----------------------------------------------------------------------------------

TEST(MachineConsumersTest, PrefetchLimitsWhatIsUnsettled) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(5);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
  queue.Settle(kAnna, {1});
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(2, 3));
  queue.Settle(kAnna, {2, 3});
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(4, 5));
}

TEST(MachineConsumersTest, ManySettledAtOnceAreReplacedAtOnce) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 100});
  queue.PublishMany(500);
  Keys first;
  for (uint64_t key = 1; key <= 100; ++key) first.push_back(key);
  EXPECT_EQ(queue.Holds(kAnna), first);
  queue.Settle(kAnna, first);
  EXPECT_EQ(queue.effects().departures.settled, 100u);
  EXPECT_EQ(queue.Holds(kAnna).size(), 100u);
  EXPECT_EQ(queue.Holds(kAnna).front(), 101u);
}

TEST(MachineConsumersTest, WithoutPrefetchItGetsWhatIsGranted) {
  MachineFixture queue;
  queue.Attach(kAnna, {});
  queue.PublishMany(5);
  EXPECT_THAT(queue.Holds(kAnna), IsEmpty());
  queue.Grant(kAnna, 2);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
  queue.Settle(kAnna, {1, 2});
  EXPECT_THAT(queue.Holds(kAnna), IsEmpty());  // Settling gives no credit.
  queue.Grant(kAnna, 1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(3));
}

TEST(MachineConsumersTest, GrantsAddUp) {
  MachineFixture queue;
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 1);
  queue.Grant(kAnna, 2);
  EXPECT_EQ(queue.machine().ListConsumers()[0].credit, 3u);
  queue.PublishMany(5);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2, 3));
}

TEST(MachineConsumersTest, GrantsToAConsumerWithPrefetchChangeNothing) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Drain(kAnna, 5);
  EXPECT_FALSE(queue.Told(ConsumerEventKind::kDrained, kAnna));
  queue.PublishMany(3);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
}

TEST(MachineConsumersTest, DrainUsesWhatItCanAndVoidsTheRest) {
  MachineFixture queue;
  queue.Attach(kAnna, {});
  queue.PublishMany(2);
  queue.Drain(kAnna, 5);
  EXPECT_THAT(queue.Sent(kAnna), ElementsAre(1, 2));
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kDrained, kAnna));
  EXPECT_EQ(queue.machine().ListConsumers()[0].credit, 0u);
  queue.PublishMany(1);
  EXPECT_THAT(queue.Sent(kAnna), IsEmpty());
}

TEST(MachineConsumersTest, DrainIsToldThoughNothingWasLeft) {
  MachineFixture queue;
  queue.Attach(kAnna, {});
  queue.PublishMany(2);
  queue.Drain(kAnna, 1);
  EXPECT_THAT(queue.Sent(kAnna), ElementsAre(1));
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kDrained, kAnna));
}

TEST(MachineConsumersTest, WhatAnAutoSettlingConsumerIsSentIsGone) {
  MachineFixture queue;
  queue.Attach(kAnna, {.auto_settle = true, .prefetch = 1});
  queue.PublishMany(300);
  EXPECT_EQ(queue.Got(kAnna).size(), 300u);  // The prefetch does not limit it.
  EXPECT_EQ(queue.counts().leased, 0u);
  EXPECT_EQ(queue.effects().departures.settled, 300u - 256u);
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachineConsumersTest, AnAutoSettlingConsumerMayLiveOnCredit) {
  MachineFixture queue;
  queue.Attach(kAnna, {.auto_settle = true});
  queue.PublishMany(3);
  queue.Grant(kAnna, 2);
  EXPECT_THAT(queue.Got(kAnna), ElementsAre(1, 2));
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineConsumersTest, SettlingWhatIsNotHeldIsPassedOver) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kBob, {.prefetch = 1});
  queue.PublishMany(3);
  queue.Settle(kAnna, {2, 3, 77});  // Bob's, nobody's, and none at all.
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
  EXPECT_EQ(queue.effects().departures.settled, 0u);
  queue.Settle(kAnna, {1});
  queue.Settle(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.settled, 0u);
}

// ---- Whose turn it is ---------------------------------------------------------------------------

TEST(MachineConsumersTest, EqualsTakeTurns) {
  MachineFixture queue;
  for (const ConsumerId consumer : {kAnna, kBob, kCarl}) queue.Attach(consumer, {.prefetch = 10});
  queue.PublishMany(7);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 4, 7));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2, 5));
  EXPECT_THAT(queue.Holds(kCarl), ElementsAre(3, 6));
}

TEST(MachineConsumersTest, TheTurnGoesOnFromBatchToBatch) {
  MachineFixture queue;
  for (const ConsumerId consumer : {kAnna, kBob, kCarl}) queue.Attach(consumer, {.prefetch = 10});
  for (int i = 0; i < 4; ++i) queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 4));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
  EXPECT_THAT(queue.Holds(kCarl), ElementsAre(3));
}

TEST(MachineConsumersTest, WhoHasNoCreditIsPassedOver) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 10});
  queue.Attach(kBob, {.prefetch = 1});
  queue.Attach(kCarl, {.prefetch = 10});
  queue.PublishMany(6);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 4, 6));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
  EXPECT_THAT(queue.Holds(kCarl), ElementsAre(3, 5));
}

TEST(MachineConsumersTest, TheTurnSurvivesASnapshot) {
  MachineFixture queue;
  for (const ConsumerId consumer : {kAnna, kBob, kCarl}) queue.Attach(consumer, {.prefetch = 10});
  queue.PublishMany(2);
  queue.Restore();
  queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kCarl), ElementsAre(3));
}

TEST(MachineConsumersTest, HigherPriorityGetsAllItCanTake) {
  MachineFixture queue;
  queue.Attach(kAnna, {.priority = 0, .prefetch = 10});
  queue.Attach(kBob, {.priority = 10, .prefetch = 2});
  queue.Attach(kCarl, {.priority = -5, .prefetch = 10});
  queue.PublishMany(4);
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2));
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(3, 4));
  EXPECT_THAT(queue.Holds(kCarl), IsEmpty());
  queue.Settle(kBob, {1});
  queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2, 5));
}

TEST(MachineConsumersTest, OneDeliveryTellsAConsumerAllItGets) {
  MachineFixture queue;
  queue.Publish({{.priority = 1}, {.priority = 2}, {.priority = 2}});
  queue.Attach(kAnna, {.prefetch = 10});
  const Effects& effects = queue.effects();
  ASSERT_EQ(effects.deliveries.size(), 1u);
  EXPECT_EQ(effects.deliveries[0].ranges, 2u);
  const DeliveredRange high{.keys = {OrderKey(2), OrderKey(3)}, .first = {EntryIndex(2), 1}};
  const DeliveredRange low{.keys = {OrderKey(1), OrderKey(1)}, .first = {EntryIndex(2), 0}};
  EXPECT_THAT(effects.delivered, ElementsAre(high, low));
}

TEST(MachineConsumersTest, MessagesOfSingleEntriesAreOneRange) {
  MachineFixture queue;
  for (int i = 0; i < 3; ++i) queue.PublishMany(1);
  queue.Open(kAnna.session);
  queue.Attach(kAnna, {.prefetch = 10});
  const DeliveredRange range{
      .keys = {OrderKey(1), OrderKey(3)}, .first = {EntryIndex(2), 0}, .one_per_entry = true};
  EXPECT_THAT(queue.effects().delivered, ElementsAre(range));
}

// ---- Cancelling ---------------------------------------------------------------------------------

TEST(MachineConsumersTest, ACancelledConsumerKeepsItsLeasesAndGetsNoMore) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(3);
  queue.Cancel(kAnna);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kCancelled, kAnna));
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
  queue.Settle(kAnna, {1});
  EXPECT_EQ(queue.effects().departures.settled, 1u);
  EXPECT_THAT(queue.Sent(kAnna), IsEmpty());
  EXPECT_EQ(queue.counts().consumers, 0u);
}

TEST(MachineConsumersTest, WhatACancelledConsumerReturnsGoesToOthers) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(2);
  queue.Cancel(kAnna);
  queue.Attach(kBob, {.prefetch = 2});
  queue.Return(kAnna, {1, 2});
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2));
}

TEST(MachineConsumersTest, ACancelledConsumerIsForgottenWithItsLastLease) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Cancel(kAnna);
  EXPECT_TRUE(queue.machine().ListConsumers().at(0).cancelled);
  queue.Attach(kAnna, {.prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kRefusedInUse, kAnna));
  queue.Settle(kAnna, {1});
  EXPECT_THAT(queue.machine().ListConsumers(), IsEmpty());
  queue.Attach(kAnna, {.prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kAttached, kAnna));
}

TEST(MachineConsumersTest, CancellingTwiceIsToldOnce) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Cancel(kAnna);
  queue.Cancel(kAnna);
  EXPECT_THAT(queue.effects().consumers, IsEmpty());
  queue.Cancel(kAnnaToo);  // Never attached.
  EXPECT_THAT(queue.effects().consumers, IsEmpty());
}

// ---- Exclusive ----------------------------------------------------------------------------------

TEST(MachineConsumersTest, AnExclusiveConsumerKeepsOthersOut) {
  MachineFixture queue;
  queue.Attach(kAnna, {.exclusive = true, .prefetch = 1});
  queue.Attach(kBob, {.prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kRefusedExclusive, kBob));
  queue.Cancel(kAnna);
  queue.Attach(kBob, {.prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kAttached, kBob));
}

TEST(MachineConsumersTest, NobodyBecomesExclusiveBesideOthers) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kBob, {.exclusive = true, .prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kRefusedExclusive, kBob));
  queue.Detach(kAnna.session);
  queue.Attach(kBob, {.exclusive = true, .prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kAttached, kBob));
}

TEST(MachineConsumersTest, ACancelledConsumerWithLeasesDoesNotPreventAnExclusiveOne) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Cancel(kAnna);
  queue.Attach(kBob, {.exclusive = true, .prefetch = 1});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kAttached, kBob));
}

// ---- Get ----------------------------------------------------------------------------------------

TEST(MachineGetTest, TakesWhatIsNextAndTellsWhatIsLeft) {
  MachineFixture queue;
  queue.Publish({{.priority = 1}, {.priority = 9}});
  EXPECT_EQ(queue.Get(kAnna.session), 2u);
  EXPECT_EQ(queue.effects().gets[0].ready_left, 1u);
  EXPECT_EQ(queue.Get(kAnna.session), 1u);
  EXPECT_EQ(queue.Get(kAnna.session), std::nullopt);
  EXPECT_EQ(queue.counts().leased, 2u);
  EXPECT_EQ(queue.counts().consumers, 0u);
  EXPECT_THAT(queue.machine().ListConsumers(), IsEmpty());
}

TEST(MachineGetTest, WithAutoSettleTheMessageIsGone) {
  MachineFixture queue;
  queue.PublishMany(1);
  EXPECT_EQ(queue.Get(kAnna.session, /*auto_settle=*/true), 1u);
  EXPECT_EQ(queue.counts().leased, 0u);
  EXPECT_EQ(queue.effects().departures.settled, 1u);
}

TEST(MachineGetTest, WhatItGotIsSettledAsNumberZero) {
  MachineFixture queue;
  const ConsumerId zero{kAnna.session, ConsumerNumber()};
  queue.PublishMany(2);
  queue.Get(kAnna.session);
  queue.Get(kAnna.session);
  queue.Settle(zero, {1});
  EXPECT_EQ(queue.effects().departures.settled, 1u);
  queue.Fail(zero, {2});
  EXPECT_EQ(queue.Find(2)->failed, 1u);
}

TEST(MachineGetTest, WhatItGotNeverTimesOutButEndsWithTheSession) {
  MachineFixture queue;
  queue.PublishMany(1);
  queue.Get(kAnna.session);
  queue.Pass(100 * 86'400 * kSecond);
  EXPECT_EQ(queue.counts().leased, 1u);
  queue.Detach(kAnna.session);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineGetTest, WorksBesideConsumersWithoutCredit) {
  MachineFixture queue;
  queue.Attach(kBob, {});
  queue.PublishMany(1);
  EXPECT_EQ(queue.Get(kAnna.session), 1u);
}

TEST(MachineGetTest, FindsNothingBesideAnExclusiveConsumer) {
  MachineFixture queue;
  queue.Attach(kBob, {.exclusive = true});
  queue.PublishMany(1);
  EXPECT_EQ(queue.Get(kAnna.session), std::nullopt);
}

TEST(MachineGetTest, FindsNothingInAQueueWithASingleActiveConsumer) {
  QueueConfig config;
  config.single_active_consumer = true;
  MachineFixture queue(config);
  queue.PublishMany(1);
  EXPECT_EQ(queue.Get(kAnna.session), std::nullopt);
}

}  // namespace
}  // namespace warren::queue::testing
