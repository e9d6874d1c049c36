// What each seed is about.
#pragma once

#include <cstddef>
#include <cstdint>

#include "chaos/sim/setup.h"

namespace warren::sim {

// A setup that is a function of the seed alone. Not every run has everything: for each kind of
// fault, each limit and each option, whether it is on at all is drawn first. A run with all faults
// at once spends its time recovering and gets nowhere near the states that one fault alone, struck
// often, leads to.
//
// `nodes` 0: drawn, too. Requires otherwise: 3 <= nodes <= kNodesMax.
RunSetup DrawSetup(uint64_t seed, size_t nodes = 0);

// No faults: three nodes and 100 proposals a second, as in production. What is left is the cost of
// simulating and checking.
RunSetup CalmSetup(uint64_t seed, size_t nodes = 0);

}  // namespace warren::sim
