// What comes into the queue, and what is kept out of it.
#include <gtest/gtest.h>

#include "chaos/queue_model/testing/bench.h"

namespace warren::queue_model {
namespace {

using queue::Refusal;
using queue::SessionEventKind;

queue::NewMessage Sequenced(uint64_t sequence, uint64_t epoch = 1, uint64_t floor = 0) {
  queue::NewMessage message = Bench::Message();
  message.producer = {
      .producer = base::Bytes::Copy("p"), .epoch = epoch, .sequence = sequence, .floor = floor};
  return message;
}
queue::NewMessage Named(std::string_view id) {
  queue::NewMessage message = Bench::Message();
  message.deduplication_id = base::Bytes::Copy(id);
  return message;
}

// The outcome of publishing one message: its refusal, or whether it was a duplicate.
struct Outcome {
  Refusal refusal = Refusal::kNone;
  bool duplicate = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
Outcome PublishOne(Bench& bench, const queue::NewMessage& message) {
  const Effects& effects = bench.Publish({message});
  return {.refusal = effects.refused.empty() ? Refusal::kNone : effects.refused[0].reason,
          .duplicate = effects.published.at(0).duplicates == 1};
}
const Outcome kStored{.refusal = Refusal::kNone, .duplicate = false};
const Outcome kDuplicate{.refusal = Refusal::kNone, .duplicate = true};
Outcome Refused(Refusal why) { return {.refusal = why, .duplicate = false}; }

TEST(QueueModelPublishTest, RepeatedBatchIsAnsweredAgainWithTheSameRefusals) {
  QueueConfig config;
  config.max_length = 1;
  config.overflow = queue::Overflow::kRejectPublish;
  Bench bench(config);
  const queue::Publish publish{.stamp = bench.Next(), .messages = {Bench::Message(), {}, {}}};
  bench.Do(publish);
  const std::vector<queue::RefusedMessage> refused = bench.effects.refused;
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[0], (queue::RefusedMessage{.slot = 1, .reason = Refusal::kLength}));
  bench.Do(publish);
  EXPECT_EQ(bench.effects.refused, refused);
  EXPECT_EQ(bench.model.GetCounts().ready, 1U);

  queue::Stamp next = bench.Next();
  next.answered = publish.stamp.number;
  bench.Do(queue::Get{.stamp = next, .auto_settle = false});
  bench.Do(publish);
  EXPECT_TRUE(bench.effects.refused.empty());
}

TEST(QueueModelPublishTest, GapsOldEpochsAndStrangersAreTold) {
  Bench bench;
  queue::Stamp stamp = bench.Next();
  stamp.number = stamp.number + 1;
  bench.Do(queue::Publish{.stamp = stamp, .messages = {{}}});
  EXPECT_EQ(bench.effects.sessions.at(0).kind, SessionEventKind::kGap);
  EXPECT_EQ(bench.effects.sessions.at(0).number, SessionNumber(1));
  stamp.epoch = SessionEpoch(0);
  bench.Do(queue::Publish{.stamp = stamp, .messages = {{}}});
  EXPECT_EQ(bench.effects.sessions.at(0).kind, SessionEventKind::kFenced);
  EXPECT_EQ(bench.effects.sessions.at(0).epoch, SessionEpoch(1));
  stamp.session = SessionId(7);
  bench.Do(queue::Publish{.stamp = stamp, .messages = {{}}});
  EXPECT_EQ(bench.effects.sessions.at(0).kind, SessionEventKind::kUnknown);
  EXPECT_TRUE(bench.effects.published.empty());
}

TEST(QueueModelPublishTest, RejectingIsExactAndCountsNotWhatConsumersTake) {
  QueueConfig config;
  config.max_length = 2;
  config.overflow = queue::Overflow::kRejectPublish;
  Bench bench(config);
  bench.Consume(1, 1);
  bench.Publish(4);
  ASSERT_EQ(bench.effects.refused.size(), 1U);
  EXPECT_EQ(bench.effects.refused[0].slot, 3U);
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 1), 1}}));
  EXPECT_EQ(bench.effects.departures.max_length, 1U);
}

TEST(QueueModelPublishTest, RejectingByBytes) {
  QueueConfig config;
  config.max_length_bytes = 10;
  config.overflow = queue::Overflow::kRejectPublish;
  Bench bench(config);
  bench.Publish({Bench::Message(6), Bench::Message(5), Bench::Message(4)});
  ASSERT_EQ(bench.effects.refused.size(), 1U);
  EXPECT_EQ(bench.effects.refused[0].slot, 1U);
}

