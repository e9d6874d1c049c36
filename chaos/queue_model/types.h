// The words of queue/ that the model uses, and how it reckons with time.
#pragma once

#include <cstdint>

#include "queue/command.h"
#include "queue/config.h"
#include "queue/effect.h"
#include "queue/inspection.h"
#include "queue/types.h"

namespace warren::queue_model {

using queue::ConsumerId;
using queue::ConsumerNumber;
using queue::DeathReason;
using queue::DelayKey;
using queue::Effects;
using queue::EntryIndex;
using queue::KeyRange;
using queue::MessageState;
using queue::OrderKey;
using queue::Position;
using queue::Priority;
using queue::QueueConfig;
using queue::SessionEpoch;
using queue::SessionId;
using queue::SessionNumber;
using queue::Span;
using queue::Time;

inline constexpr uint64_t kWorkMax = 1024;  // Messages of each kind of due work in one Apply.

// Sums and products of times end at the end of time.
inline Span Multiplied(Span span, uint64_t factor) {
  Span product = 0;
  return __builtin_mul_overflow(span, factor, &product) ? UINT64_MAX : product;
}
inline Time Later(Time time, Span span) {
  uint64_t sum = 0;
  return Time(__builtin_add_overflow(time.value(), span, &sum) ? UINT64_MAX : sum);
}

}  // namespace warren::queue_model
