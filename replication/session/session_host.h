// What a session stands on: its shard.
#pragma once

#include "base/monotonic_time.h"
#include "replication/host/types.h"
#include "replication/session/message.h"

namespace warren::replication {

// Borrowed; outlives its sessions. Nothing here calls back before it returns.
class SessionHost {
 public:
  virtual ~SessionHost() = default;
  virtual NodeId self() const = 0;
  virtual Incarnation incarnation() const = 0;
  virtual ShardNo shard() const = 0;
  virtual base::MonotonicTime Now() const = 0;
  virtual bool Trusts(NodeId node) const = 0;
  // To the member of `group` on node `to`, this node included. May be lost on the way.
  virtual void Send(NodeId to, GroupId group, SessionMessage message) = 0;
};

}  // namespace warren::replication