TEST(QueueModelPublishTest, RejectPublishDlxTellsOfWhatItRefused) {
  QueueConfig config;
  config.max_length = 0;
  config.overflow = queue::Overflow::kRejectPublishDlx;
  config.dead_letter = queue::DeadLetterStrategy::kAtMostOnce;
  Bench bench(config);
  bench.Publish(1);
  ASSERT_EQ(bench.effects.dead_letters.size(), 1U);
  EXPECT_EQ(bench.effects.dead_letters[0].key, OrderKey(0));
  EXPECT_EQ(bench.effects.dead_letters[0].reason, DeathReason::kMaxLength);
  EXPECT_FALSE(bench.effects.dead_letters[0].confirm);
}

TEST(QueueModelPublishTest, DropHeadDropsTheOldestOfTheLowestLevel) {
  QueueConfig config;
  config.max_priority = 5;
  config.max_length = 2;
  Bench bench(config);
  bench.PublishWith(3);
  bench.PublishWith(1);
  bench.PublishWith(1);
  EXPECT_EQ(bench.effects.departures.max_length, 1U);
  EXPECT_FALSE(bench.model.messages().all().contains(OrderKey(2)));
  EXPECT_TRUE(bench.model.messages().all().contains(OrderKey(1)));
}

TEST(QueueModelPublishTest, DropHeadGoesOnInTheNextApplies) {
  Bench bench;
  for (int i = 0; i < 5; ++i) bench.Publish(256);
  QueueConfig config;
  config.max_length = 0;
  bench.Do(queue::Configure{.config = config});
  EXPECT_EQ(bench.effects.departures.max_length, kWorkMax);
  EXPECT_EQ(bench.model.NextDeadline(), bench.model.now());
  bench.Tick();
  EXPECT_EQ(bench.model.GetCounts().ready, 0U);
}

TEST(QueueModelProducerTest, SeenIsDuplicateAndLateButUnseenIsTaken) {
  Bench bench;
  EXPECT_EQ(PublishOne(bench, Sequenced(10)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(10)), kDuplicate);
  EXPECT_EQ(PublishOne(bench, Sequenced(7)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(7)), kDuplicate);
}

