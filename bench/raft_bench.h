// The Raft core alone: three members in one thread, no disk, no network.
#pragma once

#include "bench/options.h"

namespace warren::bench {

// Prints raft.commit.batched, raft.commit.single and raft.allocations_per_step. False, with a
// line on stderr, if the members did not commit what was proposed.
bool RunRaftBench(const Options& options);

}  // namespace warren::bench
