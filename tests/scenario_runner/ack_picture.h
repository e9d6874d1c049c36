// Which voters are how far, drawn with letters.
#pragma once

#include <map>
#include <string>

#include "raft/node_set.h"
#include "raft/types.h"

namespace warren::scenario_runner {

// What voters have acknowledged; one that is missing has not been heard of.
using Acks = std::map<raft::NodeId, raft::Index>;

// One line per voter, under a heading. The bar's length is the number of voters that are behind
// this one, so that the eye can count to a majority:
//
//           idx
//      xx>   12    (id=1)
//      x>     5    (id=2)
//      ?      0    (id=3)
std::string DrawAcks(const raft::NodeSet& voters, const Acks& acks);

}  // namespace warren::scenario_runner