TEST(QueueModelProducerTest, WhatCannotBeToldIsRefused) {
  QueueConfig config;
  config.producers.window = 64;
  Bench bench(config);
  EXPECT_EQ(PublishOne(bench, Sequenced(100)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(36)), Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(PublishOne(bench, Sequenced(37)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(99, 1, 98)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(97)), Refused(Refusal::kSequenceTooOld));
}

TEST(QueueModelProducerTest, LargerWindowDoesNotReopenWhatWasForgotten) {
  QueueConfig config;
  config.producers.window = 64;
  Bench bench(config);
  EXPECT_EQ(PublishOne(bench, Sequenced(10)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(100)), kStored);
  config.producers.window = 128;
  bench.Do(queue::Configure{.config = config});
  EXPECT_EQ(PublishOne(bench, Sequenced(10)), Refused(Refusal::kSequenceTooOld));
}

TEST(QueueModelProducerTest, OldEpochIsFencedAndNewOneStartsAnew) {
  Bench bench;
  EXPECT_EQ(PublishOne(bench, Sequenced(5, 2)), kStored);
  EXPECT_EQ(PublishOne(bench, Sequenced(6, 1)), Refused(Refusal::kProducerFenced));
  EXPECT_EQ(PublishOne(bench, Sequenced(5, 3)), kStored);
}

TEST(QueueModelProducerTest, ExpiresAndIsForgottenLater) {
  QueueConfig config;
  config.producers.expires = queue::kSecond;
  config.producers.forgotten = 3 * queue::kSecond;
  Bench bench(config);
  EXPECT_EQ(PublishOne(bench, Sequenced(5)), kStored);
  bench.Wait(queue::kSecond);
  EXPECT_EQ(PublishOne(bench, Sequenced(6)), Refused(Refusal::kProducerExpired));
  EXPECT_EQ(bench.model.GetCounts().producers, 0U);
  bench.Wait(2 * queue::kSecond);
  EXPECT_EQ(PublishOne(bench, Sequenced(5)), kStored);
}

TEST(QueueModelProducerTest, TableIsBounded) {
  QueueConfig config;
  config.producers.producers_max = 1;
  Bench bench(config);
  EXPECT_EQ(PublishOne(bench, Sequenced(1)), kStored);
  queue::NewMessage other = Sequenced(1);
  other.producer->producer = base::Bytes::Copy("q");
  EXPECT_EQ(PublishOne(bench, other), Refused(Refusal::kTooManyProducers));
}

TEST(QueueModelProducerTest, WhatWasRefusedForLengthMayBeSentAgain) {
  QueueConfig config;
  config.max_length = 0;
  config.overflow = queue::Overflow::kRejectPublish;
  Bench bench(config);
  EXPECT_EQ(PublishOne(bench, Sequenced(1)), Refused(Refusal::kLength));
  config.max_length = 1;
  bench.Do(queue::Configure{.config = config});
  EXPECT_EQ(PublishOne(bench, Sequenced(1)), kStored);
}

TEST(QueueModelDeduplicationTest, RemembersSoManyAndSoLong) {
  QueueConfig config;
  config.deduplication = {.cache_size = 2, .ttl = queue::kSecond};
  Bench bench(config);
  EXPECT_EQ(PublishOne(bench, Named("a")), kStored);
  EXPECT_EQ(PublishOne(bench, Named("b")), kStored);
  EXPECT_EQ(PublishOne(bench, Named("a")), kDuplicate);  // Which does not renew it.
  EXPECT_EQ(PublishOne(bench, Named("c")), kStored);
  EXPECT_EQ(PublishOne(bench, Named("a")), kStored);
  bench.Wait(queue::kSecond);
  EXPECT_EQ(PublishOne(bench, Named("a")), kStored);
}

TEST(QueueModelDelayTest, IsListedCancelledAndReleased) {
  Bench bench;
  queue::NewMessage late = Bench::Message();
  late.delay = 20;
  queue::NewMessage soon = Bench::Message();
  soon.delay = 10;
  bench.Publish({late, soon, late});
  EXPECT_EQ(bench.model.GetCounts().delayed, 3U);
  EXPECT_EQ(bench.model.LiveEntries(), std::set<EntryIndex>{bench.index});
  bench.Do(queue::CancelDelayed{.keys = {DelayKey(3), DelayKey(9)}});
  EXPECT_EQ(bench.effects.cancelled_delayed, 1U);
  EXPECT_EQ(bench.model.NextDeadline(), bench.time + 10);
  bench.Wait(20).Tick();
  // In the order in which they became available.
  EXPECT_EQ(bench.model.messages().At(OrderKey(1)).position.slot, 1U);
  EXPECT_EQ(bench.model.messages().At(OrderKey(2)).position.slot, 0U);
}

TEST(QueueModelExpiryTest, SmallerTtlWinsAndZeroIsNowOrNever) {
  QueueConfig config;
  config.message_ttl = 100;
  Bench bench(config);
  queue::NewMessage message = Bench::Message();
  message.ttl = 10;
  bench.Publish({message});
  EXPECT_EQ(bench.model.messages().At(OrderKey(1)).expires, bench.time + 10);
  bench.Wait(10).Tick();
  EXPECT_EQ(bench.effects.departures.expired, 1U);
  message.ttl = 0;
  bench.Publish({message});
  EXPECT_EQ(bench.effects.departures.expired, 1U);
  bench.Consume(1, 1);
  bench.Publish({message, message});
  EXPECT_EQ(bench.Sent(), (Sent{{Bench::Id(1, 1), 3}}));
  EXPECT_EQ(bench.effects.departures.expired, 1U);
}

TEST(QueueModelExpiryTest, ExpiredWorkIsSpread) {
  Bench bench;
  queue::NewMessage message = Bench::Message();
  message.ttl = 5;
  for (int i = 0; i < 5; ++i) bench.Publish(std::vector<queue::NewMessage>(256, message));
  bench.Wait(6).Tick();
  EXPECT_EQ(bench.effects.departures.expired, kWorkMax);
  // What is left over is not served.
  bench.Consume(1, 0);
  EXPECT_EQ(bench.effects.departures.expired, 256U);
  EXPECT_TRUE(bench.Sent().empty());
}

}  // namespace
}  // namespace warren::queue_model
