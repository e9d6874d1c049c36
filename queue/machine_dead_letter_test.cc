// What becomes of messages that die.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

QueueConfig AtMostOnce() {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtMostOnce;
  return config;
}

QueueConfig AtLeastOnce(uint32_t window = 32) {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  config.overflow = Overflow::kRejectPublish;
  config.dead_letter_window = window;
  return config;
}

// The first so many messages are published, delivered to Anna and rejected by her.
void RejectMany(MachineFixture& queue, uint32_t count) {
  queue.Attach(kAnna, {});
  queue.PublishMany(count);
  queue.Grant(kAnna, count);
  queue.Reject(kAnna, queue.Holds(kAnna));
}

// ---- Reasons and order, at most once ------------------------------------------------------------

TEST(MachineDeadLetterTest, RejectedIsToldWithPlaceAndCounts) {
  MachineFixture queue(AtMostOnce());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  const Position place = queue.Here(0);
  queue.Return(kAnna, {1});
  queue.Fail(kAnna, {1});
  queue.Reject(kAnna, {1});
  const DeadLetter letter{.key = OrderKey(1),
                          .position = place,
                          .reason = DeathReason::kRejected,
                          .acquired = 2,
                          .failed = 1};
  EXPECT_THAT(queue.effects().dead_letters, ElementsAre(letter));
  EXPECT_EQ(queue.effects().departures.rejected, 1u);
  EXPECT_THAT(queue.effects().freed, ElementsAre(FreedRange{place, place}));
}

TEST(MachineDeadLetterTest, RejectedDieInOrder) {
  MachineFixture queue(AtMostOnce());
  RejectMany(queue, 4);
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2, 3, 4));
}

TEST(MachineDeadLetterTest, ExpiredDieInTheOrderOfTheirKeys) {
  QueueConfig config = AtMostOnce();
  config.message_ttl = 10 * kSecond;
  MachineFixture queue(config);
  queue.Publish({{.priority = 1}, {.priority = 9, .ttl = 2 * kSecond}, {.ttl = kSecond}});
  queue.Pass(10 * kSecond);
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2, 3));
  EXPECT_EQ(queue.effects().dead_letters[0].reason, DeathReason::kExpired);
}

TEST(MachineDeadLetterTest, MaxLengthDiesFromTheFront) {
  QueueConfig config = AtMostOnce();
  config.max_length = 1;
  MachineFixture queue(config);
  queue.PublishMany(4);
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2, 3));
  EXPECT_EQ(queue.effects().dead_letters[0].reason, DeathReason::kMaxLength);
}

TEST(MachineDeadLetterTest, DeliveryLimitIsAReason) {
  QueueConfig config = AtMostOnce();
  config.delivery_limit = 0;
  MachineFixture queue(config);
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(2);
  queue.Fail(kAnna, {1, 2});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2));
  EXPECT_EQ(queue.effects().dead_letters[1].reason, DeathReason::kDeliveryLimit);
}

TEST(MachineDeadLetterTest, WithoutExchangeTheyAreFreedAndCounted) {
  MachineFixture queue;
  RejectMany(queue, 2);
  EXPECT_THAT(queue.effects().dead_letters, IsEmpty());
  EXPECT_EQ(queue.effects().departures.rejected, 2u);
  EXPECT_FALSE(queue.effects().freed.empty());
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachineDeadLetterTest, PurgedAndSettledMessagesAreNoDeadLetters) {
  MachineFixture queue(AtMostOnce());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(3);
  queue.Apply(Purge{});
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());
  queue.Settle(kAnna, {1});
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());
}

// ---- At least once ------------------------------------------------------------------------------

