// Commands about the queue as a whole.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// ---- Purge --------------------------------------------------------------------------------------

TEST(MachinePurgeTest, FreesAllThatIsReady) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.Publish({{.priority = 1}, {.priority = 9}, {.size = 1}, {.delay = kSecond}});
  queue.Apply(Purge{});
  EXPECT_EQ(queue.effects().departures.purged, 2u);
  EXPECT_EQ(queue.counts().ready, 0u);
  EXPECT_EQ(queue.counts().ready_bytes, 0u);
  EXPECT_EQ(queue.counts().leased, 1u);  // Those stay.
  EXPECT_EQ(queue.counts().delayed, 1u);
}

TEST(MachinePurgeTest, WithDelayedFreesThoseToo) {
  MachineFixture queue;
  queue.Publish({{.size = 1}, {.delay = kSecond}, {.delay = 2 * kSecond}});
  queue.Apply(Purge{true});
  EXPECT_EQ(queue.effects().departures.purged, 3u);
  EXPECT_EQ(queue.effects().cancelled_delayed, 0u);
  EXPECT_EQ(queue.counts().delayed, 0u);
  EXPECT_EQ(queue.machine().NextDeadline(), std::nullopt);
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachinePurgeTest, LeavesRetryingMessages) {
  MachineFixture queue;
  queue.Attach(kAnna, {});
  queue.PublishMany(1);
  queue.Grant(kAnna, 1);
  queue.Return(kAnna, {1}, queue.now() + kSecond);
  queue.Apply(Purge{true});
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachinePurgeTest, ALargeBacklogIsFreedInOneApply) {
  MachineFixture queue;
  queue.PublishMany(5000);
  queue.Apply(Purge{});
  EXPECT_EQ(queue.effects().departures.purged, 5000u);
  EXPECT_FALSE(queue.effects().freed.empty());
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

// ---- Remove -------------------------------------------------------------------------------------

TEST(MachineRemoveTest, RemovesEverythingForEver) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(3);
  queue.Apply(Remove{});
  EXPECT_EQ(queue.effects().remove, RemoveResult::kRemoved);
  EXPECT_TRUE(queue.effects().freed_more);
  EXPECT_EQ(queue.counts(), Counts());
  EXPECT_THAT(queue.machine().ListConsumers(), IsEmpty());
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
  EXPECT_EQ(queue.machine().NextDeadline(), std::nullopt);
}

TEST(MachineRemoveTest, IfUnusedMindsConsumers) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Apply(Remove{.if_unused = true});
  EXPECT_EQ(queue.effects().remove, RemoveResult::kInUse);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  queue.Cancel(kAnna);  // What she holds does not matter.
  queue.Apply(Remove{.if_unused = true});
  EXPECT_EQ(queue.effects().remove, RemoveResult::kRemoved);
}

TEST(MachineRemoveTest, IfEmptyMindsReadyMessages) {
  MachineFixture queue;
  queue.PublishMany(1);
  queue.Apply(Remove{.if_empty = true});
  EXPECT_EQ(queue.effects().remove, RemoveResult::kNotEmpty);
  EXPECT_EQ(queue.counts().ready, 1u);
  queue.Get(kAnna.session);  // Held is not ready.
  queue.Apply(Remove{.if_empty = true});
  EXPECT_EQ(queue.effects().remove, RemoveResult::kRemoved);
}

TEST(MachineRemoveTest, ARemovedQueueAnswersButDoesNothing) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  queue.Apply(Remove{});
  queue.PublishMany(2);
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{0, Refusal::kRemoved},
                                                   RefusedMessage{1, Refusal::kRemoved}));
  queue.Settle(kAnna, {1});
  EXPECT_TRUE(queue.Told(SessionEventKind::kUnknown, kAnna.session));
  queue.OpenAgain(kAnna.session);
  EXPECT_TRUE(queue.Told(SessionEventKind::kUnknown, kAnna.session));
  queue.Apply(Remove{});
  EXPECT_EQ(queue.effects().remove, RemoveResult::kNotAsked);
  queue.Pass(kSecond);
  EXPECT_THAT(queue.effects().sessions, IsEmpty());
  EXPECT_EQ(queue.counts(), Counts());
}

// ---- Configure ----------------------------------------------------------------------------------

TEST(MachineConfigureTest, ReplacesTheConfiguration) {
  MachineFixture queue;
  QueueConfig config;
  config.max_length = 7;
  queue.Configure(config);
  EXPECT_EQ(queue.config(), config);
}

TEST(MachineConfigureTest, WhatDoesNotValidateHasNoEffect) {
  MachineFixture queue;
  QueueConfig config;
  config.dead_letter_window = 0;
  ASSERT_FALSE(config.Validate().ok());
  queue.Configure(config);
  EXPECT_EQ(queue.config(), QueueConfig());
}

