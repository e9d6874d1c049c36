// A moment, as a value. Where it comes from is base/clock.h, which pure cores do not see: they take
// moments as arguments.
#pragma once

#include <compare>

#include "absl/time/time.h"

namespace warren::base {

// A moment of a clock that only goes forward, at the pace of real time. Its zero means nothing:
// what counts is the distance between two moments of the same clock in the same process. Wall
// time is absl::Time; the two do not mix.
class MonotonicTime {
 public:
  constexpr MonotonicTime() = default;
  constexpr explicit MonotonicTime(absl::Duration since_zero) : since_zero_(since_zero) {}

  constexpr absl::Duration SinceZero() const { return since_zero_; }

  friend MonotonicTime operator+(MonotonicTime at, absl::Duration distance) {
    return MonotonicTime(at.since_zero_ + distance);
  }
  friend MonotonicTime operator-(MonotonicTime at, absl::Duration distance) {
    return MonotonicTime(at.since_zero_ - distance);
  }
  friend absl::Duration operator-(MonotonicTime to, MonotonicTime from) {
    return to.since_zero_ - from.since_zero_;
  }
  friend bool operator==(MonotonicTime a, MonotonicTime b) {
    return a.since_zero_ == b.since_zero_;
  }
  friend std::strong_ordering operator<=>(MonotonicTime a, MonotonicTime b) {
    if (a.since_zero_ < b.since_zero_) return std::strong_ordering::less;
    return a == b ? std::strong_ordering::equal : std::strong_ordering::greater;
  }

 private:
  absl::Duration since_zero_;
};

}  // namespace warren::base
