#include "queue/config.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::queue {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr Span kYear = 365 * 86'400 * kSecond;

// A refusal says which field, what it holds, and what it may hold.
auto Refuses(const std::string& text) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text));
}

absl::Status Validated(const std::function<void(QueueConfig&)>& change) {
  QueueConfig config;
  change(config);
  return config.Validate();
}

TEST(QueueConfigTest, DefaultsAreValid) { EXPECT_THAT(QueueConfig().Validate(), IsOk()); }

TEST(QueueConfigTest, LimitsOfLengthMayBeAnything) {
  for (const uint64_t limit : {uint64_t{0}, uint64_t{1}, UINT64_MAX}) {
    EXPECT_THAT(Validated([&](auto& c) { c.max_length = c.max_length_bytes = limit; }), IsOk());
  }
}

TEST(QueueConfigTest, MessageTtlMayBeZeroAndHasAnEnd) {
  EXPECT_THAT(Validated([](auto& c) { c.message_ttl = 0; }), IsOk());
  EXPECT_THAT(Validated([](auto& c) { c.message_ttl = kSpanMax; }), IsOk());
  EXPECT_THAT(Validated([](auto& c) { c.message_ttl = kSpanMax + 1; }),
              Refuses("message_ttl is 3153600000000001, must be from 0 to 3153600000000000"));
}

TEST(QueueConfigTest, QueueExpiresAfterAMillisecondToTenYears) {
  EXPECT_THAT(Validated([](auto& c) { c.expires = 999; }),
              Refuses("expires is 999, must be from 1000 to 315360000000000"));
  EXPECT_THAT(Validated([](auto& c) { c.expires = kMillisecond; }), IsOk());
  EXPECT_THAT(Validated([](auto& c) { c.expires = 10 * kYear; }), IsOk());
  EXPECT_THAT(Validated([](auto& c) { c.expires = 10 * kYear + 1; }), Refuses("expires is"));
}

