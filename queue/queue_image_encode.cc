// How an image is written. docs/formats/queue_snapshot.md says what stands where, and why.
#include <string>

#include "base/coding.h"
#include "base/crc32c.h"
#include "queue/command.h"
#include "queue/command_codec.h"
#include "queue/queue_image.h"

namespace warren::queue {
namespace {

void PutReady(std::string* out, const ReadySet& ready) {
  uint64_t levels = 0;
  for (const ReadySet::Level& level : ready.levels()) levels += level.keys.empty() ? 0 : 1;
  base::PutVarint64(out, levels);
  for (const ReadySet::Level& level : ready.levels()) {
    if (level.keys.empty()) continue;
    base::PutFixed8(out, level.level);
    base::PutLengthPrefixed(out, level.keys.Serialize());
  }
}

// Keys, and from which of them on which value holds.
template <typename Changes, typename PutValue>
void PutPieces(std::string* out, const base::IntervalSet& keys, const Changes& changes,
               PutValue put_value) {
  base::PutLengthPrefixed(out, keys.Serialize());
  base::PutVarint64(out, changes.size());
  OrderKey previous;
  for (const auto& [first, value] : changes) {
    base::PutVarint64(out, first - previous);
    put_value(value);
    previous = first;
  }
}

void PutTries(std::string* out, const TryCounts& tries) {
  PutPieces(out, tries.keys(), tries.ChangesByKey(), [&](const Tries& counts) {
    base::PutVarint64(out, counts.acquired);
    base::PutVarint64(out, counts.failed);
  });
}

void PutLeases(std::string* out, const LeaseBook& leases) {
  PutPieces(out, leases.keys(), leases.ChangesByKey(),
            [&](Time time) { base::PutVarint64(out, time.value()); });
}

void PutConsumer(std::string* out, const Consumer& consumer) {
  base::PutVarint64(out, consumer.id.session.value());
  base::PutVarint64(out, consumer.id.number.value());
  base::PutVarint64(out, consumer.order);
  base::PutFixed32(out, static_cast<uint32_t>(consumer.priority));
  const int flags = (consumer.exclusive ? image_flags::kExclusive : 0) |
                    (consumer.auto_settle ? image_flags::kAutoSettle : 0) |
                    (consumer.cancelled ? image_flags::kCancelled : 0) |
                    (consumer.timeout.has_value() ? image_flags::kHasTimeout : 0);
  base::PutFixed8(out, static_cast<uint8_t>(flags));
  base::PutVarint64(out, consumer.prefetch);
  base::PutVarint64(out, consumer.granted);
  if (consumer.timeout) base::PutVarint64(out, *consumer.timeout);
  PutLeases(out, consumer.leases);
}

void PutConsumers(std::string* out, const QueueImage& image) {
  base::PutVarint64(out, image.consumers.size());
  for (const auto& [id, consumer] : image.consumers) PutConsumer(out, consumer);
  base::PutFixed8(out, image.active.has_value() ? 1 : 0);
  if (image.active) {
    base::PutVarint64(out, image.active->session.value());
    base::PutVarint64(out, image.active->number.value());
  }
  base::PutVarint64(out, image.turns.size());
  for (const auto& [priority, order] : image.turns) {
    base::PutFixed32(out, static_cast<uint32_t>(priority));
    base::PutVarint64(out, order);
  }
  base::PutVarint64(out, image.next_order);
}

void PutSessions(std::string* out, const QueueImage& image) {
  base::PutVarint64(out, image.sessions.size());
  for (const auto& [id, session] : image.sessions) {
    base::PutVarint64(out, id.value());
    base::PutVarint64(out, session.epoch.value());
    base::PutVarint64(out, session.last.value());
    base::PutVarint64(out, session.suspected_since.value());
    base::PutVarint64(out, session.refusals.size());
    for (const auto& [number, refused] : session.refusals) {
      base::PutVarint64(out, number.value());
      base::PutVarint64(out, refused.size());
      for (const RefusedMessage& message : refused) {
        base::PutFixed8(out, static_cast<uint8_t>(message.slot));
        base::PutFixed8(out, static_cast<uint8_t>(message.reason));
      }
    }
  }
}

void PutSchedule(std::string* out, const RetrySchedule& schedule) {
  base::PutVarint64(out, schedule.size());
  OrderKey previous;
  for (const auto& [key, due] : schedule.by_key()) {
    base::PutVarint64(out, key - previous);
    base::PutVarint64(out, due.value());
    previous = key;
  }
}

void PutDeadLetters(std::string* out, const DeadLetterQueue& letters) {
  base::PutVarint64(out, letters.next_number());
  base::PutVarint64(out, letters.letters().size());
  for (const auto& [number, letter] : letters.letters()) {
    base::PutVarint64(out, number);
    base::PutVarint64(out, letter.key.value());
    base::PutFixed8(out, static_cast<uint8_t>(letter.reason));
    base::PutVarint64(out, letter.refusals);
    base::PutFixed8(out, letter.out ? 1 : 0);
    base::PutVarint64(out, letter.due.value());
  }
  base::PutVarint64(out, letters.line().size());
  for (const uint64_t number : letters.line()) base::PutVarint64(out, number);
}

}  // namespace

std::string EncodeQueueImage(const QueueImage& image) {
  std::string out;
  base::PutFixed8(&out, kQueueImageVersion);
  std::string config;
  EncodeCommand(Configure{image.config}, &config);
  base::PutLengthPrefixed(&out, config);
  base::PutVarint64(&out, image.version);
  base::PutVarint64(&out, image.applied.value());
  base::PutVarint64(&out, image.now.value());
  base::PutFixed8(&out, image.removed ? 1 : 0);
  base::PutVarint64(&out, image.last_used.value());
  base::PutVarint64(&out, image.told_expired.value());
  image.messages.AppendTo(&out);
  PutReady(&out, image.ready);
  PutTries(&out, image.tries);
  PutConsumers(&out, image);
  PutSessions(&out, image);
  PutSchedule(&out, image.retrying);
  PutDeadLetters(&out, image.dead_letters);
  image.delayed_messages->AppendTo(&out);
  PutSchedule(&out, image.delayed);
  image.producers.AppendTo(&out);
  image.deduplication.AppendTo(&out);
  base::PutFixed32(&out, base::Crc32c(out));
  return out;
}

}  // namespace warren::queue