TEST(MachineAtLeastOnceTest, ADeadLetterStaysUntilItIsConfirmed) {
  MachineFixture queue(AtLeastOnce());
  RejectMany(queue, 1);
  ASSERT_THAT(queue.DeadLetters(), ElementsAre(1));
  EXPECT_TRUE(queue.effects().dead_letters[0].confirm);
  EXPECT_THAT(queue.effects().freed, IsEmpty());
  EXPECT_THAT(queue.In(MessageState::kDeadLetter), ElementsAre(1));
  EXPECT_FALSE(queue.machine().LiveEntries().empty());
  queue.ConfirmDeadLetters({1});
  EXPECT_EQ(queue.effects().departures.dead_letters_confirmed, 1u);
  EXPECT_EQ(queue.effects().freed.size(), 1u);
  EXPECT_EQ(queue.counts().dead_letters, 0u);
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachineAtLeastOnceTest, ExpiredAndSpentMessagesAreKeptToo) {
  QueueConfig config = AtLeastOnce();
  config.delivery_limit = 0;
  MachineFixture queue(config);
  queue.Publish({{.ttl = kSecond}, {.size = 1}});
  queue.Pass(kSecond);
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Fail(kAnna, {2});
  EXPECT_THAT(queue.In(MessageState::kDeadLetter), ElementsAre(1, 2));
}

TEST(MachineAtLeastOnceTest, NoMoreThanTheWindowAreOut) {
  MachineFixture queue(AtLeastOnce(2));
  RejectMany(queue, 5);
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2));
  queue.ConfirmDeadLetters({2});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(3));
  queue.ConfirmDeadLetters({1, 3});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(4, 5));
}

TEST(MachineAtLeastOnceTest, WhatIsNotOutCannotBeConfirmed) {
  MachineFixture queue(AtLeastOnce(1));
  RejectMany(queue, 2);
  queue.ConfirmDeadLetters({2, 77});
  EXPECT_EQ(queue.effects().departures.dead_letters_confirmed, 0u);
  EXPECT_EQ(queue.counts().dead_letters, 2u);
}

TEST(MachineAtLeastOnceTest, RefusedIsTriedAgainLaterAndLater) {
  QueueConfig config = AtLeastOnce();
  config.dead_letter_retry_min = kSecond;
  config.dead_letter_retry_max = 5 * kSecond;
  MachineFixture queue(config);
  RejectMany(queue, 1);
  for (const Span wait : {1 * kSecond, 2 * kSecond, 4 * kSecond, 5 * kSecond, 5 * kSecond}) {
    queue.RefuseDeadLetters({1});
    EXPECT_EQ(queue.machine().NextDeadline(), queue.now() + wait);
    queue.Pass(wait - 1);
    EXPECT_THAT(queue.DeadLetters(), IsEmpty());
    queue.Pass(1);
    EXPECT_THAT(queue.DeadLetters(), ElementsAre(1));
  }
}

TEST(MachineAtLeastOnceTest, WhatWaitsForItsRetryMakesRoomInTheWindow) {
  MachineFixture queue(AtLeastOnce(1));
  RejectMany(queue, 2);
  queue.RefuseDeadLetters({1});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(2));
  queue.Pass(kSecond);
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());  // The window is full.
  queue.ConfirmDeadLetters({2});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1));
}

TEST(MachineAtLeastOnceTest, ATargetThatIsGoneIsTriedForEver) {
  MachineFixture queue(AtLeastOnce());
  RejectMany(queue, 1);
  for (int i = 0; i < 100; ++i) {
    queue.RefuseDeadLetters({1});
    queue.Pass(60 * kSecond);
    ASSERT_THAT(queue.DeadLetters(), ElementsAre(1));
  }
}

TEST(MachineAtLeastOnceTest, ANewLeaderHandsOutAgainWhatIsUnanswered) {
  MachineFixture queue(AtLeastOnce(3));
  RejectMany(queue, 5);
  queue.ConfirmDeadLetters({2});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(4));
  queue.Apply(ResendDeadLetters{});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 3, 4));
}

