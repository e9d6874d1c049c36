// What a command brings about, for the shell to carry out.
#pragma once

#include <cstdint>
#include <vector>

#include "queue/types.h"

namespace warren::queue {

// ---- Publishing
// -----------------------------------------------------------------------------------

enum class Refusal : uint8_t {
  kNone,
  kLength,           // max_length or max_length_bytes is reached.
  kSequenceTooOld,   // Below the window, or below the floor: whether it was stored cannot be told.
  kProducerFenced,   // An older epoch of this producer.
  kProducerExpired,  // Its state is gone; it must start a new epoch.
  kTooManyProducers,
  kRemoved,  // The queue is gone.
};
struct RefusedMessage {
  uint32_t slot = 0;  // Its place in the batch.
  Refusal reason = Refusal::kNone;
  friend bool operator==(const RefusedMessage&, const RefusedMessage&) = default;
};
// The outcome of one batch: all messages are the queue's now (or were already: duplicates), but for
// those refused, which are Effects::refused[first_refused ...], ascending by slot.
struct PublishResult {
  SessionId session;
  SessionNumber number;
  uint32_t duplicates = 0;  // Of producers or headers; 0 when a result is told again.
  uint32_t first_refused = 0;
  uint32_t refused = 0;
  friend bool operator==(const PublishResult&, const PublishResult&) = default;
};

// ---- Delivering
// -----------------------------------------------------------------------------------

// Consecutive messages that lie in consecutive places, and have the same counts.
struct DeliveredRange {
  KeyRange keys;
  Position first;              // The others follow: in the next slots of its entry, or ...
  bool one_per_entry = false;  // ... each in the same slot of the next entry.
  uint32_t acquired = 0;       // How often they were handed out before.
  uint32_t failed = 0;         // How many of these deliveries failed: x-delivery-count.
  friend bool operator==(const DeliveredRange&, const DeliveredRange&) = default;
};
// Send Effects::delivered[first_range ...] to this consumer, in this order.
struct Delivery {
  ConsumerId consumer;
  uint32_t first_range = 0;
  uint32_t ranges = 0;
  bool again = false;  // These were sent before, and lost on the way: see AttachSession.
  friend bool operator==(const Delivery&, const Delivery&) = default;
};
struct GetResult {  // A message follows as Delivery to ConsumerNumber 0 of the session.
  SessionId session;
  SessionNumber number;
  bool found = false;
  uint64_t ready_left = 0;
  friend bool operator==(const GetResult&, const GetResult&) = default;
};

// ---- Sessions and consumers
// -----------------------------------------------------------------------

enum class SessionEventKind : uint8_t {
  kAttached,  // `number`: the last command carried out, so the session goes on with the next.
  kDetached,
  kTimedOut,  // Its node was suspected for too long; its leases are returned.
  kUnknown,   // There is no such session: it must attach.
  kFenced,    // The epoch is too old; `epoch` is the one in force.
  kGap,       // `number`: the one expected.
};
struct SessionEvent {
  SessionEventKind kind = SessionEventKind::kAttached;
  SessionId session;
  SessionEpoch epoch;
  SessionNumber number;
  friend bool operator==(const SessionEvent&, const SessionEvent&) = default;
};

enum class ConsumerEventKind : uint8_t {
  kAttached,
  kRefusedExclusive,  // There is an exclusive consumer, or it wanted to be the only one.
  kRefusedInUse,      // The session has a consumer of this number.
  kCancelled,         // By its own wish, or with its session.
  kTimedOut,          // It held a message for too long: cancelled, and its messages returned.
  kActive,            // Single active consumer: it is the one now.
  kInactive,          // ... it is not any more.
  kDrained,           // Its credit is void.
};
struct ConsumerEvent {
  ConsumerEventKind kind = ConsumerEventKind::kAttached;
  ConsumerId consumer;
  friend bool operator==(const ConsumerEvent&, const ConsumerEvent&) = default;
};
// When a session is attached again: it holds these no more. They were settled, or went to others.
struct LostLeases {
  ConsumerId consumer;
  KeyRange keys;
  friend bool operator==(const LostLeases&, const LostLeases&) = default;
};

// ---- Dead letters, freed space, the queue itself
// ----------------------------------------------------

enum class DeathReason : uint8_t { kRejected, kExpired, kMaxLength, kDeliveryLimit };
// Publish this message to the dead-letter exchange. The header x-death and the detection of cycles
// are the shell's: see queue/deaths.h.
struct DeadLetter {
  OrderKey key;  // 0: it never was in the queue (kRejectPublishDlx).
  Position position;
  DeathReason reason = DeathReason::kRejected;
  uint32_t acquired = 0;
  uint32_t failed = 0;
  bool confirm = false;  // Wanted: ConfirmDeadLetters. Otherwise it is forgotten already.
  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};

// Messages that nothing needs any more: all that lay in these places, both ends included, unless
// they are live still. What a batch never stored is not named.
struct FreedRange {
  Position first;
  Position last;
  friend bool operator==(const FreedRange&, const FreedRange&) = default;
};

// Why messages left, for metrics.
struct Departures {
  uint64_t settled = 0;
  uint64_t expired = 0;
  uint64_t max_length = 0;  // Dropped or refused by limits.
  uint64_t delivery_limit = 0;
  uint64_t rejected = 0;
  uint64_t purged = 0;
  uint64_t dead_letters_confirmed = 0;
  friend bool operator==(const Departures&, const Departures&) = default;
};

enum class RemoveResult : uint8_t { kNotAsked, kRemoved, kInUse, kNotEmpty };
enum class DepthEvent : uint8_t { kNone, kReached, kLeft };

// Filled by Machine::Apply, which empties it first: keep one and pass it again, and it stops
// allocating.
struct Effects {
  std::vector<PublishResult> published;
  std::vector<RefusedMessage> refused;
  std::vector<SessionEvent> sessions;
  std::vector<ConsumerEvent> consumers;
  std::vector<LostLeases> lost;
  std::vector<Delivery> deliveries;
  std::vector<DeliveredRange> delivered;
  std::vector<GetResult> gets;
  std::vector<DeadLetter> dead_letters;
  std::vector<FreedRange> freed;
  bool freed_more = false;  // Too much to name: LivePositions() knows.
  Departures departures;
  uint64_t cancelled_delayed = 0;
  RemoveResult remove = RemoveResult::kNotAsked;
  DepthEvent depth = DepthEvent::kNone;
  bool queue_expired = false;  // It was unused for QueueConfig::expires: the catalog may delete it.

  void Clear();
};

}  // namespace warren::queue
