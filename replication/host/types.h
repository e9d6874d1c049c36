// The vocabulary of groups on a node.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "raft/types.h"

namespace warren::replication {

using raft::GroupId;
using raft::Incarnation;
using raft::NodeId;

// Which of a node's event loops. Groups are placed by their id, sessions by who opens them.
using ShardNo = uint16_t;

// What the entries of a group mean. A number is never used again for another kind.
enum class GroupKind : uint8_t {
  kQueue = 1,
  kCatalog = 2,
};

// What a group's log outlives. Chosen when the group is made, for ever.
enum class Durability : uint8_t {
  kOnDisk = 0,    // Its node: what is acknowledged is synced.
  kInMemory = 1,  // Nothing: it costs no disk and no sync, and ends with its node's process.
};

// A payload with the checksum that was computed where it was packed; it is checked, and never
// computed again, on its way to other nodes, to disks, and to who reads it.
struct SealedPayload {
  base::Bytes bytes;
  uint32_t crc = 0;  // base::Crc32c(bytes)
  friend bool operator==(const SealedPayload&, const SealedPayload&) = default;
};

// What the node has found out about another one.
enum class NodeNews : uint8_t {
  kSuspected,  // No beat for a while, or its streams broke and it cannot be reached.
  kTrusted,    // It is heard again.
  kRestarted,  // It has a later incarnation: what its former life held is gone.
  kBroken,     // A stream from or to it broke: what was under way may be lost.
};

}  // namespace warren::replication
