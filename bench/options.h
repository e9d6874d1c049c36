// What a run of the benchmarks is asked for.
#pragma once

#include <string>

namespace warren::bench {

struct Options {
  bool tiny = false;  // Just enough work to see that everything works.
  // Where benchmarks of the disk work, in a folder of their own which they remove. Empty: the
  // system's folder for temporary files.
  std::string directory;
};

}  // namespace warren::bench
