// What one peer has published about itself and those whom it watches.
#pragma once

#include <cstdint>
#include <vector>

#include "base/monotonic_time.h"
#include "replication/liveness/beat.h"
#include "replication/liveness/matrix.h"

namespace warren::replication {

// Threads: a plain value.
class PublishedRow {
 public:
  explicit PublishedRow(base::MonotonicTime now) : heard_at_(now) {}

  // True if it says something else than before, ages and counters aside.
  bool Update(const Beat& beat, base::MonotonicTime now);

  MatrixRow ToRow(NodeId observer, base::MonotonicTime now) const;

 private:
  struct Shard {
    uint64_t progress = 0;
    base::MonotonicTime moved_at;
  };

  base::MonotonicTime heard_at_;  // Or since when it is a peer.
  Incarnation incarnation_;
  std::vector<PeerView> sees_;  // Ages as of heard_at_.
  bool holds_lease_ = false;
  std::vector<Shard> shards_;
};

}  // namespace warren::replication
