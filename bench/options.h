// What a run of the benchmarks is asked for.
#pragma once

namespace warren::bench {

struct Options {
  bool tiny = false;  // Just enough work to see that everything works.
};

}  // namespace warren::bench
