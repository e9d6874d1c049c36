#include <optional>

#include "queue/command_codec_io.h"

namespace warren::queue::codec_internal {
namespace {

// A batch is a list of runs: messages that are alike, and whose producers' sequences follow one
// another. Each run begins with these flags.
constexpr uint8_t kHasPriority = 0x01;
constexpr uint8_t kHasTtl = 0x02;
constexpr uint8_t kHasDelay = 0x04;
constexpr uint8_t kPersistent = 0x08;
constexpr uint8_t kHasProducer = 0x10;
constexpr uint8_t kSameProducer = 0x20;  // As the message before, and further on.
constexpr uint8_t kHasDeduplicationId = 0x40;
constexpr uint8_t kRepeated = 0x80;

// Would `b`, which comes after `a`, be a part of the same run?
bool IsNextInRun(const ProducerStamp& a, const ProducerStamp& b) {
  return b.sequence == a.sequence + 1 && b.sequence != 0 && a.epoch == b.epoch &&
         a.floor == b.floor && a.producer == b.producer;
}
bool IsNextInRun(const NewMessage& a, const NewMessage& b) {
  if (a.size != b.size || a.persistent != b.persistent || a.delay != b.delay ||
      a.priority != b.priority || a.ttl != b.ttl) {
    return false;
  }
  if (!a.deduplication_id.empty() || !b.deduplication_id.empty()) return false;
  if (!a.producer || !b.producer) return !a.producer && !b.producer;
  return IsNextInRun(*a.producer, *b.producer);
}

// Can the second stamp be written by what it adds to the first?
bool IsFurtherOn(const ProducerStamp& a, const ProducerStamp& b) {
  return b.sequence > a.sequence && b.floor >= a.floor && a.epoch == b.epoch &&
         a.producer == b.producer;
}
bool IsFurtherOn(const NewMessage* a, const NewMessage& b) {
  return a != nullptr && a->producer && b.producer && IsFurtherOn(*a->producer, *b.producer);
}

// ---- Writing ------------------------------------------------------------------------------------

uint8_t FlagsOf(const NewMessage* before, const NewMessage& message, size_t run) {
  uint8_t flags = 0;
  if (message.priority) flags |= kHasPriority;
  if (message.ttl) flags |= kHasTtl;
  if (message.delay != 0) flags |= kHasDelay;
  if (message.persistent) flags |= kPersistent;
  if (message.producer) flags |= IsFurtherOn(before, message) ? kSameProducer : kHasProducer;
  if (!message.deduplication_id.empty()) flags |= kHasDeduplicationId;
  if (run > 1) flags |= kRepeated;
  return flags;
}

void WriteRun(Writer& out, const NewMessage* before, const NewMessage& first, size_t run) {
  const uint8_t flags = FlagsOf(before, first, run);
  out.Byte(flags);
  if (run > 1) out.Byte(static_cast<uint8_t>(run - 2));
  if (first.priority) out.Byte(*first.priority);
  if (first.ttl) out.Bounded(*first.ttl);
  if (first.delay != 0) out.Bounded(first.delay);
  out.Number32(first.size);
  if ((flags & kSameProducer) != 0) {
    out.Number(first.producer->sequence - before->producer->sequence - 1);
    out.Number(first.producer->floor - before->producer->floor);
  } else if (first.producer) {
    out.Bytes(first.producer->producer.view(), kProducerIdBytesMax);
    out.Number(first.producer->epoch);
    out.Number(first.producer->sequence);
    out.Number(first.producer->floor);
  }
  if ((flags & kHasDeduplicationId) != 0) {
    out.Bytes(first.deduplication_id.view(), kDeduplicationIdBytesMax);
  }
}

// ---- Reading ------------------------------------------------------------------------------------

void ReadProducer(Parser& in, uint8_t flags, const NewMessage* before, NewMessage& message) {
  if ((flags & kSameProducer) != 0) {
    if (before == nullptr || !before->producer) {
      in.Fail("the same producer as none");
      return;
    }
    const uint64_t sequences = in.Number();
    const uint64_t floors = in.Number();
    if (sequences >= UINT64_MAX - before->producer->sequence ||
        floors > UINT64_MAX - before->producer->floor) {
      in.Fail("a sequence or floor beyond 64 bits");
      return;
    }
    message.producer = before->producer;
    message.producer->sequence += sequences + 1;
    message.producer->floor += floors;
  } else if ((flags & kHasProducer) != 0) {
    ProducerStamp& producer = message.producer ? *message.producer : message.producer.emplace();
    producer.producer = in.Bytes(kProducerIdBytesMax);
    producer.epoch = in.Number();
    producer.sequence = in.Number();
    producer.floor = in.Number();
    if (IsFurtherOn(before, message)) in.Fail("the same producer in full");
  } else {
    message.producer.reset();
  }
}

// The first message of a run, all of it.
void ReadFirst(Parser& in, uint8_t flags, const NewMessage* before, NewMessage& message) {
  message.priority.reset();
  if ((flags & kHasPriority) != 0) message.priority = in.Byte();
  message.ttl.reset();
  if ((flags & kHasTtl) != 0) message.ttl = in.Bounded();
  message.delay = 0;
  if ((flags & kHasDelay) != 0) {
    message.delay = in.Bounded();
    if (message.delay == 0) in.Fail("a delay that is none");
  }
  message.persistent = (flags & kPersistent) != 0;
  in.Number32(message.size);
  ReadProducer(in, flags, before, message);
  message.deduplication_id = {};
  if ((flags & kHasDeduplicationId) != 0) {
    message.deduplication_id = in.Bytes(kDeduplicationIdBytesMax);
    if (message.deduplication_id.empty()) in.Fail("a deduplication id that is none");
  }
}

// Makes `message`, whatever it was, the next one after `before` in its run.
void Continue(const NewMessage& before, NewMessage& message) {
  message.priority = before.priority;
  message.ttl = before.ttl;
  message.delay = before.delay;
  message.size = before.size;
  message.persistent = before.persistent;
  message.producer = before.producer;
  if (message.producer) ++message.producer->sequence;
  if (!message.deduplication_id.empty()) message.deduplication_id = {};
}

// Reads a run into `messages` from place `at` on. Returns how many it has; 0 after a fault.
size_t ReadRun(Parser& in, std::vector<NewMessage>& messages, size_t at) {
  const NewMessage* before = at == 0 ? nullptr : &messages[at - 1];
  const uint8_t flags = in.Byte();
  const size_t run = (flags & kRepeated) == 0 ? 1 : size_t{in.Byte()} + 2;
  if (run > messages.size() - at) in.Fail("a run beyond the end of the batch");
  if ((flags & kHasProducer) != 0 && (flags & kSameProducer) != 0) in.Fail("a producer twice");
  if ((flags & kRepeated) != 0 && (flags & kHasDeduplicationId) != 0) {
    in.Fail("a deduplication id that is repeated");
  }
  if (!in.ok()) return 0;
  NewMessage& first = messages[at];
  ReadFirst(in, flags, before, first);
  if (before != nullptr && IsNextInRun(*before, first)) in.Fail("a run in two parts");
  if (first.producer && run - 1 > UINT64_MAX - first.producer->sequence) {
    in.Fail("a sequence beyond 64 bits");
  }
  if (!in.ok()) return 0;
  for (size_t i = at + 1; i < at + run; ++i) Continue(messages[i - 1], messages[i]);
  return run;
}

}  // namespace

void Fields(Writer& out, const Publish& publish) {
  const std::vector<NewMessage>& messages = publish.messages;
  WARREN_CHECK(!messages.empty() && messages.size() <= kSlotsMax);
  Fields(out, publish.stamp);
  out.Byte(static_cast<uint8_t>(messages.size() - 1));
  for (size_t at = 0; at < messages.size();) {
    size_t end = at + 1;
    while (end < messages.size() && IsNextInRun(messages[end - 1], messages[end])) ++end;
    WriteRun(out, at == 0 ? nullptr : &messages[at - 1], messages[at], end - at);
    at = end;
  }
}

void Fields(Parser& in, Publish& publish) {
  Fields(in, publish.stamp);
  publish.messages.resize(size_t{in.Byte()} + 1);
  for (size_t at = 0; in.ok() && at < publish.messages.size();) {
    at += ReadRun(in, publish.messages, at);
  }
}

static_assert(kSlotsMax == 256, "the size of a batch, less 1, is one byte");

}  // namespace warren::queue::codec_internal
