#include "queue/testing/random_command.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "queue/command_codec.h"

namespace warren::queue::testing {
namespace {

uint64_t Bounded(base::Rng& rng) { return AnyNumber(rng, kCommandOrdinalMax); }
uint32_t Any32(base::Rng& rng) { return static_cast<uint32_t>(AnyNumber(rng, UINT32_MAX)); }
template <typename T>
T AnyPlace(base::Rng& rng) {
  return T(Bounded(rng));
}
template <typename T>
T AnyName(base::Rng& rng) {
  return T(AnyNumber(rng, UINT64_MAX));
}
template <typename Enum>
Enum AnyChoice(base::Rng& rng, Enum last) {
  return static_cast<Enum>(rng.Below(static_cast<uint64_t>(last) + 1));
}
std::optional<uint64_t> AnySpanOrNone(base::Rng& rng) {
  const uint64_t span = Bounded(rng);
  return rng.OneIn(2) ? std::optional<uint64_t>(span) : std::nullopt;
}

base::Bytes AnyId(base::Rng& rng, size_t size_min, size_t size_max) {
  std::string id(rng.OneIn(8) ? rng.Between(size_min, size_max) : size_min + rng.Below(8), '\0');
  for (char& byte : id) byte = static_cast<char>(rng.Next());
  return base::Bytes::Copy(id);
}

Stamp AnyStamp(base::Rng& rng) {
  Stamp stamp = {.session = AnyName<SessionId>(rng),
                 .epoch = AnyPlace<SessionEpoch>(rng),
                 .number = AnyPlace<SessionNumber>(rng),
                 .answered = AnyPlace<SessionNumber>(rng)};
  if (rng.OneIn(2)) stamp.answered = stamp.number - std::min(stamp.number.value(), rng.Below(9));
  return stamp;
}

KeyRange AnyRange(base::Rng& rng) {
  const uint64_t first = Bounded(rng);
  const uint64_t more = rng.OneIn(2) ? 0 : AnyNumber(rng, kCommandOrdinalMax - first);
  return {.first = OrderKey(first), .last = OrderKey(first + more)};
}

std::vector<KeyRange> AnyRanges(base::Rng& rng) {
  std::vector<KeyRange> ranges(rng.Below(6));
  for (KeyRange& range : ranges) range = AnyRange(rng);
  return ranges;
}

// ---- Publish ------------------------------------------------------------------------------------

ProducerStamp AnyProducer(base::Rng& rng) {
  return {.producer = AnyId(rng, 0, kProducerIdBytesMax),
          .epoch = AnyNumber(rng, UINT64_MAX),
          .sequence = AnyNumber(rng, UINT64_MAX),
          .floor = AnyNumber(rng, UINT64_MAX)};
}

NewMessage AnyMessage(base::Rng& rng) {
  NewMessage message;
  if (rng.OneIn(2)) message.priority = static_cast<Priority>(rng.Below(256));
  if (rng.OneIn(3)) message.ttl = Bounded(rng);
  if (rng.OneIn(4)) message.delay = Bounded(rng);
  message.size = Any32(rng);
  message.persistent = rng.OneIn(2);
  if (rng.OneIn(3)) message.producer = AnyProducer(rng);
  if (rng.OneIn(4)) message.deduplication_id = AnyId(rng, 1, kDeduplicationIdBytesMax);
  return message;
}

// One that resembles the message before it, as far as chance will have it.
NewMessage NextMessage(base::Rng& rng, NewMessage message) {
  if (rng.OneIn(10)) message.size = Any32(rng);
  if (rng.OneIn(20)) message.persistent = !message.persistent;
  if (!message.deduplication_id.empty() && rng.OneIn(2)) {
    message.deduplication_id = AnyId(rng, 1, kDeduplicationIdBytesMax);
  }
  if (!message.producer) return message;
  ProducerStamp& producer = *message.producer;
  producer.sequence += rng.OneIn(4) ? rng.Below(5) : 1;  // May wrap around.
  if (rng.OneIn(8)) producer.floor += rng.Below(3);
  if (rng.OneIn(30)) --producer.floor;
  if (rng.OneIn(30)) ++producer.epoch;
  return message;
}

Publish AnyPublish(base::Rng& rng) {
  Publish publish = {.stamp = AnyStamp(rng), .messages = {AnyMessage(rng)}};
  const uint64_t count = rng.OneIn(10) ? rng.Between(1, kSlotsMax) : rng.Between(1, 20);
  while (publish.messages.size() < count) {
    publish.messages.push_back(rng.OneIn(8) ? AnyMessage(rng)
                                            : NextMessage(rng, publish.messages.back()));
  }
  return publish;
}

// ---- Others -------------------------------------------------------------------------------------

AttachSession AnyAttachSession(base::Rng& rng) {
  AttachSession attach = {
      .session = AnyName<SessionId>(rng), .epoch = AnyPlace<SessionEpoch>(rng), .held = {}};
  uint64_t consumer = rng.Below(3);
  for (uint64_t count = rng.Below(4); count > 0; --count) {
    HeldKeys held = {.consumer = ConsumerNumber(consumer), .keys = {}};
    uint64_t first = rng.Below(5);
    for (uint64_t ranges = rng.Below(6); ranges > 0; --ranges) {
      const uint64_t last = first + (rng.OneIn(2) ? 0 : AnyNumber(rng, uint64_t{1} << 40));
      held.keys.push_back({.first = OrderKey(first), .last = OrderKey(last)});
      first = last + 2 + AnyNumber(rng, uint64_t{1} << 40);
    }
    attach.held.push_back(std::move(held));
    consumer += 1 + AnyNumber(rng, uint64_t{1} << 50);
  }
  return attach;
}

AttachConsumer AnyAttachConsumer(base::Rng& rng) {
  AttachConsumer attach;
  attach.stamp = AnyStamp(rng);
  attach.consumer = AnyName<ConsumerNumber>(rng);
  attach.priority = static_cast<int32_t>(rng.OneIn(2) ? Any32(rng) : 0 - Any32(rng));
  attach.exclusive = rng.OneIn(2);
  attach.auto_settle = rng.OneIn(2);
  attach.prefetch = Any32(rng);
  attach.timeout = AnySpanOrNone(rng);
  return attach;
}

Settle AnySettle(base::Rng& rng) {
  Settle settle = {.stamp = AnyStamp(rng), .settlements = {}};
  Settlement settlement;
  for (uint64_t count = rng.Below(8); count > 0; --count) {
    if (rng.OneIn(2)) settlement.consumer = AnyName<ConsumerNumber>(rng);
    settlement.verdict = AnyChoice(rng, Verdict::kDeadLetter);
    settlement.keys = AnyRange(rng);
    settlement.not_before = rng.OneIn(3) ? AnyPlace<Time>(rng) : Time();
    settle.settlements.push_back(settlement);
  }
  return settle;
}

CancelDelayed AnyCancelDelayed(base::Rng& rng) {
  CancelDelayed cancel;
  cancel.keys.resize(rng.Below(6));
  for (DelayKey& key : cancel.keys) key = AnyPlace<DelayKey>(rng);
  return cancel;
}

MoveSurvivors AnyMoveSurvivors(base::Rng& rng) {
  MoveSurvivors move;
  move.from.resize(rng.OneIn(10) ? rng.Between(1, kSlotsMax) : rng.Between(1, 6));
  for (Position& position : move.from) {
    position = {.entry = AnyPlace<EntryIndex>(rng),
                .slot = static_cast<uint32_t>(rng.Below(kSlotsMax))};
  }
  return move;
}

// In the order of Command.
using Maker = Command (*)(base::Rng&);
constexpr std::array<Maker, kCommandAlternatives> kMakers = {
    [](base::Rng& rng) -> Command { return AnyPublish(rng); },
    [](base::Rng& rng) -> Command { return AnyAttachSession(rng); },
    [](base::Rng& rng) -> Command {
      return DetachSession{AnyName<SessionId>(rng), AnyPlace<SessionEpoch>(rng)};
    },
    [](base::Rng& rng) -> Command { return SuspectSession{AnyName<SessionId>(rng)}; },
    [](base::Rng& rng) -> Command { return TrustSession{AnyName<SessionId>(rng)}; },
    [](base::Rng& rng) -> Command { return AnyAttachConsumer(rng); },
    [](base::Rng& rng) -> Command {
      return CancelConsumer{AnyStamp(rng), AnyName<ConsumerNumber>(rng)};
    },
    [](base::Rng& rng) -> Command {
      return GrantCredit{AnyStamp(rng), AnyName<ConsumerNumber>(rng), Any32(rng), rng.OneIn(2)};
    },
    [](base::Rng& rng) -> Command {
      return Get{AnyStamp(rng), rng.OneIn(2)};
    },
    [](base::Rng& rng) -> Command { return AnySettle(rng); },
    [](base::Rng& rng) -> Command {
      return ConfirmDeadLetters{AnyRanges(rng), AnyRanges(rng)};
    },
    [](base::Rng&) -> Command { return ResendDeadLetters(); },
    [](base::Rng& rng) -> Command { return Configure{AnyConfig(rng)}; },
    [](base::Rng& rng) -> Command { return Purge{rng.OneIn(2)}; },
    [](base::Rng& rng) -> Command { return AnyCancelDelayed(rng); },
    [](base::Rng& rng) -> Command {
      return Remove{rng.OneIn(2), rng.OneIn(2)};
    },
    [](base::Rng&) -> Command { return Touch(); },
    [](base::Rng&) -> Command { return Tick(); },
    [](base::Rng& rng) -> Command { return AnyMoveSurvivors(rng); },
    [](base::Rng& rng) -> Command { return Upgrade{Any32(rng)}; },
};

}  // namespace

uint64_t AnyNumber(base::Rng& rng, uint64_t max) {
  return std::min(max, rng.Next() >> rng.Below(64));
}

QueueConfig AnyConfig(base::Rng& rng) {
  QueueConfig config;
  if (rng.OneIn(2)) config.max_priority = static_cast<Priority>(rng.Below(256));
  config.message_ttl = AnySpanOrNone(rng);
  config.expires = AnySpanOrNone(rng);
  if (rng.OneIn(2)) config.max_length = AnyNumber(rng, UINT64_MAX);
  if (rng.OneIn(2)) config.max_length_bytes = AnyNumber(rng, UINT64_MAX);
  config.overflow = AnyChoice(rng, Overflow::kRejectPublishDlx);
  config.dead_letter = AnyChoice(rng, DeadLetterStrategy::kAtLeastOnce);
  config.dead_letter_window = Any32(rng);
  config.dead_letter_retry_min = Bounded(rng);
  config.dead_letter_retry_max = Bounded(rng);
  config.delivery_limit = rng.OneIn(2) ? std::optional<uint32_t>(Any32(rng)) : std::nullopt;
  config.delayed_retry = AnyChoice(rng, DelayedRetry::kReturned);
  config.delayed_retry_min = Bounded(rng);
  config.delayed_retry_max = AnySpanOrNone(rng);
  config.single_active_consumer = rng.OneIn(2);
  config.consumer_timeout = AnySpanOrNone(rng);
  config.consumer_disconnected_timeout = Bounded(rng);
  config.producers = {.window = Any32(rng),
                      .producers_max = Any32(rng),
                      .expires = Bounded(rng),
                      .forgotten = Bounded(rng)};
  if (rng.OneIn(2)) config.deduplication = {.cache_size = Any32(rng), .ttl = Bounded(rng)};
  config.depth_threshold = AnyNumber(rng, UINT64_MAX);
  return config;
}

Command AnyCommand(base::Rng& rng, size_t alternative) {
  WARREN_CHECK(alternative < kCommandAlternatives);
  Command command = kMakers[alternative](rng);
  WARREN_CHECK(command.index() == alternative);
  return command;
}

Command AnyCommand(base::Rng& rng) { return AnyCommand(rng, rng.Below(kCommandAlternatives)); }

}  // namespace warren::queue::testing
