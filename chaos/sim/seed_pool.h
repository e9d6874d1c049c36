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

// Calls run(seed) for the plan's seeds in rising order, each on one of the threads, until `run`
// answers false: then those begun are finished, and no more are begun. Calls are one at a time for
// `keep`, which is what run's results go through: keep(function) runs the function under a lock.
// `on_progress()` is called now and then by the calling thread, under the same lock.
class SeedPool {
 public:
  using Keep = std::function<void(const std::function<void()>&)>;
  // Answers whether to go on.
  using Run = std::function<bool(uint64_t seed, const Keep& keep)>;

  explicit SeedPool(const SeedPlan& plan) : plan_(plan) {}

  // The CPU time of all threads.
  absl::Duration RunAll(const Run& run, const std::function<void()>& on_progress) const;

 private:
  SeedPlan plan_;
};

}  // namespace warren::sim
