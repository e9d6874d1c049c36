// The queue machine alone: commands in, effects out; no log, no codec, no network.
#pragma once

#include "bench/options.h"

namespace warren::bench {

// Prints the figures of queue.cycles, queue.backlog_10m, queue.half_settled, queue.varied_10m,
// queue.snapshot_10m, queue.snapshot_half and queue.attach_10k (with --tiny: of far fewer messages,
// under the same names). False, with a line on stderr, if a machine did not do what it was told.
bool RunQueueBench(const Options& options);

}  // namespace warren::bench
