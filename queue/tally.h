// How many messages are in a state, and their bytes.
#pragma once

#include <cstdint>

#include "base/check.h"

namespace warren::queue {

struct Tally {
  uint64_t messages = 0;
  uint64_t bytes = 0;

  Tally& operator+=(const Tally& other) {
    messages += other.messages;
    bytes += other.bytes;
    return *this;
  }
  Tally& operator-=(const Tally& other) {
    WARREN_CHECK(messages >= other.messages && bytes >= other.bytes);
    messages -= other.messages;
    bytes -= other.bytes;
    return *this;
  }
  friend bool operator==(const Tally&, const Tally&) = default;
};

}  // namespace warren::queue
