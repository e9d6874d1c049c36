// Reads that wait for a leader to make sure that it still is one.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ring.h"
#include "raft/membership.h"
#include "raft/node_set.h"
#include "raft/types.h"

namespace warren::raft {

// A read may look at the state of its commit index once a majority has answered a heartbeat that
// was sent after the read arrived: until then another leader may have been elected, and have
// committed more, unnoticed. (Raft thesis section 6.4)
//
// Reads are numbered in order of arrival. A heartbeat carries the number of the newest read, so
// one round of answers serves all reads that came before it.
class ReadQueue {
 public:
  struct Read {
    NodeId from;  // The member that asked: this leader itself, or a follower.
    ReadId id;
    Index index;  // The commit index when it arrived.
  };

  void Add(const Read& read) { waiting_.PushBack(read); }
  bool empty() const { return waiting_.empty(); }

  // What the next heartbeat should carry; 0 if no read waits.
  uint64_t NewestRead() const { return waiting_.empty() ? 0 : confirmed_ + waiting_.size(); }

  // `from` has answered a heartbeat that carried `number`.
  void Acknowledge(NodeId from, uint64_t number);
  // Appends to `out` the reads that a majority has confirmed by now, and forgets them.
  void TakeConfirmed(const Membership& membership, std::vector<Read>& out);

 private:
  struct Ack {
    NodeId from;
    uint64_t number = 0;
  };

  base::Ring<Read> waiting_;  // Numbers confirmed_ + 1 and on.
  uint64_t confirmed_ = 0;
  std::vector<Ack> acks_;  // The newest number that each member has answered.
};

}  // namespace warren::raft
