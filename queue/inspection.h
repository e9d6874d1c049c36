// What can be seen of a queue without consuming from it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "queue/types.h"

namespace warren::queue {

struct Counts {
  uint64_t ready = 0;  // Waiting for a consumer.
  uint64_t ready_bytes = 0;
  uint64_t leased = 0;  // Handed out and not settled.
  uint64_t leased_bytes = 0;
  uint64_t delayed = 0;  // Published with a delay that is not over.
  uint64_t delayed_bytes = 0;
  uint64_t retrying = 0;  // Returned, and waiting for the end of a delayed retry.
  uint64_t retrying_bytes = 0;
  uint64_t dead_letters = 0;  // Waiting for the target of dead letters to confirm.
  uint64_t dead_letters_bytes = 0;
  uint64_t persistent = 0;  // In any of these states.
  uint64_t persistent_bytes = 0;
  uint64_t consumers = 0;  // Not cancelled.
  uint64_t sessions = 0;
  uint64_t producers = 0;  // Not expired.
  uint64_t deduplication_ids = 0;
  std::optional<Time> oldest_ready;   // When the first of them was accepted, or a little earlier.
  std::optional<Time> oldest_leased;  // When the lease that is held longest began.
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct ConsumerView {
  ConsumerId consumer;
  int32_t priority = 0;
  bool exclusive = false;
  bool auto_settle = false;
  bool cancelled = false;
  bool active = false;  // May be sent messages: of single active consumers the one, otherwise all.
  uint32_t prefetch = 0;
  uint64_t credit = 0;  // Of what may still be sent now.
  uint64_t unsettled = 0;
  friend bool operator==(const ConsumerView&, const ConsumerView&) = default;
};

struct SessionView {
  SessionId session;
  SessionEpoch epoch;
  SessionNumber last;
  std::optional<Time> suspected_since;
  friend bool operator==(const SessionView&, const SessionView&) = default;
};

enum class MessageState : uint8_t { kReady, kLeased, kRetrying, kDeadLetter };

struct MessageView {
  OrderKey key;
  Position position;
  MessageState state = MessageState::kReady;
  Priority priority = 0;
  uint32_t size = 0;
  bool persistent = false;
  uint32_t acquired = 0;
  uint32_t failed = 0;
  std::optional<Time> expires;
  std::optional<Time> due;             // kRetrying.
  std::optional<ConsumerId> consumer;  // kLeased.
  friend bool operator==(const MessageView&, const MessageView&) = default;
};

// Messages by ascending key.
struct ListRequest {
  OrderKey from;
  std::optional<MessageState> state;  // Only those.
  std::optional<Priority> priority;   // Only those.
  size_t messages_max = 100;
};

struct DelayedView {
  DelayKey key;
  Position position;
  Time due;
  uint32_t size = 0;
  friend bool operator==(const DelayedView&, const DelayedView&) = default;
};

}  // namespace warren::queue
