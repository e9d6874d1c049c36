// What stands in front of everything that nodes say to each other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "raft/types.h"

namespace warren::replication {

// A number is never used again for something else.
enum class EnvelopeKind : uint8_t {
  kBeat = 1,         // liveness/: from node to node.
  kRaft = 2,         // raft/codec.h: to a member of a group.
  kToLeader = 3,     // session/message.h: from a session to a queue's leader.
  kToSession = 4,    // ... and back, to a session on one of the node's shards.
  kFetch = 5,        // host/fetch_message.h: asks a member for entries that are missing.
  kFetched = 6,      // ... and the answer.
  kGroupGone = 7,    // The group has been removed for ever. No body.
  kCreateGroup = 8,  // host/group_spec.h: a new group begins.
  kCreated = 9,      // ... and what came of it.
};

// Says where a message goes before anybody has to look into it:
//
//   offset  size
//        0     1  version, 1
//        1     1  kind
//        2     2  shard, little-endian; of the receiving node; 0 where the group decides
//        4     8  group, little-endian; 0 for what concerns the node
//       12        the body
struct Envelope {
  EnvelopeKind kind = EnvelopeKind::kBeat;
  uint16_t shard = 0;
  raft::GroupId group;
  base::Bytes body;
};

inline constexpr uint8_t kEnvelopeVersion = 1;
inline constexpr size_t kEnvelopeHeaderBytes = 12;

base::BytesChain Wrap(EnvelopeKind kind, raft::GroupId group, uint16_t shard,
                      base::BytesChain body);

// The body shares the memory of `message`. DATA_LOSS for what is no envelope; UNIMPLEMENTED for a
// later version or kind.
absl::StatusOr<Envelope> Open(const base::Bytes& message);

}  // namespace warren::replication
