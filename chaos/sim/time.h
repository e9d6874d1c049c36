// Time as the simulated world has it.
#pragma once

#include <chrono>
#include <cstdint>

namespace warren::sim {

// Nothing here runs by itself: time is what the event queue says it is, and jumps from one event
// to the next. Microseconds in 64 bits, integers only, so that a run is the same everywhere.
struct VirtualClock {};  // Keeps these times apart from those of real clocks.

using Duration = std::chrono::duration<int64_t, std::micro>;
using Time = std::chrono::time_point<VirtualClock, Duration>;  // Counted from the run's start.

constexpr Duration Microseconds(int64_t n) { return Duration(n); }
constexpr Duration Milliseconds(int64_t n) { return Duration(n * 1000); }
constexpr Duration Seconds(int64_t n) { return Duration(n * 1'000'000); }

}  // namespace warren::sim
