#include "chaos/queue_model/setup.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace warren::queue_model {
namespace {

constexpr uint64_t kStream = 0x5153'4554'5550;  // Apart from what is drawn within the run.

template <typename T>
T OneOf(base::Rng& rng, std::initializer_list<T> choices) {
  return std::data(choices)[rng.Below(choices.size())];
}

Percent DrawPercent(base::Rng& rng) { return OneOf<Percent>(rng, {0, 0, 10, 40, 90}); }

void DrawLimits(base::Rng& rng, const RunSetup& setup, QueueConfig& config) {
  const uint64_t scale = std::max<uint64_t>(1, setup.batch_max / 2);
  const uint64_t length = rng.Between(0, 12 * scale);
  if (rng.OneIn(2)) config.max_length = length;
  const uint64_t bytes = rng.Between(0, 12 * scale * setup.size_max);
  if (rng.OneIn(3)) config.max_length_bytes = bytes;
  config.overflow = static_cast<queue::Overflow>(rng.Below(3));
}

void DrawDeaths(base::Rng& rng, const RunSetup& setup, QueueConfig& config) {
  config.dead_letter = static_cast<queue::DeadLetterStrategy>(rng.Below(3));
  config.dead_letter_window = static_cast<uint32_t>(rng.Between(1, 4));
  config.dead_letter_retry_min = rng.Between(0, 5) * setup.unit;
  config.dead_letter_retry_max = config.dead_letter_retry_min * rng.Between(1, 9);
  config.delivery_limit = OneOf<std::optional<uint32_t>>(rng, {std::nullopt, 0, 1, 2, 3, 20});
  config.delayed_retry = static_cast<queue::DelayedRetry>(rng.Below(4));
  config.delayed_retry_min = rng.Between(0, 5) * setup.unit;
  const Span most = config.delayed_retry_min * rng.Between(1, 4);
  if (rng.OneIn(2)) config.delayed_retry_max = most;
}

void DrawMemory(base::Rng& rng, const RunSetup& setup, QueueConfig& config) {
  config.producers.window = static_cast<uint32_t>(64 + OneOf<uint64_t>(rng, {0, 0, 1, 36}));
  config.producers.producers_max = static_cast<uint32_t>(rng.Between(1, 5));
  config.producers.expires = rng.Between(1, 2) * queue::kSecond;
  config.producers.forgotten = config.producers.expires * rng.Between(1, 3);
  const auto ids = static_cast<uint32_t>(rng.Between(1, 8));
  const Span ttl = OneOf<uint64_t>(rng, {0, 0, 3, 10}) * setup.unit;
  if (setup.with_id > 0 && !rng.OneIn(4)) config.deduplication = {.cache_size = ids, .ttl = ttl};
}

void DrawWeights(base::Rng& rng, RunSetup& setup) {
  static constexpr std::array<uint64_t, kActs> kUsual = {30, 25, 4, 4, 1, 1, 2, 5, 2, 5,
                                                         5,  1,  1, 1, 1, 1, 1, 5, 2, 1};
  for (size_t i = 0; i < kActs; ++i) {
    setup.weights[i] = kUsual[i] * 4 * OneOf<uint64_t>(rng, {0, 1, 1, 1, 3});
  }
  const auto at_least = [&](Act act, uint64_t weight) {
    uint64_t& present = setup.weights[static_cast<size_t>(act)];
    present = std::max(present, weight);
  };
  at_least(Act::kPublish, 60);
  at_least(Act::kAttachSession, 4);
  if (!rng.OneIn(5)) at_least(Act::kSettle, 40);
  if (!rng.OneIn(5)) at_least(Act::kAttachConsumer, 8);
  // A purged queue is a dull one, a removed one even more so.
  setup.weights[static_cast<size_t>(Act::kPurge)] = rng.OneIn(4) ? 2 : 0;
  setup.weights[static_cast<size_t>(Act::kRemove)] = rng.OneIn(4) ? 2 : 0;
}

// A few runs have more at a time than one Apply may work off.
void DrawScale(base::Rng& rng, RunSetup& setup) {
  const bool is_large = rng.OneIn(20);
  setup.batch_max = is_large ? queue::kSlotsMax : OneOf<uint64_t>(rng, {1, 2, 4, 8, 20});
  setup.commands = is_large ? 350 : rng.Between(300, 1500);
  setup.sessions_max = rng.Between(1, is_large ? 2 : 5);
  setup.consumers_max = rng.Between(1, is_large ? 2 : 5);
  setup.prefetch_max = is_large ? 2000 : OneOf<uint64_t>(rng, {1, 3, 3, 10});
  setup.size_max = OneOf<uint64_t>(rng, {1, 20, 1000});
  setup.one_size = rng.OneIn(2);
  setup.unit = OneOf<Span>(rng, {1, queue::kMillisecond, queue::kMillisecond, queue::kSecond});
  setup.log_gap_max = OneOf<uint64_t>(rng, {1, 1, 3, 40});
}

}  // namespace

QueueConfig DrawConfig(base::Rng& rng, const RunSetup& setup) {
  QueueConfig config;
  config.max_priority = OneOf<std::optional<Priority>>(rng, {std::nullopt, 0, 3, 255});
  const Span ttl = OneOf<uint64_t>(rng, {0, 1, 3, 10, 10, 100}) * setup.unit;
  if (rng.OneIn(3)) config.message_ttl = ttl;
  const Span expires =
      std::max(queue::kMillisecond, OneOf<uint64_t>(rng, {1, 5, 30, 20'000}) * setup.unit);
  if (rng.OneIn(4)) config.expires = expires;
  DrawLimits(rng, setup, config);
  DrawDeaths(rng, setup, config);
  DrawMemory(rng, setup, config);
  config.single_active_consumer = rng.OneIn(3);
  config.consumer_timeout = OneOf<std::optional<Span>>(
      rng, {std::nullopt, 1800 * queue::kSecond, 5 * setup.unit, 30 * setup.unit});
  config.consumer_disconnected_timeout =
      OneOf<Span>(rng, {0, 5 * setup.unit, 20 * setup.unit, 60 * queue::kSecond});
  config.depth_threshold = OneOf<uint64_t>(rng, {0, 1, 3, 8});
  return config;
}

RunSetup DrawSetup(uint64_t seed) {
  base::Rng rng(seed, kStream);
  RunSetup setup;
  setup.seed = seed;
  DrawScale(rng, setup);
  setup.with_priority = DrawPercent(rng);
  setup.with_ttl = DrawPercent(rng);
  setup.with_delay = DrawPercent(rng);
  setup.with_producer = DrawPercent(rng);
  setup.with_id = DrawPercent(rng);
  setup.strange = OneOf<Percent>(rng, {0, 2, 10});
  setup.time_stands = OneOf<Percent>(rng, {20, 50, 90});
  // Much must pile up, and then be due at once.
  if (setup.batch_max == queue::kSlotsMax) setup.time_stands = 94;
  setup.restores = OneOf<Percent>(rng, {0, 2, 10});
  DrawWeights(rng, setup);
  setup.config = DrawConfig(rng, setup);
  return setup;
}

}  // namespace warren::queue_model
