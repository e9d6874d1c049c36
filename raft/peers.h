// Everybody that a leader replicates to, itself included.
#pragma once

#include <cstdint>
#include <vector>

#include "raft/config.h"
#include "raft/membership.h"
#include "raft/progress.h"
#include "raft/quorum.h"

namespace warren::raft {

// Whether a peer waits for an append, when sending is left to the next output.
enum class Wish : uint8_t { kNone, kEntries, kEvenIfEmpty };

struct Peer {
  NodeId id;
  Progress progress;
  Wish wish = Wish::kNone;
};

// The progress of each member, sorted by id, in step with the membership.
class Peers {
 public:
  // At the start of a term: nothing is known of anybody but oneself.
  Peers(const Config& config, const Membership& membership, Index last);

  // The membership has changed. Those who stay keep their progress; those who are new are probed
  // from `last`, and count as active until the next check of the quorum has passed.
  void Follow(const Membership& membership, Index last);

  Peer* Find(NodeId id);
  const Peer* Find(NodeId id) const;

  // The largest index that a majority, of both halves while joint, holds durably.
  Index CommittedIndex(const Membership& membership) const;
  bool QuorumIsActive(const Membership& membership) const;

  size_t size() const { return peers_.size(); }
  Peer& operator[](size_t i) { return peers_[i]; }
  std::vector<Peer>::iterator begin() { return peers_.begin(); }
  std::vector<Peer>::iterator end() { return peers_.end(); }
  std::vector<Peer>::const_iterator begin() const { return peers_.begin(); }
  std::vector<Peer>::const_iterator end() const { return peers_.end(); }

 private:
  Peer Make(NodeId id, Index match, Index next) const;

  // Not a reference: peers move with their leader. All that is needed of the config.
  size_t inflight_messages_max_;
  size_t inflight_bytes_max_;
  PlantedBug planted_bug_;
  std::vector<Peer> peers_;
};

}  // namespace warren::raft
