// Lengths, and what gives way to them.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

QueueConfig LengthOf(uint64_t messages, Overflow overflow = Overflow::kDropHead) {
  QueueConfig config;
  config.max_length = messages;
  config.overflow = overflow;
  return config;
}

QueueConfig BytesOf(uint64_t bytes, Overflow overflow = Overflow::kDropHead) {
  QueueConfig config;
  config.max_length_bytes = bytes;
  config.overflow = overflow;
  return config;
}

TEST(MachineLimitsTest, DropHeadDropsTheOldest) {
  MachineFixture queue(LengthOf(2));
  queue.PublishMany(3);
  EXPECT_THAT(queue.Ready(), ElementsAre(2, 3));
  EXPECT_EQ(queue.effects().departures.max_length, 1u);
  EXPECT_THAT(queue.Refusals(), IsEmpty());
}

TEST(MachineLimitsTest, DropHeadDropsTheOldestOfTheLowestPriority) {
  MachineFixture queue(LengthOf(2));
  queue.Publish({{.priority = 5}, {.priority = 1}, {.priority = 1}});
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 3));
  queue.Publish({{.priority = 9}, {.priority = 9}});
  EXPECT_THAT(queue.Ready(), ElementsAre(4, 5));
}

TEST(MachineLimitsTest, DropHeadDropsTheNewcomerIfAllOthersAreAbove) {
  MachineFixture queue(LengthOf(1));
  queue.Publish({{.priority = 5}});
  queue.Publish({{.priority = 1}});
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
  EXPECT_EQ(queue.effects().departures.max_length, 1u);
}

TEST(MachineLimitsTest, DropHeadNamesWhatItFreed) {
  MachineFixture queue(LengthOf(1));
  queue.Publish({{.size = 1}});
  const Position place = queue.Here(0);
  const Effects& effects = queue.Publish({{.size = 1}});
  ASSERT_EQ(effects.freed.size(), 1u);
  EXPECT_EQ(effects.freed[0].first, place);
  EXPECT_EQ(effects.freed[0].last, place);
}

TEST(MachineLimitsTest, MessagesInConsumersHandsDoNotCount) {
  MachineFixture queue(LengthOf(2));
  queue.Attach(kAnna, {.prefetch = 3});
  queue.PublishMany(5);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2, 3));
  EXPECT_THAT(queue.Ready(), ElementsAre(4, 5));
}

TEST(MachineLimitsTest, ReturnedMessagesCountAgainAndMayBeDropped) {
  MachineFixture queue(LengthOf(2));
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 1);
  queue.PublishMany(3);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1));
  queue.Return(kAnna, {1});
  EXPECT_THAT(queue.Ready(), ElementsAre(2, 3));
  EXPECT_EQ(queue.effects().departures.max_length, 1u);
}

TEST(MachineLimitsTest, LengthZeroDropsWhateverNobodyTakes) {
  MachineFixture queue(LengthOf(0));
  queue.PublishMany(2);
  EXPECT_THAT(queue.Ready(), IsEmpty());
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(2);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(3));
  EXPECT_EQ(queue.effects().departures.max_length, 1u);
}

TEST(MachineLimitsTest, BytesAreThoseOfBodies) {
  MachineFixture queue(BytesOf(100));
  queue.Publish({{.size = 40}, {.size = 60}});
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
  queue.Publish({{.size = 1}});
  EXPECT_THAT(queue.Ready(), ElementsAre(2, 3));
  EXPECT_EQ(queue.counts().ready_bytes, 61u);
}

TEST(MachineLimitsTest, OneBigMessagePushesManyOut) {
  MachineFixture queue(BytesOf(100));
  queue.Publish({{.size = 30}, {.size = 30}, {.size = 30}});
  queue.Publish({{.size = 80}});
  EXPECT_THAT(queue.Ready(), ElementsAre(4));
}

TEST(MachineLimitsTest, EmptyBodiesNeverExceedBytes) {
  MachineFixture queue(BytesOf(0));
  queue.Publish({{.size = 0}, {.size = 0}, {.size = 1}});
  // The oldest goes first, whatever it weighs; so all of them went for the sake of the last.
  EXPECT_THAT(queue.Ready(), IsEmpty());
  queue.Publish({{.size = 0}, {.size = 0}});
  EXPECT_THAT(queue.Ready(), ElementsAre(4, 5));
}

TEST(MachineLimitsTest, TheStricterOfBothLimitsCounts) {
  QueueConfig config = LengthOf(3);
  config.max_length_bytes = 10;
  MachineFixture queue(config);
  queue.Publish({{.size = 6}, {.size = 6}});
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
  queue.Publish({{.size = 1}, {.size = 1}, {.size = 1}});
  EXPECT_THAT(queue.Ready(), ElementsAre(3, 4, 5));
}

TEST(MachineLimitsTest, RejectPublishRefusesExactlyWhatDoesNotFit) {
  MachineFixture queue(LengthOf(3, Overflow::kRejectPublish));
  queue.PublishMany(5);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3));
  const Effects& effects = queue.effects();
  EXPECT_THAT(effects.refused, ElementsAre(RefusedMessage{3, Refusal::kLength},
                                           RefusedMessage{4, Refusal::kLength}));
  ASSERT_EQ(effects.published.size(), 1u);
  EXPECT_EQ(effects.published[0].refused, 2u);
  EXPECT_EQ(effects.departures.max_length, 2u);
  EXPECT_THAT(effects.dead_letters, IsEmpty());
}

