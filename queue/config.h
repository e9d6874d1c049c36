// What a queue was declared to be, after arguments and policies have been merged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

#include "queue/types.h"

namespace warren::queue {

enum class Overflow : uint8_t {
  kDropHead,          // The oldest ready message of the lowest priority makes room.
  kRejectPublish,     // What does not fit is refused.
  kRejectPublishDlx,  // ... and dead-lettered, with reason kMaxLength.
};

enum class DeadLetterStrategy : uint8_t {
  kNone,         // No dead-letter exchange: such messages are dropped.
  kAtMostOnce,   // Handed out once, and forgotten.
  kAtLeastOnce,  // Kept until the target has confirmed.
};

// Which returned messages wait before they are delivered again.
enum class DelayedRetry : uint8_t { kDisabled, kAll, kFailed, kReturned };

// Of producers that send a sequence, and of messages that carry a deduplication header.
struct ProducerLimits {
  uint32_t window = 4096;           // Sequences below the highest that are told apart. 64 .. 65536
  uint32_t producers_max = 65'536;  // Live and expired; a new one beyond this is refused. >= 1
  Span expires = 7 * 86'400 * kSecond;     // Without a publish a producer expires. >= 1 s
  Span forgotten = 30 * 86'400 * kSecond;  // That it expired is remembered so long. >= expires
  friend bool operator==(const ProducerLimits&, const ProducerLimits&) = default;
};
struct DeduplicationConfig {
  uint32_t cache_size = 1024;  // Headers that are remembered; the oldest goes first. 1 .. 2^20
  Span ttl = 0;                // ... and for how long at most; 0: no limit in time.
  friend bool operator==(const DeduplicationConfig&, const DeduplicationConfig&) = default;
};

// Every field is one that replicas must agree on: it changes by a command only.
struct QueueConfig {
  // Strict levels 0 .. max_priority, unset messages at 0. Without it: 0 .. 31, unset at 4.
  std::optional<Priority> max_priority;

  std::optional<Span> message_ttl;  // From acceptance; 0: only if it can be delivered at once.
  std::optional<Span> expires;      // The queue's own: unused for so long. >= 1 ms

  // Of ready messages and of dead letters that wait for a confirmation.
  std::optional<uint64_t> max_length;
  std::optional<uint64_t> max_length_bytes;
  Overflow overflow = Overflow::kDropHead;

  DeadLetterStrategy dead_letter = DeadLetterStrategy::kNone;
  uint32_t dead_letter_window = 32;           // kAtLeastOnce: unconfirmed at a time. >= 1
  Span dead_letter_retry_min = kSecond;       // ... after a refusal, doubled each time ...
  Span dead_letter_retry_max = 60 * kSecond;  // ... up to this. >= dead_letter_retry_min

  std::optional<uint32_t> delivery_limit = 20;  // Failed deliveries that a message survives.
  DelayedRetry delayed_retry = DelayedRetry::kDisabled;
  Span delayed_retry_min = 0;
  std::optional<Span> delayed_retry_max;  // >= delayed_retry_min

  bool single_active_consumer = false;
  std::optional<Span> consumer_timeout = 1800 * kSecond;  // A consumer's own setting overrides it.
  Span consumer_disconnected_timeout = 60 * kSecond;

  ProducerLimits producers;
  std::optional<DeduplicationConfig> deduplication;

  // Depth (ready messages) that is worth an effect when it is reached, and left: for metrics,
  // flow control, events. 0: none.
  uint64_t depth_threshold = 0;

  // INVALID_ARGUMENT naming every field that is out of its bounds.
  absl::Status Validate() const;
  Priority LevelOf(std::optional<Priority> wanted) const;  // Clamped, or the default.

  friend bool operator==(const QueueConfig&, const QueueConfig&) = default;
};

}  // namespace warren::queue
