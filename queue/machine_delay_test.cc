// Messages that are not available yet.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Keys Delayed(const MachineFixture& queue, uint64_t from = 0, size_t most = 100) {
  Keys keys;
  for (const DelayedView& view : queue.machine().ListDelayed(DelayKey(from), most)) {
    keys.push_back(view.key.value());
  }
  return keys;
}

CancelDelayed CancelOf(const Keys& keys) {
  CancelDelayed cancel;
  for (const uint64_t key : keys) cancel.keys.emplace_back(key);
  return cancel;
}

TEST(MachineDelayTest, ADelayedMessageIsAvailableToTheMicrosecond) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 5});
  queue.Publish({{.delay = kSecond}});
  EXPECT_EQ(queue.counts().delayed, 1u);
  EXPECT_EQ(queue.counts().ready, 0u);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + kSecond);
  queue.Pass(kSecond - 1);
  EXPECT_THAT(queue.Holds(kAnna), IsEmpty());
  queue.Pass(1);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  EXPECT_EQ(queue.counts().delayed, 0u);
}

TEST(MachineDelayTest, ItsPlaceInTheQueueIsThatOfTheMomentItBecomesAvailable) {
  MachineFixture queue;
  queue.Publish({{.delay = kSecond}});
  queue.PublishMany(2);
  queue.Pass(kSecond);
  queue.PublishMany(1);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(queue.Find(3)->position, (Position{EntryIndex(2), 0}));
}

TEST(MachineDelayTest, TheyBecomeAvailableByDueTimeThenInTheOrderOfPublishing) {
  MachineFixture queue;
  queue.Publish({{.delay = 3 * kSecond, .size = 1},
                 {.delay = kSecond, .size = 2},
                 {.delay = 2 * kSecond, .size = 3},
                 {.delay = kSecond, .size = 4}});
  queue.Pass(3 * kSecond);
  std::vector<uint32_t> sizes;
  for (const uint64_t key : queue.Ready()) sizes.push_back(queue.Find(key)->size);
  EXPECT_THAT(sizes, ElementsAre(2, 4, 3, 1));
}

TEST(MachineDelayTest, PriorityCountsOnceItIsAvailable) {
  MachineFixture queue;
  queue.PublishMany(1);
  queue.Publish({{.priority = 9, .delay = kSecond}});
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(2, 1));
}

TEST(MachineDelayTest, TtlBeginsWhenTheDelayIsOver) {
  MachineFixture queue;
  queue.Publish({{.ttl = kSecond, .delay = 10 * kSecond}});
  queue.Pass(10 * kSecond);
  EXPECT_EQ(queue.counts().ready, 1u);
  queue.Pass(kSecond - 1);
  EXPECT_EQ(queue.counts().ready, 1u);
  queue.Pass(1);
  EXPECT_EQ(queue.counts().ready, 0u);
  EXPECT_EQ(queue.effects().departures.expired, 1u);
}

TEST(MachineDelayTest, TheyAreListedByKeyAndInPages) {
  MachineFixture queue;
  queue.Publish({{.delay = 3 * kSecond, .size = 7}, {.delay = kSecond}, {.delay = 2 * kSecond}});
  EXPECT_THAT(Delayed(queue), ElementsAre(1, 2, 3));
  EXPECT_THAT(Delayed(queue, 2), ElementsAre(2, 3));
  EXPECT_THAT(Delayed(queue, 0, 1), ElementsAre(1));
  const DelayedView first{
      .key = DelayKey(1), .position = queue.Here(0), .due = queue.now() + 3 * kSecond, .size = 7};
  EXPECT_THAT(queue.machine().ListDelayed(DelayKey(0), 1), ElementsAre(first));
}

TEST(MachineDelayTest, CancelledOnesNeverArrive) {
  MachineFixture queue;
  queue.Publish({{.delay = kSecond}, {.delay = kSecond}, {.delay = kSecond}});
  const Position second = queue.Here(1);
  queue.Apply(CancelOf({2}));
  EXPECT_EQ(queue.effects().cancelled_delayed, 1u);
  EXPECT_THAT(queue.effects().freed, ElementsAre(FreedRange{second, second}));
  EXPECT_THAT(Delayed(queue), ElementsAre(1, 3));
  queue.Pass(kSecond);
  EXPECT_EQ(queue.counts().ready, 2u);
}

TEST(MachineDelayTest, CancellingWhatIsNotThereIsPassedOver) {
  MachineFixture queue;
  queue.Publish({{.delay = kSecond}});
  queue.Apply(CancelOf({0, 2, 77, UINT64_MAX}));
  EXPECT_EQ(queue.effects().cancelled_delayed, 0u);
  queue.Apply(CancelOf({1, 1}));
  EXPECT_EQ(queue.effects().cancelled_delayed, 1u);
}

TEST(MachineDelayTest, WhatIsAvailableCannotBeCancelled) {
  MachineFixture queue;
  queue.Publish({{.delay = kSecond}});
  queue.PassQuietly(kSecond);
  queue.Apply(CancelOf({1}));
  EXPECT_EQ(queue.effects().cancelled_delayed, 0u);
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineDelayTest, TheyKeepTheirLogEntriesAlive) {
  MachineFixture queue;
  queue.Publish({{.delay = kSecond}});
  const EntryIndex entry = queue.last_index();
  EXPECT_TRUE(queue.machine().LiveEntries().Contains(entry.value()));
  EXPECT_THAT(queue.machine().LivePositionsIn(entry), ElementsAre(Position{entry, 0}));
  queue.Apply(CancelOf({1}));
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachineDelayTest, ManyThatAreDueTogetherArriveInPortions) {
  MachineFixture queue;
  for (int i = 0; i < 6; ++i) queue.Publish(std::vector<Message>(256, Message{.delay = kSecond}));
  queue.Pass(kSecond);
  EXPECT_EQ(queue.counts().ready, 1024u);
  EXPECT_LE(*queue.machine().NextDeadline(), queue.now());
  queue.Pass(0);
  EXPECT_EQ(queue.counts().ready, 6u * 256u);
}

TEST(MachineDelayTest, AnEndlessDelayIsOnlyVeryLong) {
  MachineFixture queue;
  queue.Publish({{.ttl = UINT64_MAX, .delay = UINT64_MAX}});
  queue.Pass(kSpanMax);
  EXPECT_EQ(queue.counts().delayed, 1u);
}

TEST(MachineDelayTest, DelayedMessagesSurviveASnapshot) {
  MachineFixture queue;
  queue.Publish({{.priority = 9, .ttl = kSecond, .delay = kSecond, .size = 5}});
  queue.Restore();
  EXPECT_EQ(queue.counts().delayed_bytes, 5u);
  queue.Pass(kSecond);
  EXPECT_EQ(queue.Find(1)->priority, 9);
  EXPECT_EQ(queue.Find(1)->expires, queue.now() + kSecond);
}

}  // namespace
}  // namespace warren::queue::testing
