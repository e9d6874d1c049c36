// Many runs, on all cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "absl/time/time.h"

#include "chaos/cluster/simulation.h"

namespace warren::cluster_sim {

struct RunPlan {
  uint64_t first_seed = 1;
  uint64_t last_seed = UINT64_MAX;                     // Included.
  absl::Duration time_max = absl::InfiniteDuration();  // No run begins after this.
  size_t threads = 1;
  bool go_on = false;  // After a violation.
};

struct RunTotals {
  Stats stats;
  uint64_t seeds = 0;
  std::map<uint64_t, sim::Violation> failures;  // By seed.
  std::map<uint64_t, uint64_t> hashes;          // By seed.
  absl::Duration cpu;                           // Of all threads together.

  // Simulated seconds per second of CPU time.
  double Speedup() const;
};

RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress);

}  // namespace warren::cluster_sim
