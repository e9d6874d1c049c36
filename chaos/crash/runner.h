// Many trials, on all cores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "chaos/crash/trial.h"
#include "replication/log/planted_bug.h"

namespace warren::crash {

struct RunPlan {
  uint64_t first_seed = 1;
  uint64_t last_seed = UINT64_MAX;                     // Included.
  absl::Duration time_max = absl::InfiniteDuration();  // No trial begins after this.
  size_t threads = 1;
};

struct RunTotals {
  uint64_t seeds = 0;
  TrialResult sum;                           // But for faults.
  std::map<uint64_t, std::string> failures;  // By seed. The first one stops the rest.
};

// `on_progress` is called now and then with the points done.
RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t points)>& on_progress);

// What is wrong with this seed; the trial is in a process of its own. nullopt: nothing.
std::optional<std::string> FaultOf(uint64_t seed, log::PlantedBug bug);

// What the seed's trial did last before it failed, and what is wrong then.
std::string StoryOf(uint64_t seed);

}  // namespace warren::crash
