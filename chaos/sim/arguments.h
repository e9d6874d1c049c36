// What warren-sim is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "chaos/sim/setup.h"
#include "raft/planted_bug.h"

namespace warren::sim {

struct RunOneSeed {
  uint64_t seed = 0;
  bool trace = false;
};
struct RunManySeeds {
  uint64_t first = 1;
  uint64_t last = UINT64_MAX;
  absl::Duration time_max = absl::InfiniteDuration();
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

// Instead of arguments: what to say, and with which status to end.
struct Farewell {
  std::string text;
  int exit_code = 0;
};
inline constexpr int kExitViolation = 1;
inline constexpr int kExitUsage = 2;

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words);

}  // namespace warren::sim
