// What the driver brings into the queue, and how it changes what is there.
#include <algorithm>

#include "chaos/queue_model/driver.h"
#include "fmt/format.h"

namespace warren::queue_model {

using queue::NewMessage;

queue::Publish Driver::DrawPublish() {
  queue::Publish publish{.stamp = NextStamp(), .messages = {}};
  const uint64_t size = rng_.OneIn(2) ? 1 : rng_.Between(1, setup_.batch_max);
  for (uint64_t i = 0; i < size; ++i) publish.messages.push_back(DrawMessage());
  return publish;
}

NewMessage Driver::DrawMessage() {
  NewMessage message;
  const uint64_t most = model_->config().max_priority.value_or(31);
  const uint64_t priority =
      rng_.OneIn(8) ? rng_.Below(256) : rng_.Below(std::min<uint64_t>(most + 2, 256));
  if (Happens(setup_.with_priority)) message.priority = static_cast<Priority>(priority);
  const Span ttl = rng_.Below(6) * setup_.unit;
  if (Happens(setup_.with_ttl)) message.ttl = ttl;
  const Span delay = rng_.Between(1, 8) * setup_.unit;
  if (Happens(setup_.with_delay)) message.delay = delay;
  const uint64_t size = rng_.Between(0, setup_.size_max);
  message.size = static_cast<uint32_t>(setup_.one_size ? setup_.size_max : size);
  message.persistent = rng_.OneIn(2);
  if (Happens(setup_.with_producer)) message.producer = DrawProducer();
  if (Happens(setup_.with_id)) {
    message.deduplication_id = base::Bytes::Copy(fmt::format("id{}", rng_.Below(12)));
  }
  return message;
}

queue::ProducerStamp Driver::DrawProducer() {
  const uint64_t name = rng_.Below(6);
  ProducerMemory& memory = producers_[name];
  if (rng_.OneIn(40)) {
    ++memory.epoch;
    memory.sequence = 0;
  }
  queue::ProducerStamp stamp{.producer = base::Bytes::Copy(fmt::format("p{}", name)),
                             .epoch = memory.epoch};
  const uint64_t kind = rng_.Below(12);
  if (kind < 7) {
    stamp.sequence = memory.sequence += rng_.Between(1, 3);
  } else if (kind == 7) {
    stamp.sequence = memory.sequence += rng_.Between(30, 100);
  } else {
    // What was sent before, what came late, what is too old.
    const uint64_t back = rng_.Below(kind == 8 ? 120 : 6);
    stamp.sequence = memory.sequence - std::min(memory.sequence, back);
  }
  const uint64_t back = rng_.Below(8);
  if (rng_.OneIn(4)) stamp.floor = stamp.sequence - std::min(stamp.sequence, back);
  if (rng_.OneIn(50)) ++stamp.floor;
  if (rng_.OneIn(40) && stamp.epoch > 0) --stamp.epoch;
  return stamp;
}

queue::Configure Driver::DrawConfigure() {
  const QueueConfig drawn = DrawConfig(rng_, setup_);
  QueueConfig config = model_->config();
  if (rng_.OneIn(2)) config.max_priority = drawn.max_priority;
  if (rng_.OneIn(2)) config.message_ttl = drawn.message_ttl;
  if (rng_.OneIn(2)) config.expires = drawn.expires;
  if (rng_.OneIn(2)) {
    config.max_length = drawn.max_length;
    config.max_length_bytes = drawn.max_length_bytes;
  }
  if (rng_.OneIn(2)) config.overflow = drawn.overflow;
  if (rng_.OneIn(2)) config.dead_letter = drawn.dead_letter;
  if (rng_.OneIn(2)) config.dead_letter_window = drawn.dead_letter_window;
  if (rng_.OneIn(2)) config.delivery_limit = drawn.delivery_limit;
  if (rng_.OneIn(2)) {
    config.delayed_retry = drawn.delayed_retry;
    config.delayed_retry_min = drawn.delayed_retry_min;
    config.delayed_retry_max = drawn.delayed_retry_max;
  }
  if (rng_.OneIn(2)) config.single_active_consumer = drawn.single_active_consumer;
  if (rng_.OneIn(2)) config.consumer_timeout = drawn.consumer_timeout;
  if (rng_.OneIn(2)) {
    config.consumer_disconnected_timeout = drawn.consumer_disconnected_timeout;
  }
  if (rng_.OneIn(2)) config.producers = drawn.producers;
  if (rng_.OneIn(2)) config.deduplication = drawn.deduplication;
  if (rng_.OneIn(2)) config.depth_threshold = drawn.depth_threshold;
  if (rng_.OneIn(10)) config.dead_letter_window = 0;  // Not valid.
  return {.config = config};
}

queue::MoveSurvivors Driver::DrawMove() {
  queue::MoveSurvivors move;
  std::vector<Position> live;
  for (const EntryIndex entry : model_->LiveEntries()) {
    const std::vector<Position> there = model_->LivePositionsIn(entry);
    live.insert(live.end(), there.begin(), there.end());
    if (live.size() > queue::kSlotsMax) break;
  }
  const uint64_t most = rng_.Between(1, 20);
  for (const Position position : live) {
    if (rng_.OneIn(2)) move.from.push_back(position);
    if (rng_.OneIn(10)) move.from.push_back({.entry = position.entry, .slot = 255});
    if (move.from.size() >= most) break;
  }
  // What is not there (any more).
  if (move.from.empty()) move.from.push_back({.entry = index_ - 1, .slot = 0});
  return move;
}

queue::CancelDelayed Driver::DrawCancelDelayed() {
  queue::CancelDelayed cancel;
  for (const auto& [key, delayed] : model_->messages().delayed()) {
    if (rng_.OneIn(3)) cancel.keys.push_back(key);
    if (cancel.keys.size() == 8) break;
  }
  if (cancel.keys.empty() || rng_.OneIn(4)) cancel.keys.push_back(DelayKey(rng_.Between(1, 20)));
  return cancel;
}

}  // namespace warren::queue_model
