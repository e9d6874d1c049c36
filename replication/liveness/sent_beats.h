// The beats sent to one peer, and which of them it has acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/time/time.h"

#include "base/monotonic_time.h"

namespace warren::replication {

using base::MonotonicTime;

// Stand in for moments that have not come or never will.
inline constexpr MonotonicTime kLongAgo{-absl::InfiniteDuration()};
inline constexpr MonotonicTime kNever{absl::InfiniteDuration()};

// What an acknowledgement proves is that the peer was there after the beat was *sent*; when the
// acknowledgement arrives says nothing, for it may have been on its way for long. So this remembers
// when each number was sent.
//
// Threads: a plain value.
class SentBeats {
 public:
  // Of beats that are not acknowledged, the newest so many are remembered.
  static constexpr size_t kRememberedMax = 4096;

  // The number of a beat that is sent now; beats that were sent before `useful_from` are forgotten,
  // and acknowledgements of those that are forgotten count for nothing.
  uint64_t Send(MonotonicTime now, MonotonicTime useful_from);
  void Acknowledge(uint64_t number);
  // The peer has begun a new life and has heard nothing yet. Numbers go on.
  void ForgetAcknowledgements() { acknowledged_sent_at_ = kLongAgo; }

  // When the latest beat was sent that the peer has acknowledged; kLongAgo if there is none.
  MonotonicTime acknowledged_sent_at() const { return acknowledged_sent_at_; }

 private:
  struct Sent {
    uint64_t number = 0;
    MonotonicTime at;
  };
  std::deque<Sent> sent_;  // Not acknowledged. Numbers and moments rise.
  uint64_t last_number_ = 0;
  MonotonicTime acknowledged_sent_at_ = kLongAgo;
};

}  // namespace warren::replication
