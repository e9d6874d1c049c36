// Who reaches whom, as far as one node knows.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "replication/liveness/beat.h"

namespace warren::replication {

// Of one node; its own if it is the one that was asked, else what it last published.
struct MatrixRow {
  NodeId observer;
  Incarnation incarnation;     // 0: nothing was heard of it, and the row is empty.
  absl::Duration age;          // Since it was heard. What is too old says little.
  std::vector<PeerView> sees;  // In order of the nodes' ids. Ages count up to now.
  bool holds_lease = false;
  // For each of its shards: how long its counter has not moved. As others see it, to within the
  // interval of its beats; empty in the own row.
  std::vector<absl::Duration> shards_still_for;
  friend bool operator==(const MatrixRow&, const MatrixRow&) = default;
};

// In order of the observers' ids.
using Matrix = std::vector<MatrixRow>;

}  // namespace warren::replication
