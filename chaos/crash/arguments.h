// What warren-crash is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "chaos/seed_runs/command_line.h"
#include "replication/log/planted_bug.h"

namespace warren::crash {

// The default plan: these seeds cut the power at enough points of every kind.
inline constexpr uint64_t kSeedsByDefault = 1200;
inline constexpr uint64_t kPointsMin = 3000;       // In all, by the default plan,
inline constexpr uint64_t kPointsOfKindMin = 100;  // ... before and after each step.
inline constexpr uint64_t kKillsByDefault = 20;

using seed_runs::Farewell;
using seed_runs::kExitUsage;
using seed_runs::kExitViolation;

struct RunOneSeed {
  uint64_t seed = 0;
};
struct RunManySeeds : seed_runs::SeedRange {
  bool is_default = true;  // Then too few points are a failure.
};
struct SearchPlanted {
  std::vector<log::PlantedBug> bugs;
};
struct KillInALoop {
  uint64_t rounds = kKillsByDefault;
};
// What the loop starts: a log in this directory, written until somebody kills the process.
struct BeKilled {
  std::string directory;
};

struct Arguments {
  std::variant<RunManySeeds, RunOneSeed, SearchPlanted, KillInALoop, BeKilled> task;
  size_t threads = 1;
  bool verbose = false;
};

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words);

}  // namespace warren::crash
