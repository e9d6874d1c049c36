// The network between the nodes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"

#include "base/rng.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/stats.h"
#include "raft/types.h"

namespace warren::sim {

// Decides when, how often, and whether at all a message arrives. Knows nothing of what messages
// say and holds none: it answers Send() with times, and whoever asked keeps the message until then.
//
// A link is one direction between two nodes. Messages on it keep their order, as on a stream,
// except stragglers: they stand for what a closed and reopened stream, or several streams between
// the same two nodes, do to the order. A cut link loses what is sent on it from then on; what is
// under way still arrives.
class Network {
 public:
  using Arrivals = absl::InlinedVector<Time, 2>;

  // `stats` outlives this.
  Network(const NetworkSetup& setup, base::Rng rng, Stats& stats);

  // Arrival times of a message sent at `now`: none if it is lost, two if it is duplicated.
  Arrivals Send(raft::NodeId from, raft::NodeId to, Time now);

  // The same for something so small that its order, and whether it comes twice, do not matter.
  // `now` may lie ahead, for an answer to what has yet to arrive.
  std::optional<Time> SendBeat(raft::NodeId from, raft::NodeId to, Time now);

  // Why a link is cut, for the statistics: an episode counts once it has stopped a message.
  enum class Cut : uint8_t { kNone, kOneWay, kPartition };
  void SetCut(raft::NodeId from, raft::NodeId to, Cut cut);
  bool IsOpen(raft::NodeId from, raft::NodeId to) const;
  // Adds `extra` to every delay on the link; 0 ends that.
  void SetSlow(raft::NodeId from, raft::NodeId to, Duration extra);

  // No cut, no slow link, and from now on nothing is lost, duplicated or reordered.
  void Calm();

 private:
  struct Link {
    Cut cut = Cut::kNone;
    Duration slow{0};
    bool cut_counted = false;
    bool slow_counted = false;
    Time last_arrival;       // Of those that keep their order.
    Time straggler_arrival;  // Of the latest straggler.
  };

  Link& At(raft::NodeId from, raft::NodeId to);
  const Link& At(raft::NodeId from, raft::NodeId to) const;
  bool Loses(Link& link);
  Duration DrawDelay(Link& link);
  Time Arrive(Link& link, Time now);
  void CountOnce(bool& counted, FaultKind kind);

  NetworkSetup setup_;
  base::Rng rng_;
  Stats& stats_;
  std::array<std::array<Link, kNodesMax + 1>, kNodesMax + 1> links_;
};

}  // namespace warren::sim
