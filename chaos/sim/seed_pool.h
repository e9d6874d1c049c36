// Runs of many seeds on several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/time/time.h"

namespace warren::sim {

struct SeedPlan {
  uint64_t first = 1;
  uint64_t last = UINT64_MAX;
  absl::Duration time_max = absl::InfiniteDuration();  // No seed is begun after it.
  size_t threads = 1;
};

// What a run's results go through: keep(function) calls the function under a lock that all share.
using KeepResult = std::function<void(const std::function<void()>&)>;
// Answers whether to go on.
using RunSeed = std::function<bool(uint64_t seed, const KeepResult& keep)>;

// Runs the plan's seeds in rising order, each on one of the threads, until a run answers false:
// then those begun are finished, and no more are begun. `on_progress()` is called now and then,
// under the lock. Returns the CPU time of all threads.
absl::Duration RunOnThreads(const SeedPlan& plan, const RunSeed& run,
                            const std::function<void()>& on_progress);

}  // namespace warren::sim