TEST(QueueConfigTest, DeadLetterWindowHoldsOneAtLeast) {
  EXPECT_THAT(Validated([](auto& c) { c.dead_letter_window = 0; }),
              Refuses("dead_letter_window is 0, must be from 1 to 65536"));
  EXPECT_THAT(Validated([](auto& c) { c.dead_letter_window = 65'537; }),
              Refuses("dead_letter_window is 65537"));
}

TEST(QueueConfigTest, DeadLetterRetryRisesFromItsMinimum) {
  const auto set = [](Span low, Span high) {
    return Validated([&](auto& c) {
      c.dead_letter_retry_min = low;
      c.dead_letter_retry_max = high;
    });
  };
  EXPECT_THAT(set(5, 5), IsOk());
  EXPECT_THAT(set(5, 4), Refuses("dead_letter_retry_max is 4, must be at least "
                                 "dead_letter_retry_min, 5"));
  EXPECT_THAT(set(0, kSpanMax + 1), Refuses("dead_letter_retry_max is 3153600000000001"));
}

TEST(QueueConfigTest, DelayedRetryRisesFromItsMinimumIfItEnds) {
  const auto set = [](Span low, std::optional<Span> high) {
    return Validated([&](auto& c) {
      c.delayed_retry_min = low;
      c.delayed_retry_max = high;
    });
  };
  EXPECT_THAT(set(5, std::nullopt), IsOk());
  EXPECT_THAT(set(5, 5), IsOk());
  EXPECT_THAT(set(5, 4), Refuses("delayed_retry_max is 4, must be at least delayed_retry_min, 5"));
  EXPECT_THAT(set(kSpanMax + 1, std::nullopt), Refuses("delayed_retry_min is"));
}

TEST(QueueConfigTest, TimeoutsOfConsumersHaveAnEnd) {
  EXPECT_THAT(Validated([](auto& c) { c.consumer_timeout = std::nullopt; }), IsOk());
  EXPECT_THAT(Validated([](auto& c) { c.consumer_timeout = kSpanMax + 1; }),
              Refuses("consumer_timeout is"));
  EXPECT_THAT(Validated([](auto& c) { c.consumer_disconnected_timeout = kSpanMax + 1; }),
              Refuses("consumer_disconnected_timeout is"));
}

TEST(QueueConfigTest, ProducerLimitsHaveTheirBounds) {
  EXPECT_THAT(Validated([](auto& c) { c.producers.window = 63; }),
              Refuses("producers.window is 63, must be from 64 to 65536"));
  EXPECT_THAT(Validated([](auto& c) { c.producers.window = 65'537; }),
              Refuses("producers.window is 65537"));
  EXPECT_THAT(Validated([](auto& c) { c.producers.producers_max = 0; }),
              Refuses("producers.producers_max is 0, must be from 1 to 1048576"));
  EXPECT_THAT(Validated([](auto& c) { c.producers.expires = kSecond - 1; }),
              Refuses("producers.expires is 999999"));
  EXPECT_THAT(Validated([](auto& c) { c.producers.forgotten = c.producers.expires - 1; }),
              Refuses("must be at least producers.expires, 604800000000"));
}

TEST(QueueConfigTest, DeduplicationHasItsBounds) {
  const auto set = [](uint32_t cache_size, Span ttl) {
    return Validated([&](auto& c) { c.deduplication = {.cache_size = cache_size, .ttl = ttl}; });
  };
  EXPECT_THAT(set(1, 0), IsOk());
  EXPECT_THAT(set(1 << 20, kSpanMax), IsOk());
  EXPECT_THAT(set(0, 0), Refuses("deduplication.cache_size is 0, must be from 1 to 1048576"));
  EXPECT_THAT(set((1 << 20) + 1, 0), Refuses("deduplication.cache_size is 1048577"));
  EXPECT_THAT(set(1, kSpanMax + 1), Refuses("deduplication.ttl is"));
}

TEST(QueueConfigTest, ValuesOutsideAnEnumAreRefused) {
  EXPECT_THAT(Validated([](auto& c) { c.overflow = static_cast<Overflow>(3); }),
              Refuses("overflow is 3, must be at most 2"));
  EXPECT_THAT(Validated([](auto& c) { c.dead_letter = static_cast<DeadLetterStrategy>(3); }),
              Refuses("dead_letter is 3"));
  EXPECT_THAT(Validated([](auto& c) { c.delayed_retry = static_cast<DelayedRetry>(4); }),
              Refuses("delayed_retry is 4"));
}

TEST(QueueConfigTest, EveryFaultIsNamedAtOnce) {
  const absl::Status status = Validated([](auto& c) {
    c.expires = 0;
    c.dead_letter_window = 0;
    c.producers.window = 1;
    c.deduplication = {.cache_size = 0, .ttl = 0};
  });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               AllOf(HasSubstr("; dead_letter_window is 0"), HasSubstr("expires"),
                                     HasSubstr("; producers.window is 1"),
                                     HasSubstr("; deduplication.cache_size is 0"),
                                     Not(HasSubstr("overflow")))));
}

TEST(QueueConfigTest, WithoutMaxPriorityThereAre32LevelsAndUnsetIs4) {
  const QueueConfig config;
  EXPECT_EQ(config.LevelOf(std::nullopt), 4);
  EXPECT_EQ(config.LevelOf(0), 0);
  EXPECT_EQ(config.LevelOf(31), 31);
  EXPECT_EQ(config.LevelOf(32), 31);
  EXPECT_EQ(config.LevelOf(255), 31);
}

TEST(QueueConfigTest, MaxPriorityClampsAndUnsetIs0) {
  QueueConfig config;
  config.max_priority = 10;
  EXPECT_EQ(config.LevelOf(std::nullopt), 0);
  EXPECT_EQ(config.LevelOf(10), 10);
  EXPECT_EQ(config.LevelOf(11), 10);
  config.max_priority = 0;
  EXPECT_EQ(config.LevelOf(255), 0);
  config.max_priority = 255;
  EXPECT_EQ(config.LevelOf(255), 255);
}

}  // namespace
}  // namespace warren::queue
