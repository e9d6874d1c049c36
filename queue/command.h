// Everything that can be asked of a queue. Each is the payload of one log entry; how it looks in
// bytes is queue/command_codec.h.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "queue/config.h"
#include "queue/types.h"

namespace warren::queue {

// Who says it, and as which of its sayings. Commands of a session are numbered without gaps, so
// that one which was sent again after a change of leader is recognised:
//   number == last + 1   is carried out
//   number <= last       was carried out; a publish is answered again (see `answered`)
//   number >  last + 1   is refused with SessionEventKind::kGap, which names the number expected
// A command of an unknown session, or of an older epoch, is refused with kUnknown or kFenced.
struct Stamp {
  SessionId session;
  SessionEpoch epoch;
  SessionNumber number;
  SessionNumber answered;  // The session has the results of all its publishes up to here.
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

// ---- Messages come ------------------------------------------------------------------------------

// What an application says of itself, to publish exactly once across its own restarts.
struct ProducerStamp {
  base::Bytes producer;   // x-producer-id; at most kProducerIdBytesMax.
  uint64_t epoch = 0;     // x-producer-epoch: grows when the producer is started anew.
  uint64_t sequence = 0;  // x-producer-sequence: rises, with gaps where other queues got it.
  uint64_t floor = 0;     // x-producer-floor: all below was confirmed; 0 if it did not say.
  friend bool operator==(const ProducerStamp&, const ProducerStamp&) = default;
};
inline constexpr size_t kProducerIdBytesMax = 255;
inline constexpr size_t kDeduplicationIdBytesMax = 255;

// One message of a batch: what the machine needs to know. Its header and body lie in the entry, at
// the slot that is its place in the batch, and are never looked at.
struct NewMessage {
  std::optional<Priority> priority;
  std::optional<Span> ttl;
  Span delay = 0;     // x-delay: not available before.
  uint32_t size = 0;  // Of the body, in bytes: what limits and counts go by.
  bool persistent = false;
  std::optional<ProducerStamp> producer;
  base::Bytes deduplication_id;  // Empty: has none.
  friend bool operator==(const NewMessage&, const NewMessage&) = default;
};
struct Publish {
  Stamp stamp;
  std::vector<NewMessage> messages;  // 1 .. kSlotsMax
  friend bool operator==(const Publish&, const Publish&) = default;
};

// ---- Sessions and consumers come and go ---------------------------------------------------------

// What a session still holds of a consumer's messages.
struct HeldKeys {
  ConsumerNumber consumer;
  std::vector<KeyRange> keys;  // Ascending, apart.
  friend bool operator==(const HeldKeys&, const HeldKeys&) = default;
};
// Opens a session, or takes it up again with a later epoch: what it holds of its leases stays as it
// is, what it has lost is sent again. An epoch that is not later is refused with kFenced.
struct AttachSession {
  SessionId session;
  SessionEpoch epoch;
  std::vector<HeldKeys> held;  // Ascending by consumer.
  friend bool operator==(const AttachSession&, const AttachSession&) = default;
};
// The session is over, by its own wish or because its connection broke: its leases are returned as
// failed deliveries.
struct DetachSession {
  SessionId session;
  SessionEpoch epoch;
  friend bool operator==(const DetachSession&, const DetachSession&) = default;
};
// The session's node does not answer: nothing is delivered to it, and its leases are returned,
// unless it comes back within consumer_disconnected_timeout.
struct SuspectSession {
  SessionId session;
  friend bool operator==(const SuspectSession&, const SuspectSession&) = default;
};
struct TrustSession {  // It is back.
  SessionId session;
  friend bool operator==(const TrustSession&, const TrustSession&) = default;
};

struct AttachConsumer {
  Stamp stamp;
  ConsumerNumber consumer;      // Not 0, and not in use.
  int32_t priority = 0;         // Higher is served first.
  bool exclusive = false;       // The only one, or none.
  bool auto_settle = false;     // What it is sent is settled at once (no-ack).
  uint32_t prefetch = 0;        // Unsettled at a time; 0: as much as GrantCredit gives.
  std::optional<Span> timeout;  // Its own consumer timeout; 0: none.
  friend bool operator==(const AttachConsumer&, const AttachConsumer&) = default;
};
// Sends it nothing more; what it holds it may still settle.
struct CancelConsumer {
  Stamp stamp;
  ConsumerNumber consumer;
  friend bool operator==(const CancelConsumer&, const CancelConsumer&) = default;
};
// Only for consumers without prefetch. With `drain`, credit that finds no message now is void.
struct GrantCredit {
  Stamp stamp;
  ConsumerNumber consumer;
  uint32_t credit = 0;  // In addition.
  bool drain = false;
  friend bool operator==(const GrantCredit&, const GrantCredit&) = default;
};

// ---- Messages go --------------------------------------------------------------------------------

struct Get {  // One message, for the session itself (ConsumerNumber 0).
  Stamp stamp;
  bool auto_settle = false;
  friend bool operator==(const Get&, const Get&) = default;
};

enum class Verdict : uint8_t {
  kSettle,      // Done.
  kReturn,      // Again, to somebody; nobody's fault: basic.nack with requeue, released.
  kFail,        // Again; a failed delivery: basic.reject with requeue.
  kDeadLetter,  // Not again: reject or nack without requeue.
};
// What a consumer says of messages that it holds. Keys that it does not hold are passed over: they
// may have been taken from it meanwhile.
struct Settlement {
  ConsumerNumber consumer;
  Verdict verdict = Verdict::kSettle;
  KeyRange keys;
  Time not_before;  // kReturn, kFail: a time that overrides delayed retry; 0: none.
  friend bool operator==(const Settlement&, const Settlement&) = default;
};
struct Settle {
  Stamp stamp;
  std::vector<Settlement> settlements;  // In this order.
  friend bool operator==(const Settle&, const Settle&) = default;
};

// Dead letters of kAtLeastOnce. These come from the leader's host, not from a session.
struct ConfirmDeadLetters {
  std::vector<KeyRange> confirmed;
  std::vector<KeyRange> refused;  // Tried again, later and later.
  friend bool operator==(const ConfirmDeadLetters&, const ConfirmDeadLetters&) = default;
};
// A new leader's host does not know what the last one had handed out: all is handed out again.
struct ResendDeadLetters {
  friend bool operator==(const ResendDeadLetters&, const ResendDeadLetters&) = default;
};

// ---- The queue as a whole -----------------------------------------------------------------------

struct Configure {
  QueueConfig config;
  friend bool operator==(const Configure&, const Configure&) = default;
};
// All ready messages; with `delayed` also those that wait to become ready.
struct Purge {
  bool delayed = false;
  friend bool operator==(const Purge&, const Purge&) = default;
};
// Messages published with a delay and not ready yet, by the keys that ListDelayed gives.
struct CancelDelayed {
  std::vector<DelayKey> keys;
  friend bool operator==(const CancelDelayed&, const CancelDelayed&) = default;
};
// Deletes everything, for ever. The conditions are those of queue.delete.
struct Remove {
  bool if_unused = false;
  bool if_empty = false;
  friend bool operator==(const Remove&, const Remove&) = default;
};
// The queue was declared again: counts as use, see QueueConfig::expires.
struct Touch {
  friend bool operator==(const Touch&, const Touch&) = default;
};
// Time has passed.
struct Tick {
  friend bool operator==(const Tick&, const Tick&) = default;
};
// This entry holds copies of old messages: slot i now holds what lay at from[i]. Slots of messages
// that are gone meanwhile stay unused. What is moved keeps its place in the queue.
struct MoveSurvivors {
  std::vector<Position> from;  // 1 .. kSlotsMax
  friend bool operator==(const MoveSurvivors&, const MoveSurvivors&) = default;
};
// From here on the machine behaves as this version does. See Machine::kVersionMax.
struct Upgrade {
  uint32_t version = 0;
  friend bool operator==(const Upgrade&, const Upgrade&) = default;
};

using Command = std::variant<Publish, AttachSession, DetachSession, SuspectSession, TrustSession,
                             AttachConsumer, CancelConsumer, GrantCredit, Get, Settle,
                             ConfirmDeadLetters, ResendDeadLetters, Configure, Purge, CancelDelayed,
                             Remove, Touch, Tick, MoveSurvivors, Upgrade>;

}  // namespace warren::queue
