// The log on a real disk, beside what else one could do with that disk.
#pragma once

#include "bench/options.h"

namespace warren::bench {

// Prints log.*; bench/README.md lists them. Needs some 12 GiB of disk for a while (tiny: 1 GiB), in
// Options::directory. False, with a line on stderr, if something did not work.
bool RunLogBench(const Options& options);

}  // namespace warren::bench
