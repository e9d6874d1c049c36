// What warren-cluster-sim is asked to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "chaos/cluster/planted.h"
#include "chaos/seed_runs/command_line.h"

namespace warren::cluster_sim {

struct RunOneSeed {
  uint64_t seed = 0;
  bool trace = false;
  PlantedBug bug = PlantedBug::kNone;  // With this in it.
};
struct RunManySeeds : seed_runs::SeedRange {
  bool go_on = false;  // After a violation.
};
struct SearchPlanted {
  std::vector<PlantedBug> bugs;
};

struct Arguments {
  std::variant<RunOneSeed, RunManySeeds, SearchPlanted> task;
  size_t threads = 1;
  bool verbose = false;
};

std::variant<Arguments, seed_runs::Farewell> ParseArguments(std::vector<std::string> words);

}  // namespace warren::cluster_sim
