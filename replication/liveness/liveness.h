// Whom this node takes for alive, and whether it may believe that others take it for alive.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"

#include "base/monotonic_time.h"
#include "replication/liveness/beat.h"
#include "replication/liveness/config.h"
#include "replication/liveness/matrix.h"
#include "replication/liveness/peer.h"

namespace warren::replication {

// One detector for all groups of a node. It sends beats, hears those of its peers, and tells what
// follows from them:
//
//   trust      A peer is trusted from its first beat on. It is suspected when no beat came for
//              `suspect_after`; when none came for `broken_grace` after a stream from or to it
//              broke; at once when, besides, nobody listens at its address.
//   reach      A peer is reached if it is trusted and has acknowledged a beat that was sent less
//              than `lease` ago. A link that works one way only reaches nobody.
//   lease      Held while a majority of the voters is reached, this node counting for itself.
//
// Why the lease is worth something: a peer that acknowledged a beat heard it after it was sent, so
// it will not suspect us for silence before `suspect_after` has passed since the sending, and by
// then the lease, which is shorter, has ended by itself. That needs no word from anybody, so it
// holds for a node that sleeps as well:
//
//     we send       peer hears                 lease ends          peer suspects us, at the
//     earliest
//        |-------------->|                         |                     |
//        |<----------------- lease --------------->|                     |
//                        |<---------------- suspect_after -------------->|
//
// Streams that break are another kind of evidence, of the death of a process; where both ends of
// them live, both see them break, and who suspects a peer does not count its acknowledgements. The
// lease is for stopping in time what must not go on in two places; that nothing is lost never
// depends on it.
//
// Beats, lost streams and the like are evidence; Advance() judges. All answers change there and
// nowhere else, but two: the lease ends by itself, and IncarnationOf() is what was last heard.
//
// A node that has slept (Advance() was not called for half of `suspect_after`) cannot tell silence
// from its own deafness: it gives every peer that it trusts the full time again.
//
// What it does not do: send, wait, or know what a group is. Moments are handed in; they are of one
// clock, and one that lies before an earlier one counts as that.
// Threads: one at a time.
class Liveness {
 public:
  // Requires: config has no faults; self is not none; incarnation is not 0.
  Liveness(const LivenessConfig& config, NodeId self, Incarnation incarnation);

  // From now on these are the nodes, and those of them whose majority makes the lease; both may
  // name this one. What is known of a peer that stays a peer is kept. A new one is neither trusted
  // nor suspected, and becomes one of the two within `suspect_after`.
  void SetPeers(std::vector<NodeId> all, std::vector<NodeId> voters, MonotonicTime now);

  // The beats that are due, and whom to send them to. What cannot be sent is dropped.
  std::vector<std::pair<NodeId, Beat>> TakeBeats(MonotonicTime now,
                                                 std::span<const uint64_t> shard_progress);

  // Passed over: beats of who is no peer, of an earlier life of it, and out of order.
  void OnBeat(const Beat& beat, MonotonicTime now);

  // The peer's control stream to us ended, or ours to it broke.
  void OnStreamLost(NodeId peer, MonotonicTime now);
  // Our control stream to it works (again): what we say from now on arrives. It is told at once
  // that we live, since it may have seen a stream break.
  void OnStreamOpened(NodeId peer, MonotonicTime now);
  // Our control stream to it could not be opened: nobody listens. (Not: it refuses us.)
  void OnUnreachable(NodeId peer, MonotonicTime now);

  // What changed since the call before. In order of the nodes' ids.
  struct Changes {
    std::vector<NodeId> suspected;
    std::vector<NodeId> trusted;
    std::vector<NodeId> restarted;  // It has a later incarnation: its former life is over.
    // A lease that was lost and won again in between is told as lost, and as held by the next call.
    std::optional<bool> lease;
    bool reach = false;   // Whom this node reaches.
    bool matrix = false;  // That, or what others said of theirs, or who holds a lease.
    friend bool operator==(const Changes&, const Changes&) = default;
  };
  Changes Advance(MonotonicTime now);

  // When TakeBeats() or Advance() has something to do next, if nothing is heard before.
  MonotonicTime NextDeadline() const;

  bool Trusts(NodeId node) const;  // True of this node itself.
  bool HoldsLease(MonotonicTime now) const;
  bool Reaches(NodeId node) const;  // True of this node itself.
  // 0 if it was never heard.
  Incarnation IncarnationOf(NodeId node) const;
  // Ages are up to the latest moment that was handed in.
  Matrix view() const;

 private:
  void Notice(MonotonicTime now);
  bool SomethingToTell() const;
  MonotonicTime LeaseEnd() const;
  void AdvanceLease(Changes* changes);
  std::vector<PeerView> OwnRow() const;
  Peer* Find(NodeId node);
  const Peer* Find(NodeId node) const;

  const LivenessConfig config_;
  const NodeId self_;
  const Incarnation incarnation_;

  MonotonicTime now_ = kLongAgo;              // The latest moment that was handed in.
  std::optional<MonotonicTime> advanced_at_;  // Or when the first peers were set.
  absl::btree_map<NodeId, Peer> peers_;       // Without this node.
  std::vector<NodeId> voters_;                // No one twice.

  // The lease begins when Advance() says so. It is over from LeaseEnd() on, whether or not that has
  // been noticed; once noticed, it stays so until Advance() has told it.
  bool lease_ = false;
  bool lease_told_ = false;
  bool rows_changed_ = false;  // Changes::matrix, of peers' rows.
};

}  // namespace warren::replication
