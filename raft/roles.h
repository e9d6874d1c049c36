// The roles of a member, each with the state that exists in it and in no other.
#pragma once

#include <memory>
#include <variant>

#include "raft/types.h"
#include "raft/vote_tally.h"

namespace warren::raft {

class Leader;

struct Following {
  NodeId leader;  // Nobody if unknown.
  // Liveness::kNode only:
  bool suspected = false;  // The leader's node does not answer.
  bool doubted = false;    // Somebody campaigns against it, and it has not been heard since.
};

struct Campaigning {
  bool pre_vote = false;
  VoteTally votes;
};

using RoleData = std::variant<Following, Campaigning, std::unique_ptr<Leader>>;

}  // namespace warren::raft
