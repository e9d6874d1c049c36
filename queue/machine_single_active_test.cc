// One consumer at a time, and how the place changes hands.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

QueueConfig SingleActive() {
  QueueConfig config;
  config.single_active_consumer = true;
  return config;
}

TEST(MachineSingleActiveTest, TheFirstIsActiveAndGetsEverything) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 10});
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kActive, kAnna));
  queue.Attach(kBob, {.prefetch = 10});
  EXPECT_FALSE(queue.Told(ConsumerEventKind::kActive, kBob));
  queue.PublishMany(4);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(queue.Holds(kBob), IsEmpty());
}

TEST(MachineSingleActiveTest, WithoutCreditOfTheActiveOneMessagesWait) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kBob, {.prefetch = 10});
  queue.PublishMany(2);
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
}

TEST(MachineSingleActiveTest, CancellingHandsThePlaceToTheNextAtOnce) {
  MachineFixture queue(SingleActive());
  for (const ConsumerId consumer : {kAnna, kBob, kCarl}) queue.Attach(consumer, {.prefetch = 1});
  queue.PublishMany(2);
  queue.Cancel(kAnna);
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kCancelled, kAnna},
                          ConsumerEvent{ConsumerEventKind::kActive, kBob}));
  // Anna keeps what she holds, beside Bob.
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
}

TEST(MachineSingleActiveTest, DetachingHandsThePlaceOnAndTheMessagesToo) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 2});
  queue.Attach(kBob, {.prefetch = 5});
  queue.PublishMany(3);
  queue.Detach(kAnna.session);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kActive, kBob));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2, 3));
}

TEST(MachineSingleActiveTest, OfThoseWaitingTheHighestPriorityFollows) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 5, .prefetch = 1});
  queue.Attach(kBob, {.priority = 1, .prefetch = 1});
  queue.Attach(kCarl, {.priority = 3, .prefetch = 1});
  queue.Cancel(kAnna);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kActive, kCarl));
}

// ---- Take-over by priority, the four cases ------------------------------------------------------

TEST(MachineSingleActiveTest, HigherPriorityTakesAnIdlePlaceAtOnce) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 1});
  queue.Attach(kBob, {.priority = 2, .prefetch = 1});
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kAttached, kBob},
                          ConsumerEvent{ConsumerEventKind::kInactive, kAnna},
                          ConsumerEvent{ConsumerEventKind::kActive, kBob}));
  queue.PublishMany(1);
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1));
}

TEST(MachineSingleActiveTest, HigherPriorityWaitsUntilTheActiveOneHoldsNothing) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 2});
  queue.PublishMany(2);
  queue.Attach(kBob, {.priority = 2, .prefetch = 5});
  EXPECT_TRUE(queue.IsActive(kAnna));
  queue.PublishMany(1);
  queue.Settle(kAnna, {1});
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(2));  // Sent nothing more.
  EXPECT_THAT(queue.Holds(kBob), IsEmpty());
  queue.Settle(kAnna, {2});
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kInactive, kAnna},
                          ConsumerEvent{ConsumerEventKind::kActive, kBob}));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(3));
}

TEST(MachineSingleActiveTest, WhatTheOldOneReturnsGoesToTheNewOne) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 2});
  queue.PublishMany(2);
  queue.Attach(kBob, {.priority = 2, .prefetch = 5});
  queue.Return(kAnna, {1});
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  queue.Return(kAnna, {2});
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1, 2));
}

TEST(MachineSingleActiveTest, EqualPriorityTakesNothing) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 1});
  queue.Attach(kBob, {.priority = 1, .prefetch = 1});
  EXPECT_TRUE(queue.IsActive(kAnna));
  EXPECT_FALSE(queue.IsActive(kBob));
}

TEST(MachineSingleActiveTest, IfTheHigherOneGoesBeforeThatTheOldOneGoesOn) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 1});
  queue.PublishMany(2);
  queue.Attach(kBob, {.priority = 2, .prefetch = 1});
  queue.Cancel(kBob);
  queue.Settle(kAnna, {1});
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(2));
}

