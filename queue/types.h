// The vocabulary of the queue folder: every id that crosses a function boundary here has its own
// type.
#pragma once

#include <cstdint>
#include <optional>

#include "base/identity.h"
#include "base/ordinal.h"

namespace warren::queue {

// A message's place in its queue, from 1, dense: the machine gives them in the order in which
// messages become available. A message keeps its key until it is gone, whatever happens to it.
using OrderKey = base::Ordinal<struct OrderKeyTag>;

// Names a message that was published with a delay, until it becomes available and gets its order
// key. From 1, dense, in the order of publishing.
using DelayKey = base::Ordinal<struct DelayKeyTag>;

// The number of the log entry that holds a message's header and body.
using EntryIndex = base::Ordinal<struct EntryIndexTag>;

// Log time: microseconds since 1970, stamped by the leader. Never falls, see Machine::Apply.
// 0 means "no time": where something may have none.
using Time = base::Ordinal<struct QueueTimeTag>;

// A span of log time, in microseconds.
using Span = uint64_t;
inline constexpr Span kMillisecond = 1000;
inline constexpr Span kSecond = 1'000'000;
// More than any configuration may ask for.
inline constexpr Span kSpanMax = uint64_t{100} * 365 * 86'400 * kSecond;

// `span` after `time`; no later than the end of time.
constexpr Time After(Time time, Span span) {
  return span > UINT64_MAX - time.value() ? Time(UINT64_MAX) : time + span;
}

// A node's (or channel's) conversation with this queue. Chosen by the node that opens it, unique
// for ever: node id, incarnation and a counter, say.
using SessionId = base::Identity<struct SessionIdTag>;
// Grows each time that the session is attached anew, after a change of leader for instance.
using SessionEpoch = base::Ordinal<struct SessionEpochTag>;
// Numbers a session's commands, from 1, without gaps.
using SessionNumber = base::Ordinal<struct SessionNumberTag>;

// A consumer, by a number that its session chose. 0 is the session itself: what it got by Get.
using ConsumerNumber = base::Identity<struct ConsumerNumberTag>;
struct ConsumerId {
  SessionId session;
  ConsumerNumber number;
  friend auto operator<=>(const ConsumerId&, const ConsumerId&) = default;
};

// Where a message's header and body lie. A field of its own, beside the order key, from the first
// day: entries may be rewritten, and the message then lies elsewhere at the same place in the
// queue.
struct Position {
  EntryIndex entry;
  uint32_t slot = 0;  // Below kSlotsMax.
  friend auto operator<=>(const Position&, const Position&) = default;
};
inline constexpr uint32_t kSlotsMax = 256;  // Messages in one entry.

// Consecutive keys, both ends included.
struct KeyRange {
  OrderKey first;
  OrderKey last;
  uint64_t size() const { return last - first + 1; }
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

using Priority = uint8_t;  // Higher goes first.

}  // namespace warren::queue