TEST(MachineLimitsTest, RejectPublishTakesWhatConsumersTakeAtOnce) {
  MachineFixture queue(LengthOf(1, Overflow::kRejectPublish));
  queue.Attach(kAnna, {.prefetch = 2});
  queue.PublishMany(4);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(1, 2));
  EXPECT_THAT(queue.Ready(), ElementsAre(3));
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{3, Refusal::kLength}));
}

TEST(MachineLimitsTest, RejectPublishAcceptsAgainWhenThereIsRoom) {
  MachineFixture queue(LengthOf(1, Overflow::kRejectPublish));
  queue.PublishMany(2);
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
  queue.Attach(kAnna, {.prefetch = 1});
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), IsEmpty());
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineLimitsTest, RejectPublishByBytesLetsASmallerOneIn) {
  MachineFixture queue(BytesOf(10, Overflow::kRejectPublish));
  queue.Publish({{.size = 8}, {.size = 3}, {.size = 2}});
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{1, Refusal::kLength}));
  EXPECT_EQ(queue.counts().ready_bytes, 10u);
}

TEST(MachineLimitsTest, RejectPublishDropsNothingThatComesBack) {
  MachineFixture queue(LengthOf(1, Overflow::kRejectPublish));
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 2);
  queue.PublishMany(3);
  queue.Return(kAnna, {1, 2});
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3));
}

TEST(MachineLimitsTest, RejectPublishDlxDeadLettersWhatItRefuses) {
  QueueConfig config = LengthOf(1, Overflow::kRejectPublishDlx);
  config.dead_letter = DeadLetterStrategy::kAtMostOnce;
  MachineFixture queue(config);
  queue.PublishMany(2);
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{1, Refusal::kLength}));
  const DeadLetter letter{
      .key = OrderKey(0), .position = queue.Here(1), .reason = DeathReason::kMaxLength};
  EXPECT_THAT(queue.effects().dead_letters, ElementsAre(letter));
}

TEST(MachineLimitsTest, RejectPublishDlxWithoutExchangeOnlyRefuses) {
  MachineFixture queue(LengthOf(0, Overflow::kRejectPublishDlx));
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
  EXPECT_THAT(queue.effects().dead_letters, IsEmpty());
}

TEST(MachineLimitsTest, RejectPublishDlxIsNeverConfirmed) {
  QueueConfig config = LengthOf(0, Overflow::kRejectPublishDlx);
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  MachineFixture queue(config);
  queue.PublishMany(1);
  ASSERT_EQ(queue.effects().dead_letters.size(), 1u);
  EXPECT_FALSE(queue.effects().dead_letters[0].confirm);
  EXPECT_EQ(queue.counts().dead_letters, 0u);
}

TEST(MachineLimitsTest, DelayedMessagesDoNotCountUntilTheyAreAvailable) {
  MachineFixture queue(LengthOf(1, Overflow::kRejectPublish));
  queue.Publish({{.delay = kSecond}, {.delay = kSecond}, {.size = 1}});
  EXPECT_THAT(queue.Refusals(), IsEmpty());
  queue.Pass(kSecond);
  EXPECT_EQ(queue.counts().ready, 3u);  // Never refused then.
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
}

TEST(MachineLimitsTest, DelayedMessagesThatBecomeAvailablePushOthersOut) {
  MachineFixture queue(LengthOf(1));
  queue.Publish({{.delay = kSecond}});
  queue.PublishMany(1);
  queue.Pass(kSecond);
  EXPECT_THAT(queue.Ready(), ElementsAre(2));
}

TEST(MachineLimitsTest, WaitingDeadLettersCount) {
  QueueConfig config = LengthOf(2, Overflow::kRejectPublish);
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  MachineFixture queue(config);
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 1);
  queue.PublishMany(1);
  queue.Reject(kAnna, {1});
  queue.PublishMany(2);
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{1, Refusal::kLength}));
  queue.ConfirmDeadLetters({1});
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), IsEmpty());
}

TEST(MachineLimitsTest, ALowerLimitDropsWhatIsThereAlready) {
  MachineFixture queue;
  queue.PublishMany(5);
  queue.Configure(LengthOf(2));
  EXPECT_THAT(queue.Ready(), ElementsAre(4, 5));
}

TEST(MachineLimitsTest, ALimitThatIsTakenAwayLimitsNoMore) {
  MachineFixture queue(LengthOf(1, Overflow::kRejectPublish));
  queue.PublishMany(1);
  queue.Configure(QueueConfig());
  queue.PublishMany(3);
  EXPECT_THAT(queue.Refusals(), IsEmpty());
  EXPECT_EQ(queue.counts().ready, 4u);
}

TEST(MachineLimitsTest, MuchToDropIsDroppedInPortions) {
  MachineFixture queue;
  queue.PublishMany(2100);
  queue.Configure(LengthOf(0));
  EXPECT_EQ(queue.counts().ready, 2100u - 1024u);
  EXPECT_EQ(queue.machine().NextDeadline(), queue.now());  // What is left is due at once.
  queue.Pass(0);
  EXPECT_EQ(queue.counts().ready, 2100u - 2048u);
  queue.Pass(0);
  EXPECT_EQ(queue.counts().ready, 0u);
  EXPECT_EQ(queue.machine().NextDeadline(), std::nullopt);
}

}  // namespace
}  // namespace warren::queue::testing