TEST(MachineSingleActiveTest, OfSeveralHigherOnesTheHighestTakesOver) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 1});
  queue.PublishMany(2);
  queue.Attach(kBob, {.priority = 2, .prefetch = 1});
  queue.Attach(kCarl, {.priority = 3, .prefetch = 1});
  queue.Settle(kAnna, {1});
  EXPECT_TRUE(queue.IsActive(kCarl));
  EXPECT_THAT(queue.Holds(kCarl), ElementsAre(2));
}

// ---- Doubt and time -----------------------------------------------------------------------------

TEST(MachineSingleActiveTest, SuspectedItLosesThePlaceAtOnce) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kBob, {.prefetch = 1});
  queue.PublishMany(2);
  queue.Suspect(kAnna.session);
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kInactive, kAnna},
                          ConsumerEvent{ConsumerEventKind::kActive, kBob}));
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
}

TEST(MachineSingleActiveTest, TrustedAgainItIsOneOfThoseWaiting) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kBob, {.prefetch = 1});
  queue.Suspect(kAnna.session);
  queue.Trust(kAnna.session);
  EXPECT_TRUE(queue.IsActive(kBob));
  queue.Cancel(kBob);
  EXPECT_TRUE(queue.IsActive(kAnna));
}

TEST(MachineSingleActiveTest, TrustedAgainWithHigherPriorityItTakesThePlaceBack) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 5, .prefetch = 1});
  queue.Attach(kBob, {.priority = 1, .prefetch = 1});
  queue.Suspect(kAnna.session);
  EXPECT_TRUE(queue.IsActive(kBob));
  queue.Trust(kAnna.session);
  EXPECT_TRUE(queue.IsActive(kAnna));
}

TEST(MachineSingleActiveTest, WithAllSuspectedNobodyIsActive) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Suspect(kAnna.session);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kInactive, kAnna));
  queue.PublishMany(1);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  queue.Trust(kAnna.session);
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kActive, kAnna));
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
}

TEST(MachineSingleActiveTest, TimedOutItLosesThePlace) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 1, .timeout = kSecond});
  queue.Attach(kBob, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Pass(kSecond);
  EXPECT_THAT(queue.effects().consumers,
              ElementsAre(ConsumerEvent{ConsumerEventKind::kTimedOut, kAnna},
                          ConsumerEvent{ConsumerEventKind::kActive, kBob}));
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(1));
}

// ---- Switching it on and off --------------------------------------------------------------------

TEST(MachineSingleActiveTest, SwitchedOnTheBestBecomesActive) {
  MachineFixture queue;
  queue.Attach(kAnna, {.priority = 1, .prefetch = 5});
  queue.Attach(kBob, {.priority = 2, .prefetch = 1});
  queue.Configure(SingleActive());
  EXPECT_TRUE(queue.Told(ConsumerEventKind::kActive, kBob));
  queue.PublishMany(2);
  EXPECT_THAT(queue.Holds(kAnna), IsEmpty());
}

TEST(MachineSingleActiveTest, SwitchedOffAllAreServed) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Attach(kBob, {.prefetch = 1});
  queue.PublishMany(2);
  queue.Configure(QueueConfig());
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
  EXPECT_THAT(queue.effects().consumers, IsEmpty());
}

TEST(MachineSingleActiveTest, WhoIsActiveSurvivesASnapshot) {
  MachineFixture queue(SingleActive());
  queue.Attach(kAnna, {.priority = 1, .prefetch = 1});
  queue.PublishMany(2);
  queue.Attach(kBob, {.priority = 2, .prefetch = 1});
  queue.Restore();
  EXPECT_TRUE(queue.IsActive(kAnna));
  queue.Settle(kAnna, {1});
  EXPECT_THAT(queue.Holds(kBob), ElementsAre(2));
}

}  // namespace
}  // namespace warren::queue::testing
