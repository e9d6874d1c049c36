// What comes into a shard.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

#include "raft/node_set.h"
#include "raft/types.h"
#include "replication/host/group_ports.h"
#include "replication/host/types.h"
#include "replication/session/message.h"
#include "replication/wire/envelope.h"

namespace warren::replication {

class Shard;

struct FromPeer {  // What one frame held for this shard.
  NodeId from;
  std::vector<Envelope> messages;
};
struct FromShard {  // Of this node: to a queue's leader, or to a session.
  GroupId group;
  ShardNo shard = 0;
  bool to_leader = true;
  SessionMessage message;
};
struct WritesCompleted {  // A group once for each.
  std::vector<GroupId> groups;
};
struct RetirementNear {
  std::vector<GroupId> groups;
};
struct SpaceChanged {
  bool short_of_space = false;
};
struct EntriesRead {
  GroupId group;
  ReadTag tag;
  absl::StatusOr<std::vector<raft::Entry>> entries;
};
struct NodeChanged {
  NodeId node;
  NodeNews news = NodeNews::kTrusted;
  Incarnation incarnation;
};
struct ReachChanged {  // These nodes acknowledge what this one says; it is among them.
  raft::NodeSet reached;
};
// Anything else: what a user of the library, an operator or a placement wants.
using ShardTask = absl::AnyInvocable<void(Shard&)>;

using ShardItem = std::variant<FromPeer, FromShard, WritesCompleted, RetirementNear, SpaceChanged,
                               EntriesRead, NodeChanged, ReachChanged, ShardTask>;

// A read that a thread of its own does, since it may wait for the disk.
struct ReadJob {
  ShardNo shard = 0;
  GroupId group;
  ReadTag tag;
  raft::Index first;  // A range, unless `sparse` ...
  raft::Index last;
  size_t bytes_max = 0;
  bool sparse = false;
  std::vector<raft::Index> indexes;  // ... then these.
};

}  // namespace warren::replication
