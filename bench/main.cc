// warren-bench [GROUP] [--tiny]: prints the figures of one group of benchmarks, or of all.
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "bench/log_bench.h"
#include "bench/options.h"
#include "bench/queue_bench.h"
#include "bench/raft_bench.h"
#include "bench/replication_bench.h"

namespace warren::bench {
namespace {

struct Group {
  std::string_view name;
  bool (*run)(const Options&);
};
constexpr std::array<Group, 4> kGroups = {{
    {.name = "log", .run = RunLogBench},
    {.name = "queue", .run = RunQueueBench},
    {.name = "raft", .run = RunRaftBench},
    {.name = "replication", .run = RunReplicationBench},
}};

std::string GroupNames() {
  std::string names;
  for (const Group& group : kGroups) names.append(names.empty() ? "" : ", ").append(group.name);
  return names;
}

int Main(int argc, char** argv) {
  CLI::App app("Micro benchmarks of Warren's parts. Prints `figure NAME VALUE UNIT` lines.");
  std::string wanted;
  Options options;
  app.add_option("group", wanted, "Only this group: " + GroupNames());
  app.add_flag("--tiny", options.tiny, "Only check that the benchmarks work");
  app.add_option("--dir", options.directory,
                 "Where benchmarks of the disk work (default: the folder for temporary files)");
  CLI11_PARSE(app, argc, argv);

  bool found = false;
  bool good = true;
  for (const Group& group : kGroups) {
    if (!wanted.empty() && wanted != group.name) continue;
    found = true;
    good = group.run(options) && good;
  }
  if (found) return good ? 0 : 1;
  std::fprintf(stderr, "warren-bench: there is no group '%s'; the groups are: %s\n", wanted.c_str(),
               GroupNames().c_str());
  return 2;
}

}  // namespace
}  // namespace warren::bench

int main(int argc, char** argv) {
  try {
    return warren::bench::Main(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "warren-bench: %s\n", failure.what());
    return 1;
  }
}
