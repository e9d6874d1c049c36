// Names for sessions that tell whose they are.
#pragma once

#include <cstdint>

#include "queue/types.h"
#include "replication/host/types.h"

namespace warren::replication {

using queue::ConsumerNumber;
using queue::OrderKey;
using queue::SessionEpoch;
using queue::SessionId;
using queue::SessionNumber;

// A new leader knows of a session only what the machine knows, which is its id. So the id says of
// which life of which node the session is:
//
//   bits 63..44   a hash of the node's id
//   bits 43..28   the low bits of its incarnation
//   bits 27..0    a counter, which begins at another hash of the node's id and wraps around
//
// Two nodes may have the same hash. Their sessions still have different ids, because their counters
// begin apart; but the ones may be taken for the others' when a node is suspected or restarted,
// which costs redeliveries and loses nothing. A door, once open, knows the node itself.
class SessionIds {
 public:
  // Each of a node's shards gives every n-th: they do not ask each other.
  SessionIds(NodeId node, Incarnation incarnation, ShardNo shard = 0, ShardNo shards = 1);
  SessionId Next();

  // Was this id given by that node, as far as it tells? In that life, or in one before it? A node's
  // sessions may be heard before the news that it has started again.
  static bool IsOf(SessionId session, NodeId node);
  static bool IsOf(SessionId session, NodeId node, Incarnation incarnation);
  static bool IsOfFormerLife(SessionId session, NodeId node, Incarnation incarnation);

 private:
  uint64_t prefix_ = 0;
  uint32_t counter_ = 0;
  uint32_t step_ = 1;
};

}  // namespace warren::replication
