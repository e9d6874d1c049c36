// What warren-sim is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chaos/seed_runs/command_line.h"
#include "chaos/sim/setup.h"
#include "raft/planted_bug.h"

namespace warren::sim {

using seed_runs::Farewell;
using seed_runs::kExitUsage;
using seed_runs::kExitViolation;

struct RunOneSeed {
  uint64_t seed = 0;
  bool trace = false;
};
struct RunManySeeds : seed_runs::SeedRange {
  bool go_on = false;  // After a violation.
};
struct SearchPlanted {
  std::vector<raft::PlantedBug> bugs;
};

struct Arguments {
  std::variant<RunOneSeed, RunManySeeds, SearchPlanted> task;
  size_t threads = 1;
  size_t nodes = 0;  // 0: drawn.
  bool calm = false;
  bool verbose = false;

  RunSetup MakeSetup(uint64_t seed) const;
  // What stands between `./dev sim` and the seed in the command that repeats a run.
  std::string ForRepeating() const;
};

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words);

}  // namespace warren::sim
