// How a group begins.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "raft/recovered.h"
#include "raft/snapshot.h"
#include "replication/host/types.h"

namespace warren::replication {

// What a group is on its first day. Every member must begin with the same, to the byte: it becomes
// the snapshot that stands at the beginning of each member's log.
struct GroupSpec {
  GroupId group;
  GroupKind kind = GroupKind::kQueue;
  raft::NodeSet voters;
  std::string state;  // What a StateMachine of this kind starts with.
  Durability durability = Durability::kOnDisk;
  friend bool operator==(const GroupSpec&, const GroupSpec&) = default;
};

const char* Name(Durability durability);  // "on disk", "in memory"

// INVALID_ARGUMENT: no such group can be made; in memory only groups of one can be: a member that
// forgets everything whenever its node starts again would be of no use to the others.
absl::Status Validate(const GroupSpec& spec);

// The state in a snapshot of a group: its kind in front of what its StateMachine gave, so that a
// member can be started from its disk alone.
base::Bytes SealState(GroupKind kind, std::string_view state);
struct KindAndState {
  GroupKind kind = GroupKind::kQueue;
  std::string_view state;  // Within the bytes given.
};
absl::StatusOr<KindAndState> OpenState(const base::Bytes& state);

// A member's first Recovered: a snapshot at index 1 of term 1.
raft::Recovered FirstOf(const GroupSpec& spec, Incarnation incarnation);

// docs/formats/group_spec.md
base::BytesChain EncodeGroupSpec(const GroupSpec& spec);
absl::StatusOr<GroupSpec> DecodeGroupSpec(const base::Bytes& bytes);

}  // namespace warren::replication
