// Many runs, on all cores; and one failing run, made short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "chaos/queue_model/comparison.h"
#include "chaos/queue_model/history.h"
#include "chaos/queue_model/subject.h"

namespace warren::queue_model {

struct RunPlan {
  uint64_t first_seed = 1;
  uint64_t last_seed = UINT64_MAX;                     // Included.
  uint64_t operations = UINT64_MAX;                    // No run begins after so many.
  absl::Duration time_max = absl::InfiniteDuration();  // No run begins after this.
  size_t threads = 1;
  MakeSubject make_subject;
};

struct RunTotals {
  uint64_t operations = 0;
  uint64_t seeds = 0;
  std::map<uint64_t, Difference> failures;  // By seed. The first one stops the rest.
};

// `on_progress` is called now and then, on the calling thread, with the operations done.
RunTotals RunSeeds(const RunPlan& plan, const std::function<void(uint64_t done)>& on_progress);

// What is wrong with this seed; the run is in a process of its own. nullopt: nothing.
std::optional<std::string> FaultOf(uint64_t seed, const MakeSubject& make_subject);

// The seed's history in words, as short as can be found, and what differs at its end. Requires:
// FaultOf() has one.
std::string ShrunkStory(uint64_t seed, const MakeSubject& make_subject);

}  // namespace warren::queue_model
