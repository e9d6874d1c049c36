// Replicated queues, three nodes as three processes.
#pragma once

#include "bench/options.h"

namespace warren::bench {

bool RunReplicationBench(const Options& options);

}  // namespace warren::bench
