#include "base/clock.h"

#include <time.h>

#include "absl/time/clock.h"

#include "base/check.h"

namespace warren::base {

MonotonicTime SystemClock::Now() const {
  timespec now = {};
  WARREN_CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
  return MonotonicTime(absl::DurationFromTimespec(now));
}

absl::Time SystemClock::WallNow() const { return absl::Now(); }

void ManualClock::Advance(absl::Duration by) {
  WARREN_CHECK(by >= absl::ZeroDuration());
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(by);
  monotonic_nanoseconds_ += nanoseconds;
  wall_nanoseconds_ += nanoseconds;
}

}  // namespace warren::base
