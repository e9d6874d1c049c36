// What a group replicates.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/interval_set.h"
#include "raft/event.h"
#include "raft/snapshot.h"
#include "raft/types.h"
#include "replication/host/types.h"
#include "replication/session/message.h"

namespace warren::replication {

// What a state machine may ask of the group that it belongs to. Borrowed from the group, which
// outlives its machine. Nothing here calls back before it returns.
class GroupHandle {
 public:
  virtual ~GroupHandle() = default;

  virtual GroupId group() const = 0;
  virtual NodeId self() const = 0;
  virtual raft::LogTime Clock() const = 0;  // The node's wall clock, as proposals are stamped.

  // Appends these, one entry each, if this member leads; all or none. kBusy: too much is under way
  // in this group or on this node.
  virtual raft::StepResult Propose(std::span<const SealedPayload> payloads) = 0;

  // Reads single entries, from memory or disk. StateMachine::OnRead answers with the same `tag`;
  // answers may come in another order than they were asked for.
  virtual void Read(uint64_t tag, std::vector<raft::Index> indexes) = 0;

  // To a session on any node, this one included. May be lost on the way.
  virtual void Send(NodeId to, ShardNo shard, SessionMessage message) = 0;

  // An entry has deleted the queue, for ever. Told by every member's machine, once, leading or not.
  virtual void Removed() = 0;
};

// The state that the entries of a group build, and what is done with it while this member leads.
// Its own functions are called by one thread, one at a time, and by nobody else.
//
// Deterministic in Apply: equal entries give equal state on every member. What Apply brings about
// outside (answers, deliveries) is for a leading member to send.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // In the order of the log, without gaps but for entries that are not the machine's. Never again
  // for an index that the state holds already.
  virtual void Apply(const raft::Entry& entry) = 0;

  // The state after the last Apply, and the entries it still needs to read.
  struct Image {
    base::IntervalSet live;
    std::string state;
  };
  virtual Image TakeImage() = 0;
  // Is this entry, which was applied, one of Image::live?
  virtual bool IsLive(raft::Index index) const = 0;
  // About how many bytes the state still needs of what entries have brought; 0: nobody counts them.
  // Cheap: asked often.
  virtual uint64_t LiveBytes() const { return 0; }
  // Becomes what `state` says, whatever it was. DATA_LOSS if it says nothing sensible.
  virtual absl::Status Restore(std::string_view state) = 0;
  // Equal states have equal digests.
  virtual uint64_t Digest() const = 0;

  // This member leads, and has applied everything that was committed before: it serves.
  virtual void StartLeading(raft::Term term) = 0;
  // It does not lead any more. `leader`: who does, nobody if that is unknown.
  virtual void StopLeading(NodeId leader) = 0;

  // For the machine at this member, from a session. Comes whether or not it leads; `leader` is the
  // one that this member follows.
  virtual void OnMessage(NodeId from, NodeId leader, SessionMessage message) = 0;
  virtual void OnRead(uint64_t tag, absl::StatusOr<std::vector<raft::Entry>> entries) = 0;

  // While leading. After StartLeading once for every node that the host knows, this one included:
  // kTrusted or kSuspected; then when something changes. `incarnation`: the node's present one, 0
  // if that is unknown.
  virtual void OnNode(NodeId node, NodeNews news, Incarnation incarnation) = 0;

  // While leading: when OnDeadline is to be called, by the node's wall clock.
  virtual std::optional<raft::LogTime> NextDeadline() const = 0;
  virtual void OnDeadline() = 0;

  // The end of a pass over what came in: sends what has gathered.
  virtual void Flush() = 0;
};

}  // namespace warren::replication
