// What is sent twice is stored once.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// ---- Producers ----------------------------------------------------------------------------------

TEST(MachineProducerTest, ASequenceSentAgainIsADuplicateAndNoRefusal) {
  MachineFixture queue;
  queue.Publish({{.producer = From("p", 1)}, {.producer = From("p", 2)}});
  queue.Publish({{.producer = From("p", 2)}, {.producer = From("p", 3)}});
  EXPECT_THAT(queue.Refusals(), IsEmpty());
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3));
}

TEST(MachineProducerTest, ItIsADuplicateAlsoWhenTheFirstIsLongGone) {
  MachineFixture queue;
  queue.Attach(kAnna, {.auto_settle = true, .prefetch = 1});
  queue.Publish({{.producer = From("p", 1)}});
  queue.Publish({{.producer = From("p", 1)}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  EXPECT_THAT(queue.Got(kAnna), ElementsAre(1));
}

TEST(MachineProducerTest, DuplicatesWithinOneBatchAreFound) {
  MachineFixture queue;
  queue.Publish({{.producer = From("p", 1)}, {.producer = From("p", 1)}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineProducerTest, GapsAndDisorderAreNoDuplicates) {
  MachineFixture queue;
  for (const uint64_t sequence : {10u, 5u, 7u, 100u}) {
    queue.Publish({{.producer = From("p", sequence)}});
    EXPECT_EQ(queue.effects().published.at(0).duplicates, 0u);
  }
  EXPECT_EQ(queue.counts().ready, 4u);
}

TEST(MachineProducerTest, ProducersAreToldApart) {
  MachineFixture queue;
  queue.Publish({{.producer = From("p", 1)}, {.producer = From("q", 1)}});
  EXPECT_EQ(queue.counts().ready, 2u);
  EXPECT_EQ(queue.counts().producers, 2u);
}

TEST(MachineProducerTest, AnOlderEpochIsFencedAndANewerStartsAnew) {
  MachineFixture queue;
  queue.Publish({{.producer = From("p", 1, /*epoch=*/1)}});
  queue.Publish({{.producer = From("p", 1, /*epoch=*/2)}});
  EXPECT_EQ(queue.counts().ready, 2u);
  queue.Publish({{.producer = From("p", 2, /*epoch=*/1)}});
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kProducerFenced));
}

TEST(MachineProducerTest, BelowTheWindowItCannotBeTold) {
  QueueConfig config;
  config.producers.window = 64;
  MachineFixture queue(config);
  queue.Publish({{.producer = From("p", 100)}});
  queue.Publish({{.producer = From("p", 36)}, {.producer = From("p", 37)}});
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{0, Refusal::kSequenceTooOld}));
  EXPECT_EQ(queue.counts().ready, 2u);
}

TEST(MachineProducerTest, BelowTheFloorItCannotBeTold) {
  MachineFixture queue;
  queue.Publish({{.producer = From("p", 10, 1, /*floor=*/10)}});
  queue.Publish({{.producer = From("p", 9)}});
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kSequenceTooOld));
}

TEST(MachineProducerTest, WhatWasRefusedForLengthMayBeSentAgain) {
  QueueConfig config;
  config.max_length = 0;
  config.overflow = Overflow::kRejectPublish;
  MachineFixture queue(config);
  queue.Publish({{.producer = From("p", 1)}});
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kLength));
  queue.Configure(QueueConfig());
  queue.Publish({{.producer = From("p", 1)}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 0u);
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineProducerTest, OneTooManyIsRefused) {
  QueueConfig config;
  config.producers.producers_max = 1;
  MachineFixture queue(config);
  queue.Publish({{.producer = From("p", 1)}, {.producer = From("q", 1)}});
  EXPECT_THAT(queue.effects().refused, ElementsAre(RefusedMessage{1, Refusal::kTooManyProducers}));
}

TEST(MachineProducerTest, AnExpiredOneIsTurnedAwayUntilItIsForgotten) {
  QueueConfig config;
  config.producers.expires = 10 * kSecond;
  config.producers.forgotten = 20 * kSecond;
  MachineFixture queue(config);
  queue.Publish({{.producer = From("p", 1)}});
  queue.Pass(10 * kSecond);
  EXPECT_EQ(queue.counts().producers, 0u);
  queue.Publish({{.producer = From("p", 2)}});
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kProducerExpired));
  queue.Pass(10 * kSecond);
  queue.Publish({{.producer = From("p", 2)}});
  EXPECT_THAT(queue.Refusals(), IsEmpty());
}

TEST(MachineProducerTest, AnExpiredOneMayStartANewEpoch) {
  QueueConfig config;
  config.producers.expires = 10 * kSecond;
  MachineFixture queue(config);
  queue.Publish({{.producer = From("p", 1, 1)}});
  queue.Pass(10 * kSecond);
  queue.Publish({{.producer = From("p", 1, 2)}});
  EXPECT_THAT(queue.Refusals(), IsEmpty());
  EXPECT_EQ(queue.counts().ready, 2u);
}

