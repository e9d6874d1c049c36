#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "base/clock.h"

namespace warren::base {

// Holds repeated events back, so that a client in a loop cannot fill a disk or drown the rest.
// Each event name has a bucket of its own: `burst` lines at once, then one per `interval`. What is
// held back is counted, and the count goes out with the name's next line or by TakeHeldBack().
//
// Memory: one entry per event name, and names are literals of the program.
// Threads: any.
class LogLimiter {
 public:
  LogLimiter(uint32_t burst, absl::Duration interval) : burst_(burst), interval_(interval) {}

  struct Verdict {
    bool passes = false;
    uint64_t held_back = 0;  // Since the last line that passed; 0 unless this one passes.
  };
  // Requires: `event` outlives the limiter.
  Verdict Admit(std::string_view event, MonotonicTime now);

  struct HeldBack {
    std::string_view event;
    uint64_t count = 0;
  };
  // Those that were not told yet, by name, and forgets them.
  std::vector<HeldBack> TakeHeldBack();

 private:
  struct Bucket {
    absl::Duration credit;  // A line costs `interval_`.
    MonotonicTime filled_at;
    uint64_t held_back = 0;
  };

  const uint32_t burst_;
  const absl::Duration interval_;
  std::mutex mutex_;
  std::map<std::string_view, Bucket> buckets_;  // Guarded by mutex_.
};

}  // namespace warren::base
