// What warren-queue-sim is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chaos/seed_runs/command_line.h"
#include "queue/planted_bug.h"

namespace warren::queue_model {

using seed_runs::Farewell;
using seed_runs::kExitUsage;
using seed_runs::kExitViolation;

struct RunOneSeed {
  uint64_t seed = 0;
};
struct RunManySeeds : seed_runs::SeedRange {
  uint64_t operations = UINT64_MAX;
};
struct SearchPlanted {
  std::vector<queue::PlantedBug> bugs;
};

struct Arguments {
  std::variant<RunOneSeed, RunManySeeds, SearchPlanted> task;
  size_t threads = 1;
};

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words);

}  // namespace warren::queue_model
