// The scripts about majorities: what is committed, who has won.
#pragma once

#include <string>

#include "tests/scenario_runner/script.h"

namespace warren::scenario_runner {

// Answers one command:
//
//      committed cfg=(1,2) cfgj=(2,3) idx=(12,_,5)     the index that both majorities have
//      vote cfg=(1,2,3) votes=(y,_,n)                  won, lost or pending
//
// cfgj is the other half of a joint configuration; cfgj=zero stands for an empty one. Voters get
// indexes and votes in the order in which they are first named; _ means not heard of.
//
// The answer also names every other way to compute the same that comes to another result: halves
// exchanged, joined with itself or with nobody, voters that are behind put back further.
std::string RunQuorumCommand(const Block& block);

}  // namespace warren::scenario_runner
