#include "queue/command_codec_io.h"
#include "queue/config.h"

namespace warren::queue::codec_internal {
namespace {

// In the order of queue/config.h. `Config` is const for a writer.
template <typename Io, typename Config>
void ConfigFields(Io& io, Config& config) {
  const auto span = [](Io& to, auto& value) { to.Bounded(value); };
  const auto number = [](Io& to, auto& value) { to.Number(value); };
  io.Optional(config.max_priority, [](Io& to, auto& value) {
    if constexpr (Io::kReads) {
      value = to.Byte();
    } else {
      to.Byte(value);
    }
  });
  io.Optional(config.message_ttl, span);
  io.Optional(config.expires, span);
  io.Optional(config.max_length, number);
  io.Optional(config.max_length_bytes, number);
  io.Choice(config.overflow, Overflow::kRejectPublishDlx);
  io.Choice(config.dead_letter, DeadLetterStrategy::kAtLeastOnce);
  io.Number32(config.dead_letter_window);
  io.Bounded(config.dead_letter_retry_min);
  io.Bounded(config.dead_letter_retry_max);
  io.Optional(config.delivery_limit, [](Io& to, auto& value) { to.Number32(value); });
  io.Choice(config.delayed_retry, DelayedRetry::kReturned);
  io.Bounded(config.delayed_retry_min);
  io.Optional(config.delayed_retry_max, span);
  io.Flags(config.single_active_consumer);
  io.Optional(config.consumer_timeout, span);
  io.Bounded(config.consumer_disconnected_timeout);
  io.Number32(config.producers.window);
  io.Number32(config.producers.producers_max);
  io.Bounded(config.producers.expires);
  io.Bounded(config.producers.forgotten);
  io.Optional(config.deduplication, [](Io& to, auto& deduplication) {
    to.Number32(deduplication.cache_size);
    to.Bounded(deduplication.ttl);
  });
  io.Number(config.depth_threshold);
}

}  // namespace

void Fields(Writer& out, const Configure& configure) { ConfigFields(out, configure.config); }
void Fields(Parser& in, Configure& configure) { ConfigFields(in, configure.config); }

}  // namespace warren::queue::codec_internal
