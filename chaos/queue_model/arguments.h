// What warren-queue-sim is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "queue/planted_bug.h"

namespace warren::queue_model {

struct RunOneSeed {
  uint64_t seed = 0;
};
struct RunManySeeds {
  uint64_t first = 1;
  uint64_t last = UINT64_MAX;
  uint64_t operations = UINT64_MAX;
  absl::Duration time_max = absl::InfiniteDuration();
};
struct SearchPlanted {
  std::vector<queue::PlantedBug> bugs;
};

struct Arguments {
  std::variant<RunOneSeed, RunManySeeds, SearchPlanted> task;
  size_t threads = 1;
};

// Instead of arguments: what to say, and with which status to end.
struct Farewell {
  std::string text;
  int exit_code = 0;
};
inline constexpr int kExitViolation = 1;
inline constexpr int kExitUsage = 2;

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words);

}  // namespace warren::queue_model