TEST(MachineConfigureTest, ExpiriesOfMessagesThatAreThereStay) {
  QueueConfig config;
  config.message_ttl = kSecond;
  MachineFixture queue(config);
  queue.PublishMany(1);
  queue.Configure(QueueConfig());
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), IsEmpty());
}

TEST(MachineConfigureTest, DepthIsToldWhenItIsReachedAndLeft) {
  QueueConfig config;
  config.depth_threshold = 3;
  MachineFixture queue(config);
  queue.PublishMany(2);
  EXPECT_EQ(queue.effects().depth, DepthEvent::kNone);
  queue.PublishMany(1);
  EXPECT_EQ(queue.effects().depth, DepthEvent::kReached);
  queue.PublishMany(1);
  EXPECT_EQ(queue.effects().depth, DepthEvent::kNone);
  queue.Attach(kAnna, {.prefetch = 2});
  EXPECT_EQ(queue.effects().depth, DepthEvent::kLeft);
  queue.Return(kAnna, {1, 2});  // Anna takes them again.
  EXPECT_EQ(queue.effects().depth, DepthEvent::kNone);
}

TEST(MachineUpgradeTest, VersionsBeyondTheKnownOnesHaveNoEffect) {
  MachineFixture queue;
  EXPECT_EQ(queue.machine().version(), 1u);
  queue.Apply(Upgrade{Machine::kVersionMax + 1});
  EXPECT_EQ(queue.machine().version(), 1u);
  queue.Apply(Upgrade{0});
  EXPECT_EQ(queue.machine().version(), 1u);
}

// ---- Moving survivors ---------------------------------------------------------------------------

TEST(MachineMoveTest, MovedMessagesLieElsewhereAndKeepTheirPlace) {
  MachineFixture queue;
  queue.PublishMany(3);
  const EntryIndex old = queue.last_index();
  queue.PublishMany(1);
  queue.Apply(MoveSurvivors{.from = {{old, 0}, {old, 1}, {old, 2}}});
  const EntryIndex moved = queue.last_index();
  EXPECT_FALSE(queue.machine().LiveEntries().Contains(old.value()));
  EXPECT_TRUE(queue.machine().LiveEntries().Contains(moved.value()));
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(queue.Find(2)->position, (Position{moved, 1}));
}

TEST(MachineMoveTest, MessagesInAnyStateAreMoved) {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  config.overflow = Overflow::kRejectPublish;
  MachineFixture queue(config);
  queue.Attach(kAnna, {});
  queue.Publish({{.size = 1}, {.size = 1}, {.size = 1}, {.delay = kSecond}, {.size = 1}});
  const EntryIndex old = queue.last_index();
  queue.Grant(kAnna, 3);
  queue.Return(kAnna, {1}, queue.now() + kSecond);
  queue.Reject(kAnna, {2});
  queue.Apply(MoveSurvivors{.from = {{old, 0}, {old, 1}, {old, 2}, {old, 3}, {old, 4}}});
  const EntryIndex moved = queue.last_index();
  EXPECT_EQ(queue.machine().LivePositionsIn(moved).size(), 5u);
  EXPECT_THAT(queue.machine().LivePositionsIn(old), IsEmpty());
  EXPECT_EQ(queue.machine().ListDelayed(DelayKey(0), 1).at(0).position, (Position{moved, 3}));
  queue.Apply(ResendDeadLetters{});
  EXPECT_EQ(queue.effects().dead_letters.at(0).position, (Position{moved, 1}));
  queue.Settle(kAnna, {3});
  EXPECT_THAT(queue.effects().freed, ElementsAre(FreedRange{{moved, 2}, {moved, 2}}));
}

TEST(MachineMoveTest, WhatIsGoneLeavesItsSlotUnused) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(2);
  const EntryIndex old = queue.last_index();
  queue.Settle(kAnna, {1});
  queue.Apply(MoveSurvivors{.from = {{old, 0}, {old, 1}, {old, 77}, {EntryIndex(999), 0}}});
  const EntryIndex moved = queue.last_index();
  EXPECT_THAT(queue.machine().LivePositionsIn(moved), ElementsAre(Position{moved, 1}));
}

TEST(MachineMoveTest, MovedMessagesAreDeliveredFromTheirNewPlaces) {
  MachineFixture queue;
  queue.PublishMany(1);
  const EntryIndex first = queue.last_index();
  queue.PublishMany(1);
  queue.Apply(MoveSurvivors{.from = {{first, 0}, {first + 1, 0}}});
  const EntryIndex moved = queue.last_index();
  queue.Restore();
  queue.Attach(kAnna, {.prefetch = 5});
  const DeliveredRange range{.keys = {OrderKey(1), OrderKey(2)}, .first = {moved, 0}};
  EXPECT_THAT(queue.effects().delivered, ElementsAre(range));
}

}  // namespace
}  // namespace warren::queue::testing
