// The beats by which nodes know that others are alive.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "chaos/sim/network.h"
#include "chaos/sim/setup.h"
#include "raft/types.h"

namespace warren::sim {

// Liveness::kNode. Each node beats every other one, and says in which life it is, and gets an
// acknowledgement back. A beat goes through the same network as everything else, but is no event of
// its own: what becomes of it is settled when it is sent, and seen by whoever asks after it has
// arrived. That makes a detector for all nodes about as cheap as one group's heartbeats.
class Beats {
 public:
  // `node` starts: it has heard nobody, and gives everybody the benefit of the doubt from `now` on.
  void Start(raft::NodeId node, Time now);

  // Of the sender, at some time.
  struct Sign {
    Time at;
    uint64_t life = 0;
  };

  // `from`, in its present life, beats `to`. `answers`: `to` is there to acknowledge it.
  void Send(raft::NodeId from, raft::NodeId to, const Sign& now, bool answers, Network& network);

  // The latest sign of life of `peer` that `observer` knows of at `now`.
  Sign LastHeard(raft::NodeId observer, raft::NodeId peer, Time now);
  // When the latest beat was sent that `node` knows, at `now`, to have reached `peer`.
  Time LastAcknowledged(raft::NodeId node, raft::NodeId peer, Time now);

 private:
  struct News {
    Time known_at;
    Sign sign;
  };
  struct Channel {
    Sign known;  // The latest sign that is known.
    std::vector<News> coming;
    const Sign& Read(Time now);
    void Tell(const News& news, Time now);
  };
  using Matrix = std::array<std::array<Channel, kNodesMax + 1>, kNodesMax + 1>;

  Matrix heard_;         // [observer][peer]
  Matrix acknowledged_;  // [node][peer]
};

}  // namespace warren::sim
