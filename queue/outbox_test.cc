#include "queue/outbox.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ConsumerId kAnna{SessionId(1), ConsumerNumber(1)};
constexpr ConsumerId kBob{SessionId(2), ConsumerNumber(1)};

// Keys first to last, in the slots of one entry.
DeliveredRange InSlots(uint64_t first, uint64_t last, uint64_t entry, uint32_t slot) {
  return {.keys = {OrderKey(first), OrderKey(last)}, .first = {EntryIndex(entry), slot}};
}

// ... each in an entry of its own.
DeliveredRange InEntries(uint64_t first, uint64_t last, uint64_t entry) {
  DeliveredRange range = InSlots(first, last, entry, 0);
  range.one_per_entry = first != last;
  return range;
}

Effects Moved(Outbox& outbox) {
  Effects effects;
  outbox.MoveTo(effects);
  return effects;
}

TEST(OutboxTest, NothingIsSentAtFirst) {
  Outbox outbox;
  EXPECT_THAT(Moved(outbox).deliveries, IsEmpty());
}

TEST(OutboxTest, ConsumersAreServedInTurnsButSentOneDeliveryEach) {
  Outbox outbox;
  const uint32_t anna = outbox.Open(kAnna, false);
  outbox.Add(anna, InSlots(1, 1, 7, 0));
  const uint32_t bob = outbox.Open(kBob, true);
  outbox.Add(bob, InSlots(2, 2, 7, 1));
  outbox.Add(anna, InSlots(3, 3, 7, 2));
  const Effects effects = Moved(outbox);
  EXPECT_THAT(effects.deliveries,
              ElementsAre(Delivery{kAnna, 0, 2, false}, Delivery{kBob, 2, 1, true}));
  EXPECT_THAT(effects.delivered,
              ElementsAre(InSlots(1, 1, 7, 0), InSlots(3, 3, 7, 2), InSlots(2, 2, 7, 1)));
}

TEST(OutboxTest, WhatContinuesInSlotsIsOneRange) {
  Outbox outbox;
  const uint32_t anna = outbox.Open(kAnna, false);
  outbox.Add(anna, InSlots(1, 1, 7, 0));
  outbox.Add(anna, InSlots(2, 2, 7, 1));
  outbox.Add(anna, InSlots(3, 6, 7, 2));
  EXPECT_THAT(Moved(outbox).delivered, ElementsAre(InSlots(1, 6, 7, 0)));
}

TEST(OutboxTest, WhatContinuesInEntriesIsOneRange) {
  Outbox outbox;
  const uint32_t anna = outbox.Open(kAnna, false);
  outbox.Add(anna, InEntries(1, 1, 7));
  outbox.Add(anna, InEntries(2, 2, 8));
  outbox.Add(anna, InEntries(3, 5, 9));
  EXPECT_THAT(Moved(outbox).delivered, ElementsAre(InEntries(1, 5, 7)));
}

TEST(OutboxTest, ARangeGoesOnInOneWayOnly) {
  Outbox outbox;
  const uint32_t anna = outbox.Open(kAnna, false);
  outbox.Add(anna, InEntries(1, 2, 7));
  outbox.Add(anna, InSlots(3, 4, 9, 0));  // Its first lies where the range goes on.
  EXPECT_THAT(Moved(outbox).delivered, ElementsAre(InEntries(1, 3, 7), InSlots(4, 4, 9, 1)));
}

TEST(OutboxTest, GapsInKeysOrPlacesBeginANewRange) {
  Outbox outbox;
  const uint32_t anna = outbox.Open(kAnna, false);
  outbox.Add(anna, InSlots(1, 1, 7, 0));
  outbox.Add(anna, InSlots(3, 3, 7, 1));
  outbox.Add(anna, InSlots(4, 4, 7, 5));
  outbox.Add(anna, InSlots(2, 2, 7, 6));
  EXPECT_EQ(Moved(outbox).delivered.size(), 4u);
}

TEST(OutboxTest, OtherCountsBeginANewRange) {
  Outbox outbox;
  const uint32_t anna = outbox.Open(kAnna, false);
  outbox.Add(anna, InSlots(1, 1, 7, 0));
  DeliveredRange returned = InSlots(2, 2, 7, 1);
  returned.acquired = 1;
  outbox.Add(anna, returned);
  EXPECT_EQ(Moved(outbox).delivered.size(), 2u);
}

TEST(OutboxTest, MovedItIsEmptyAgain) {
  Outbox outbox;
  outbox.Add(outbox.Open(kAnna, false), InSlots(1, 1, 7, 0));
  Moved(outbox);
  EXPECT_THAT(Moved(outbox).deliveries, IsEmpty());
  outbox.Add(outbox.Open(kBob, false), InSlots(2, 2, 7, 1));
  const Effects effects = Moved(outbox);
  EXPECT_THAT(effects.deliveries, ElementsAre(Delivery{kBob, 0, 1, false}));
  EXPECT_THAT(effects.delivered, ElementsAre(InSlots(2, 2, 7, 1)));
}

}  // namespace
}  // namespace warren::queue
