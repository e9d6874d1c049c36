#include "raft/peers.h"

#include <algorithm>

namespace warren::raft {
namespace {

bool Precedes(const Peer& peer, NodeId id) { return peer.id < id; }

}  // namespace

Peers::Peers(const Config& config, const Membership& membership, Index last)
    : inflight_messages_max_(config.inflight_messages_max),
      inflight_bytes_max_(config.inflight_bytes_max),
      planted_bug_(config.planted_bug) {
  for (const NodeId id : membership.AllMembers()) {
    peers_.push_back(Make(id, id == config.id ? last : Index(), last + 1));
    Peer& peer = peers_.back();
    peer.progress.learner = membership.IsLearner(id);
    if (id == config.id) {
      peer.progress.BecomeReplicate();
      peer.progress.active = true;
    }
  }
}

Peer Peers::Make(NodeId id, Index match, Index next) const {
  Peer peer;
  peer.id = id;
  peer.progress = Progress(match, next, inflight_messages_max_, inflight_bytes_max_);
  return peer;
}

void Peers::Follow(const Membership& membership, Index last) {
  std::erase_if(peers_, [&](const Peer& peer) { return !membership.Contains(peer.id); });
  for (const NodeId id : membership.AllMembers()) {
    if (Find(id) == nullptr) {
      Peer peer = Make(id, Index(), std::max(last, Index(1)));
      peer.progress.active = true;
      peers_.insert(std::lower_bound(peers_.begin(), peers_.end(), id, Precedes), std::move(peer));
    }
    Find(id)->progress.learner = membership.IsLearner(id);
  }
}

const Peer* Peers::Find(NodeId id) const {
  const auto at = std::lower_bound(peers_.begin(), peers_.end(), id, Precedes);
  return at != peers_.end() && at->id == id ? &*at : nullptr;
}

Peer* Peers::Find(NodeId id) { return const_cast<Peer*>(std::as_const(*this).Find(id)); }

Index Peers::CommittedIndex(const Membership& membership) const {
  const auto acked = [&](NodeId voter) -> std::optional<Index> {
    const Peer* peer = Find(voter);
    if (peer == nullptr) return std::nullopt;
    return peer->progress.match();
  };
  if (planted_bug_ == PlantedBug::kLearnerCounted) {
    NodeSet everybody = membership.voters;
    everybody.InsertAll(membership.learners);
    return JointCommittedIndex(everybody, membership.outgoing, acked);
  }
  if (planted_bug_ == PlantedBug::kJointNeedsOneHalf) {
    return raft::CommittedIndex(membership.voters, acked);
  }
  return JointCommittedIndex(membership.voters, membership.outgoing, acked);
}

bool Peers::QuorumIsActive(const Membership& membership) const {
  const auto active = [&](NodeId voter) -> std::optional<bool> {
    const Peer* peer = Find(voter);
    if (peer == nullptr) return std::nullopt;
    return peer->progress.active && !peer->progress.amnesiac;
  };
  return JointCountVotes(membership.voters, membership.outgoing, active) == VoteResult::kWon;
}

}  // namespace warren::raft
