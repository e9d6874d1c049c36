// What one seed means: which features are in play, how large things are, what is done how often.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/rng.h"
#include "chaos/queue_model/types.h"

namespace warren::queue_model {

enum class Act : uint8_t {
  kPublish,
  kSettle,
  kGet,
  kAttachSession,
  kDetachSession,
  kSuspectSession,
  kTrustSession,
  kAttachConsumer,
  kCancelConsumer,
  kGrantCredit,
  kConfirmDeadLetters,
  kResendDeadLetters,
  kConfigure,
  kPurge,
  kCancelDelayed,
  kRemove,
  kTouch,
  kTick,
  kMoveSurvivors,
  kUpgrade,
};
inline constexpr size_t kActs = 20;

// In how many of a hundred cases.
using Percent = uint64_t;

struct RunSetup {
  uint64_t seed = 0;
  QueueConfig config;
  std::array<uint64_t, kActs> weights{};
  uint64_t commands = 1000;
  uint64_t batch_max = 1;
  uint64_t sessions_max = 2;
  uint64_t consumers_max = 2;  // Of one session.
  uint64_t prefetch_max = 3;
  uint64_t size_max = 20;
  bool one_size = false;
  Span unit = queue::kMillisecond;  // Of times, so that they collide.
  uint64_t log_gap_max = 1;         // Entries of others between two of the queue's.
  Percent with_priority = 0;
  Percent with_ttl = 0;
  Percent with_delay = 0;
  Percent with_producer = 0;
  Percent with_id = 0;
  Percent strange = 5;       // Commands that do not fit: old numbers, gaps, old epochs.
  Percent time_stands = 50;  // Otherwise it moves, mostly a little.
  Percent restores = 5;      // After a command.
};

RunSetup DrawSetup(uint64_t seed);

// Tiny limits make the code at the limits run all the time.
QueueConfig DrawConfig(base::Rng& rng, const RunSetup& setup);

}  // namespace warren::queue_model
