#include "chaos/sim/beats.h"

namespace warren::sim {

using raft::NodeId;

void Beats::Start(NodeId node, Time now) {
  for (Channel& channel : heard_[node.value()]) channel = {.known = {.at = now}, .coming = {}};
  // No lease without an acknowledgement in this life.
  for (Channel& channel : acknowledged_[node.value()]) {
    channel = {.known = {.at = Time::min()}, .coming = {}};
  }
}

void Beats::Send(NodeId from, NodeId to, const Sign& now, bool answers, Network& network) {
  const auto there = network.SendBeat(from, to, now.at);
  if (!there.has_value()) return;
  Channel& heard = heard_[to.value()][from.value()];
  heard.Tell({.known_at = *there, .sign = {.at = *there, .life = now.life}}, now.at);
  if (!answers) return;
  const auto back = network.SendBeat(to, from, *there);
  if (!back.has_value()) return;
  acknowledged_[from.value()][to.value()].Tell({.known_at = *back, .sign = now}, now.at);
}

Beats::Sign Beats::LastHeard(NodeId observer, NodeId peer, Time now) {
  return heard_[observer.value()][peer.value()].Read(now);
}

Time Beats::LastAcknowledged(NodeId node, NodeId peer, Time now) {
  return acknowledged_[node.value()][peer.value()].Read(now).at;
}

const Beats::Sign& Beats::Channel::Read(Time now) {
  std::erase_if(coming, [&](const News& news) {
    if (news.known_at > now) return false;
    if (news.sign.at > known.at) known = news.sign;
    return true;
  });
  return known;
}

void Beats::Channel::Tell(const News& news, Time now) {
  Read(now);  // So that what nobody asks about does not pile up.
  coming.push_back(news);
}

}  // namespace warren::sim