TEST(MachineProducerTest, DelayedMessagesAreTakenOnceToo) {
  MachineFixture queue;
  queue.Publish({{.delay = kSecond, .producer = From("p", 1)}});
  queue.Publish({{.delay = kSecond, .producer = From("p", 1)}});
  EXPECT_EQ(queue.counts().delayed, 1u);
}

TEST(MachineProducerTest, WhatProducersSentSurvivesASnapshot) {
  MachineFixture queue;
  for (const uint64_t sequence : {1u, 2u, 5u, 900u}) {
    queue.Publish({{.producer = From("p", sequence)}});
  }
  queue.Restore();
  for (const uint64_t sequence : {1u, 2u, 5u, 900u}) {
    queue.Publish({{.producer = From("p", sequence)}});
    EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u) << sequence;
  }
  queue.Publish({{.producer = From("p", 3)}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 0u);
}

TEST(MachineProducerTest, AWholeBatchSentByAnotherSessionIsStoredOnce) {
  MachineFixture queue;
  std::vector<Message> batch;
  for (uint64_t sequence = 1; sequence <= 256; ++sequence) {
    batch.push_back({.producer = From("p", sequence)});
  }
  queue.Publish(batch);
  queue.Detach(kPublisher);  // The application's connection broke before the answer came.
  queue.Publish(batch);
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 256u);
  EXPECT_EQ(queue.counts().ready, 256u);
}

// ---- Deduplication by a header ------------------------------------------------------------------

QueueConfig Deduplicating(uint32_t cache_size = 100, Span ttl = 0) {
  QueueConfig config;
  config.deduplication = DeduplicationConfig{.cache_size = cache_size, .ttl = ttl};
  return config;
}

TEST(MachineDeduplicationTest, AnIdThatIsRememberedIsADuplicate) {
  MachineFixture queue(Deduplicating());
  queue.Publish({{.id = "a"}, {.id = "b"}, {.id = "a"}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2));
  EXPECT_EQ(queue.counts().deduplication_ids, 2u);
}

TEST(MachineDeduplicationTest, WithoutConfigurationIdsMeanNothing) {
  MachineFixture queue;
  queue.Publish({{.id = "a"}, {.id = "a"}});
  EXPECT_EQ(queue.counts().ready, 2u);
}

TEST(MachineDeduplicationTest, MessagesWithoutIdAreNotCompared) {
  MachineFixture queue(Deduplicating());
  queue.PublishMany(3);
  EXPECT_EQ(queue.counts().ready, 3u);
}

TEST(MachineDeduplicationTest, TheOldestIdGoesFirst) {
  MachineFixture queue(Deduplicating(2));
  queue.Publish({{.id = "a"}, {.id = "b"}, {.id = "a"}, {.id = "c"}});  // "a" is not renewed.
  queue.Publish({{.id = "a"}, {.id = "c"}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  EXPECT_EQ(queue.counts().ready, 4u);
}

TEST(MachineDeduplicationTest, IdsAreForgottenAfterTheirTime) {
  MachineFixture queue(Deduplicating(100, kSecond));
  queue.Publish({{.id = "a"}});
  queue.Pass(kSecond - 1);
  queue.Publish({{.id = "a"}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  queue.Pass(1);
  EXPECT_EQ(queue.counts().deduplication_ids, 0u);
  queue.Publish({{.id = "a"}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 0u);
}

TEST(MachineDeduplicationTest, WhatWasRefusedIsNotRemembered) {
  QueueConfig config = Deduplicating();
  config.max_length = 0;
  config.overflow = Overflow::kRejectPublish;
  MachineFixture queue(config);
  queue.Publish({{.id = "a"}});
  queue.Configure(Deduplicating());
  queue.Publish({{.id = "a"}});
  EXPECT_EQ(queue.counts().ready, 1u);
}

TEST(MachineDeduplicationTest, SwitchedOffItForgetsAllIds) {
  MachineFixture queue(Deduplicating());
  queue.Publish({{.id = "a"}});
  queue.Configure(QueueConfig());
  queue.Configure(Deduplicating());
  queue.Publish({{.id = "a"}});
  EXPECT_EQ(queue.counts().ready, 2u);
}

TEST(MachineDeduplicationTest, IdsSurviveASnapshotInTheirOrder) {
  MachineFixture queue(Deduplicating(2));
  queue.Publish({{.id = "a"}, {.id = "b"}});
  queue.Restore();
  queue.Publish({{.id = "c"}, {.id = "b"}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  queue.Publish({{.id = "a"}});
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 0u);
}

TEST(MachineDeduplicationTest, AProducersSequenceIsJudgedFirst) {
  MachineFixture queue(Deduplicating());
  queue.Publish({{.producer = From("p", 1), .id = "a"}});
  queue.Publish({{.producer = From("p", 2), .id = "a"}});  // New by sequence, known by id.
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 1u);
  queue.Publish({{.producer = From("p", 2), .id = "b"}});  // 2 was not stored.
  EXPECT_EQ(queue.effects().published.at(0).duplicates, 0u);
  EXPECT_EQ(queue.counts().ready, 2u);
}

}  // namespace
}  // namespace warren::queue::testing
