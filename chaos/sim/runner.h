// Many runs, on all cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "absl/time/time.h"

#include "chaos/sim/oracles/verdict.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/stats.h"

namespace warren::sim {

struct RunPlan {
  uint64_t first_seed = 1;
  uint64_t last_seed = UINT64_MAX;                     // Included.
  absl::Duration time_max = absl::InfiniteDuration();  // No run begins after this.
  size_t threads = 1;
  bool go_on = false;  // After a violation.
  std::function<RunSetup(uint64_t seed)> make_setup;
};

struct Failure {
  RunSetup setup;
  Violation violation;
};

struct RunTotals {
  Stats stats;
  uint64_t seeds = 0;
  std::map<uint64_t, Failure> failures;  // By seed.
  std::map<uint64_t, uint64_t> hashes;   // By seed.
  absl::Duration cpu;                    // Of all threads together.

  // Simulated seconds per second of CPU time.
  double Speedup() const;
};

// Seeds are handed out in order; each runs on one thread. After a violation no new ones begin,
// unless the plan says to go on.
// `on_progress` is called now and then, on the calling thread, with the number of seeds done.
RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress);

}  // namespace warren::sim
