// The arguments of the command add-nodes.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "raft/config.h"
#include "raft/membership.h"
#include "tests/scenario_runner/member.h"
#include "tests/scenario_runner/script.h"

namespace warren::scenario_runner {

struct NewMembers {
  uint64_t count = 0;
  MemberSetup setup;  // Of each of them, but for its id and seed.
};

// A member of a scenario is, unless the arguments say otherwise: without any limit, with an
// election timeout of three ticks and a heartbeat every tick, without pre-vote and check-quorum,
// and as eager to send as etcd's library.
absl::StatusOr<NewMembers> ParseAddNodes(const Block& block);

}  // namespace warren::scenario_runner
