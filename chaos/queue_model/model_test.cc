// The dead, the queue as a whole, and what can be seen of it.
#include "chaos/queue_model/model.h"

#include <gtest/gtest.h>

#include "chaos/queue_model/testing/bench.h"

namespace warren::queue_model {
namespace {

using queue::Verdict;

QueueConfig AtLeastOnce() {
  QueueConfig config;
  config.overflow = queue::Overflow::kRejectPublish;
  config.dead_letter = queue::DeadLetterStrategy::kAtLeastOnce;
  config.dead_letter_window = 2;
  config.dead_letter_retry_min = 10;
  config.dead_letter_retry_max = 15;
  return config;
}

// Keys 1 to 3 were rejected.
Bench ThreeDead(const QueueConfig& config) {
  Bench bench(config);
  bench.Consume(1, 3);
  bench.Publish(3);
  bench.Say(Verdict::kDeadLetter, 1, 1, 3);
  return bench;
}

TEST(QueueModelDeadLetterTest, AtLeastOnceWaitsWithinTheWindow) {
  Bench bench = ThreeDead(AtLeastOnce());
  ASSERT_EQ(bench.effects.dead_letters.size(), 2U);
  EXPECT_TRUE(bench.effects.dead_letters[0].confirm);
  EXPECT_EQ(bench.effects.departures.rejected, 3U);
  EXPECT_TRUE(bench.model.freed().empty());
  bench.Do(queue::ConfirmDeadLetters{.confirmed = {Bench::Keys(1, 3)}, .refused = {}});
  EXPECT_EQ(bench.effects.departures.dead_letters_confirmed, 2U);
  ASSERT_EQ(bench.effects.dead_letters.size(), 1U);
  EXPECT_EQ(bench.effects.dead_letters[0].key, OrderKey(3));
  bench.Do(queue::ResendDeadLetters{});
  EXPECT_EQ(bench.effects.dead_letters.size(), 1U);
}

TEST(QueueModelDeadLetterTest, RefusedOnesAreTriedLaterAndLater) {
  Bench bench = ThreeDead(AtLeastOnce());
  bench.Do(queue::ConfirmDeadLetters{.confirmed = {}, .refused = {Bench::Keys(1, 2)}});
  ASSERT_EQ(bench.effects.dead_letters.size(), 1U);
  bench.Wait(10).Tick();
  ASSERT_EQ(bench.effects.dead_letters.size(), 1U);
  EXPECT_EQ(bench.effects.dead_letters[0].key, OrderKey(1));
  bench.Do(queue::ConfirmDeadLetters{.confirmed = {}, .refused = {Bench::Keys(1, 1)}});
  EXPECT_EQ(bench.effects.dead_letters.at(0).key, OrderKey(2));
  bench.Do(queue::ConfirmDeadLetters{.confirmed = {Bench::Keys(2, 3)}, .refused = {}});
  EXPECT_EQ(bench.model.NextDeadline(), bench.time + 15);
}

TEST(QueueModelDeadLetterTest, TheyCountAgainstTheLimits) {
  QueueConfig config = AtLeastOnce();
  config.max_length = 3;
  Bench bench = ThreeDead(config);
  bench.Consume(2, 1);
  bench.Publish(1);
  EXPECT_EQ(bench.effects.refused.size(), 1U);
}

TEST(QueueModelDeadLetterTest, DropHeadMakesAtLeastOnceAtMostOnce) {
  QueueConfig config = AtLeastOnce();
  config.overflow = queue::Overflow::kDropHead;
  Bench bench = ThreeDead(config);
  EXPECT_EQ(bench.effects.dead_letters.size(), 3U);
  EXPECT_FALSE(bench.effects.dead_letters[0].confirm);
  EXPECT_EQ(bench.model.freed().size(), 3U);
}

TEST(QueueModelDeadLetterTest, AnotherStrategyHandsOutWhatWaits) {
  Bench bench = ThreeDead(AtLeastOnce());
  QueueConfig config = AtLeastOnce();
  config.dead_letter = queue::DeadLetterStrategy::kAtMostOnce;
  bench.Do(queue::Configure{.config = config});
  EXPECT_EQ(bench.effects.dead_letters.size(), 3U);
  EXPECT_EQ(bench.model.GetCounts().dead_letters, 0U);
}

TEST(QueueModelQueueTest, ExpiresUnusedAndSaysSoAgain) {
  QueueConfig config;
  config.expires = queue::kSecond;
  Bench bench(config);
  bench.Wait(queue::kSecond).Tick();
  EXPECT_TRUE(bench.effects.queue_expired);
  EXPECT_EQ(bench.model.NextDeadline(), bench.time + 10 * queue::kSecond);
  bench.Wait(10 * queue::kSecond - 10).Do(queue::Touch{});
  EXPECT_EQ(bench.model.NextDeadline(), bench.time + queue::kSecond);
  bench.Consume(1, 1);
  EXPECT_EQ(bench.model.NextDeadline(), std::nullopt);
}

TEST(QueueModelQueueTest, DepthIsToldWhenItIsCrossed) {
  QueueConfig config;
  config.depth_threshold = 2;
  Bench bench(config);
  bench.Publish(1);
  EXPECT_EQ(bench.effects.depth, queue::DepthEvent::kNone);
  bench.Publish(1);
  EXPECT_EQ(bench.effects.depth, queue::DepthEvent::kReached);
  bench.Get();
  EXPECT_EQ(bench.effects.depth, queue::DepthEvent::kLeft);
}

TEST(QueueModelQueueTest, PurgeTakesReadyOnesAndOnDemandDelayedOnes) {
  Bench bench;
  queue::NewMessage delayed = Bench::Message();
  delayed.delay = 10;
  bench.Publish({Bench::Message(), Bench::Message(), delayed});
  bench.Get();
  bench.Do(queue::Purge{.delayed = false});
  EXPECT_EQ(bench.effects.departures.purged, 1U);
  bench.Do(queue::Purge{.delayed = true});
  EXPECT_EQ(bench.effects.departures.purged, 1U);
  EXPECT_EQ(bench.model.GetCounts().leased, 1U);
}

TEST(QueueModelQueueTest, RemoveHasConditionsAndIsForEver) {
  Bench bench;
  bench.Publish(1);
  bench.Do(queue::Remove{.if_unused = false, .if_empty = true});
  EXPECT_EQ(bench.effects.remove, queue::RemoveResult::kNotEmpty);
  bench.Consume(1, 1);
  bench.Do(queue::Remove{.if_unused = true, .if_empty = false});
  EXPECT_EQ(bench.effects.remove, queue::RemoveResult::kInUse);
  const queue::Publish publish{.stamp = bench.Next(), .messages = {{}, {}}};
  bench.Do(queue::Remove{});
  EXPECT_EQ(bench.effects.remove, queue::RemoveResult::kRemoved);
  EXPECT_EQ(bench.model.LiveEntries().size(), 0U);
  bench.Do(publish);
  EXPECT_EQ(bench.effects.refused.size(), 2U);
  EXPECT_EQ(bench.effects.refused[0].reason, queue::Refusal::kRemoved);
  bench.Attach(5);
  EXPECT_EQ(bench.effects.sessions.at(0).kind, queue::SessionEventKind::kUnknown);
}

TEST(QueueModelQueueTest, MovedMessagesLieElsewhereAtTheSamePlace) {
  Bench bench;
  bench.Publish(3);
  const EntryIndex from = bench.index;
  bench.Do(queue::MoveSurvivors{.from = {{.entry = from, .slot = 2}, {.entry = from, .slot = 9}}});
  EXPECT_EQ(bench.model.messages().At(OrderKey(3)).position,
            (Position{.entry = bench.index, .slot = 0}));
  EXPECT_EQ(bench.model.LiveEntries().size(), 2U);
}

TEST(QueueModelQueueTest, ConfigurationThatIsNotValidHasNoEffect) {
  Bench bench;
  QueueConfig config;
  config.dead_letter_window = 0;
  config.max_length = 0;
  bench.Do(queue::Configure{.config = config});
  bench.Publish(1);
  EXPECT_EQ(bench.model.GetCounts().ready, 1U);
}

TEST(QueueModelQueueTest, TimeDoesNotGoBack) {
  Bench bench;
  bench.time = bench.time - 500;
  bench.Tick();
  EXPECT_EQ(bench.model.now(), bench.time + 500);
}

TEST(QueueModelViewTest, PeekAndListSeeWithoutTaking) {
  Bench bench;
  bench.PublishWith(1);
  bench.PublishWith(9);
  EXPECT_EQ(bench.model.Peek(0)->key, OrderKey(2));
  EXPECT_EQ(bench.model.Peek(1)->key, OrderKey(1));
  EXPECT_EQ(bench.model.Peek(2), std::nullopt);
  const queue::ListRequest request{
      .from = {}, .state = {}, .priority = Priority{1}, .messages_max = 5};
  ASSERT_EQ(bench.model.ListMessages(request).size(), 1U);
  EXPECT_EQ(bench.model.ListMessages(request)[0].key, OrderKey(1));
  EXPECT_EQ(bench.model.GetCounts().ready, 2U);
}

}  // namespace
}  // namespace warren::queue_model
