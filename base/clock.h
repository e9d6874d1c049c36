// Where time comes from. Pure cores take times as arguments; the shells around them read a Clock
// that they were given, so that a test can decide what time it is.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

#include "base/monotonic_time.h"

namespace warren::base {

// Threads: every clock below may be read and set from any.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual MonotonicTime Now() const = 0;   // For timeouts and durations. Never goes back.
  virtual absl::Time WallNow() const = 0;  // For people and records. An operator can set it back.
};

// The machine's. Its monotonic clock stands still while the machine sleeps.
class SystemClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  absl::Time WallNow() const override;
};

// Stands still until it is told otherwise.
class ManualClock final : public Clock {
 public:
  ManualClock() : ManualClock(absl::FromUnixSeconds(1'000'000'000)) {}
  explicit ManualClock(absl::Time wall) : wall_nanoseconds_(absl::ToUnixNanos(wall)) {}

  MonotonicTime Now() const override {
    return MonotonicTime(absl::Nanoseconds(monotonic_nanoseconds_.load()));
  }
  absl::Time WallNow() const override { return absl::FromUnixNanos(wall_nanoseconds_.load()); }

  // Time passes. Requires: not negative.
  void Advance(absl::Duration by);
  // Somebody sets the machine's time, by this much forward or back; no time passes.
  void StepWall(absl::Duration by) { wall_nanoseconds_ += absl::ToInt64Nanoseconds(by); }

 private:
  std::atomic<int64_t> monotonic_nanoseconds_{0};
  std::atomic<int64_t> wall_nanoseconds_;
};

}  // namespace warren::base