TEST(MachineAtLeastOnceTest, ResendLeavesWhatWaitsForARetry) {
  MachineFixture queue(AtLeastOnce());
  RejectMany(queue, 2);
  queue.RefuseDeadLetters({1});
  queue.Apply(ResendDeadLetters{});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(2));
}

TEST(MachineAtLeastOnceTest, DeadLettersAreNotDeliveredNorPurged) {
  MachineFixture queue(AtLeastOnce());
  RejectMany(queue, 1);
  queue.Attach(kBob, {.prefetch = 5});
  EXPECT_THAT(queue.Got(kBob), IsEmpty());
  queue.Apply(Purge{true});
  EXPECT_EQ(queue.counts().dead_letters, 1u);
}

TEST(MachineAtLeastOnceTest, DropHeadFallsBackToAtMostOnce) {
  QueueConfig config = AtLeastOnce();
  config.overflow = Overflow::kDropHead;
  MachineFixture queue(config);
  RejectMany(queue, 1);
  ASSERT_THAT(queue.DeadLetters(), ElementsAre(1));
  EXPECT_FALSE(queue.effects().dead_letters[0].confirm);
  EXPECT_EQ(queue.counts().dead_letters, 0u);
}

TEST(MachineAtLeastOnceTest, SwitchedToAtMostOnceTheWaitingOnesAreHandedOutAndForgotten) {
  MachineFixture queue(AtLeastOnce(1));
  RejectMany(queue, 3);
  queue.Configure(AtMostOnce());
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(1, 2, 3));
  EXPECT_FALSE(queue.effects().dead_letters[0].confirm);
  EXPECT_EQ(queue.counts().dead_letters, 0u);
  EXPECT_EQ(queue.effects().departures.rejected, 0u);  // They died before.
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachineAtLeastOnceTest, SwitchedToNoneTheWaitingOnesAreFreed) {
  MachineFixture queue(AtLeastOnce(1));
  RejectMany(queue, 3);
  queue.Configure(QueueConfig());
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());
  EXPECT_EQ(queue.counts().dead_letters, 0u);
  EXPECT_FALSE(queue.effects().freed.empty());
}

TEST(MachineAtLeastOnceTest, SwitchedToItOnlyWhatDiesFromThenOnIsKept) {
  MachineFixture queue(AtMostOnce());
  RejectMany(queue, 1);
  queue.Configure(AtLeastOnce());
  queue.PublishMany(1);
  queue.Grant(kAnna, 1);
  queue.Reject(kAnna, {2});
  EXPECT_THAT(queue.In(MessageState::kDeadLetter), ElementsAre(2));
}

TEST(MachineAtLeastOnceTest, AWiderWindowHandsOutMoreAtOnce) {
  MachineFixture queue(AtLeastOnce(1));
  RejectMany(queue, 3);
  queue.Configure(AtLeastOnce(3));
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(2, 3));
}

TEST(MachineAtLeastOnceTest, EverythingSurvivesASnapshot) {
  MachineFixture queue(AtLeastOnce(2));
  RejectMany(queue, 4);
  queue.RefuseDeadLetters({1});  // 2 and 3 are out, 4 waits in line.
  queue.Restore();
  queue.Apply(ResendDeadLetters{});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(2, 3));
  queue.Pass(kSecond);
  queue.ConfirmDeadLetters({2, 3});
  EXPECT_THAT(queue.DeadLetters(), ElementsAre(4, 1));
  EXPECT_EQ(queue.effects().dead_letters[1].reason, DeathReason::kRejected);
}

TEST(MachineAtLeastOnceTest, RejectPublishRefusesUntilDeadLettersAreConfirmed) {
  QueueConfig config = AtLeastOnce();
  config.max_length = 1;
  MachineFixture queue(config);
  RejectMany(queue, 1);
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());
  queue.ConfirmDeadLetters({1});
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), IsEmpty());
}

}  // namespace
}  // namespace warren::queue::testing
