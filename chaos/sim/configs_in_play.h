// Which members may yet decide anything.
#pragma once

#include <vector>

#include "raft/node_set.h"
#include "raft/types.h"

namespace warren::sim {

class Node;
class World;

// Every set of voters whose majority may be asked for, now or once what stands in a log takes
// effect: the halves of the configurations of `members`, and of those to come.
std::vector<raft::NodeSet> VotersInPlay(const World& world, const raft::NodeSet& members);

// May `node` lose what it acknowledged, without the group losing what it committed? Of each set in
// play a majority must remain that remembers everything: that is the promise which the group's
// safety stands on, and a run that breaks it shows nothing.
bool MayForget(const World& world, raft::NodeId node);

// The node that has applied most: the one that knows best who belongs to the group.
const Node& Furthest(const World& world);

// Can the members that are `awake` decide, with nobody else there? They must be a majority, and one
// that remembers everything, of each set that is in play among them and at Furthest().
bool CanDecide(const World& world, const raft::NodeSet& awake);

raft::NodeSet AllNodes(const World& world);

}  // namespace warren::sim
