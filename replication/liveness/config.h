// What an operator may choose about how nodes watch each other.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace warren::replication {

// All nodes must agree on `suspect_after` and `lease`: what one node believes about its lease rests
// on how long the others wait.
struct LivenessConfig {
  // How often each node says to each other one that it lives. 1 ms to 10 s; more often costs CPU
  // when nothing else goes on.
  absl::Duration beat_interval = absl::Milliseconds(100);
  // A node that was not heard for so long is suspected: its groups elect other leaders. At least
  // four beat intervals; too little, and a busy machine is taken for a dead one.
  absl::Duration suspect_after = absl::Seconds(1);
  // A node holds its lease while a majority has acknowledged beats that it sent less than this ago.
  // At least two beat intervals and less than `suspect_after`: the distance between the two is how
  // long the holder may take to act on the loss of its lease, and must cover how far the clocks of
  // two nodes drift apart in `suspect_after`.
  absl::Duration lease = absl::Milliseconds(800);
  // How long after its stream broke a node may be silent before it is suspected. Must cover the
  // time that a working node takes to open a stream again. Less than `suspect_after`.
  absl::Duration broken_grace = absl::Milliseconds(50);

  // All that is wrong with it, not just the first thing.
  std::vector<std::string> Faults() const;
};

}  // namespace warren::replication
