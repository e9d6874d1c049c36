#include "chaos/sim/network.h"

#include <algorithm>

#include "base/check.h"
#include "chaos/sim/draw.h"

namespace warren::sim {

using raft::NodeId;

Network::Network(const NetworkSetup& setup, base::Rng rng, Stats& stats)
    : setup_(setup), rng_(rng), stats_(stats) {}

Network::Arrivals Network::Send(NodeId from, NodeId to, Time now) {
  Link& link = At(from, to);
  if (Loses(link)) return {};
  Arrivals arrivals = {Arrive(link, now)};
  if (Happens(rng_, setup_.duplicated)) {
    stats_.Count(FaultKind::kMessageDuplicated);
    arrivals.push_back(Arrive(link, now));
  }
  return arrivals;
}

std::optional<Time> Network::SendBeat(NodeId from, NodeId to, Time now) {
  Link& link = At(from, to);
  if (Loses(link)) return std::nullopt;
  return now + DrawDelay(link);
}

bool Network::Loses(Link& link) {
  if (link.cut != Cut::kNone) {
    CountOnce(link.cut_counted,
              link.cut == Cut::kOneWay ? FaultKind::kOneWayCut : FaultKind::kPartition);
    return true;
  }
  const bool lost = Happens(rng_, setup_.lost);
  if (lost) stats_.Count(FaultKind::kMessageLost);
  return lost;
}

Duration Network::DrawDelay(Link& link) {
  if (link.slow > Duration(0)) CountOnce(link.slow_counted, FaultKind::kSlowLink);
  return DrawBetween(rng_, setup_.delay_min, setup_.delay_max) + link.slow;
}

Time Network::Arrive(Link& link, Time now) {
  const Duration delay = DrawDelay(link);
  if (Happens(rng_, setup_.straggling)) {
    const Time arrival = now + delay + DrawBetween(rng_, Duration(0), setup_.straggle_max);
    link.straggler_arrival = std::max(link.straggler_arrival, arrival);
    return arrival;
  }
  link.last_arrival = std::max(link.last_arrival, now + delay);
  if (link.last_arrival < link.straggler_arrival) {
    stats_.Count(FaultKind::kMessageReordered);
    link.straggler_arrival = Time();  // Overtaken, and counted once.
  }
  return link.last_arrival;
}

void Network::SetCut(NodeId from, NodeId to, Cut cut) {
  Link& link = At(from, to);
  link.cut = cut;
  link.cut_counted = false;
}

bool Network::IsOpen(NodeId from, NodeId to) const { return At(from, to).cut == Cut::kNone; }

void Network::SetSlow(NodeId from, NodeId to, Duration extra) {
  Link& link = At(from, to);
  link.slow = extra;
  link.slow_counted = false;
}

void Network::Calm() {
  setup_.lost = setup_.duplicated = setup_.straggling = 0;
  for (auto& row : links_) {
    for (Link& link : row) {
      link = Link();  // New streams: nothing waits for what is still under way.
    }
  }
}

Network::Link& Network::At(NodeId from, NodeId to) {
  WARREN_CHECK(from.value() <= kNodesMax && to.value() <= kNodesMax);
  return links_[from.value()][to.value()];
}

const Network::Link& Network::At(NodeId from, NodeId to) const {
  WARREN_CHECK(from.value() <= kNodesMax && to.value() <= kNodesMax);
  return links_[from.value()][to.value()];
}

void Network::CountOnce(bool& counted, FaultKind kind) {
  if (!counted) stats_.Count(kind);
  counted = true;
}

}  // namespace warren::sim
