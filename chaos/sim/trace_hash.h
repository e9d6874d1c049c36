// One number for everything that happened in a run.
#pragma once

#include <cstdint>

namespace warren::sim {

// Two runs of a seed that differ in one event, at whatever step, give two hashes. Takes integers
// only: never a pointer, never what an unordered container iterates over.
class TraceHash {
 public:
  void Mix(uint64_t value) {
    // A multiplication spreads upwards only, so the shift brings the high bits back down.
    state_ = (state_ ^ value) * 0x9FB21C651E98DF25;
    state_ ^= state_ >> 32;
  }

  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0x243F6A8885A308D3;
};

}  // namespace warren::sim
