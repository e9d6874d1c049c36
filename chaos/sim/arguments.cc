#include "chaos/sim/arguments.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "chaos/sim/planted.h"
#include "chaos/sim/swarm.h"
#include "fmt/format.h"

namespace warren::sim {
namespace {

// The options as they were typed. What they mean together is found out afterwards.
struct Options {
  std::optional<uint64_t> seed;
  std::string seeds;
  std::string duration;
  std::optional<std::string> planted;
  bool go_on = false;
  bool trace = false;
};

Farewell Refuse(const std::string& why) {
  return {.text = fmt::format("warren-sim: {}\nwarren-sim --help lists what it takes.\n", why),
          .exit_code = kExitUsage};
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed, "Run this seed and print its trace hash");
  app.add_option("--seeds", options.seeds, "Run the seeds A..B");
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long (default: 10s)");
  app.add_option("--threads", arguments.threads, "Seeds to run at a time (default: the cores)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--nodes", arguments.nodes, "Nodes in each cluster (default: drawn)")
      ->check(CLI::Range(3, static_cast<int>(kNodesMax)));
  app.add_option("--planted", options.planted,
                 "Look for the planted bug of this name, or for each of them")
      ->expected(0, 1);
  app.add_flag("--calm", arguments.calm, "No faults; three nodes, 100 proposals a second");
  app.add_flag("--go-on", options.go_on, "Do not stop at the first violation");
  app.add_flag("--trace", options.trace, "With --seed: print what happens");
  app.add_flag("--verbose", arguments.verbose, "Print the setup, or the hash of each seed");
}

using Task = decltype(Arguments::task);

std::variant<Task, Farewell> TaskOfSearch(const std::string& name) {
  if (name.empty()) return SearchPlanted{.bugs = AllPlantedBugs()};
  if (const auto bug = PlantedBugOf(name)) return SearchPlanted{.bugs = {*bug}};
  return Refuse(fmt::format(
      "there is no planted bug '{}'; there are: {}", name,
      fmt::join(raft::kPlantedBugNames.begin() + 1, raft::kPlantedBugNames.end(), ", ")));
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  RunManySeeds many{.go_on = options.go_on};
  if (!options.seeds.empty()) {
    const std::vector<std::string> ends = absl::StrSplit(options.seeds, "..");
    const bool fine = ends.size() == 2 && absl::SimpleAtoi(ends[0], &many.first) &&
                      absl::SimpleAtoi(ends[1], &many.last) && many.first <= many.last;
    if (!fine) {
      return Refuse(fmt::format("--seeds wants A..B with A <= B, not '{}'", options.seeds));
    }
  }
  const bool bounded = !options.seeds.empty() && options.duration.empty();
  const std::string duration = options.duration.empty() ? "10s" : options.duration;
  const bool fine =
      absl::ParseDuration(duration, &many.time_max) && many.time_max > absl::ZeroDuration();
  if (!fine)
    return Refuse(fmt::format("--for wants a duration like 60s or 5m, not '{}'", duration));
  if (bounded) many.time_max = absl::InfiniteDuration();
  return many;
}

std::variant<Task, Farewell> TaskOf(const Options& options) {
  const bool many = !options.seeds.empty() || !options.duration.empty();
  if (options.seed.has_value() + options.planted.has_value() + many > 1) {
    return Refuse("--seed, --planted and --seeds or --for exclude one another");
  }
  if (options.trace && !options.seed.has_value()) return Refuse("--trace needs --seed");
  if (options.seed.has_value()) return RunOneSeed{.seed = *options.seed, .trace = options.trace};
  if (options.planted.has_value()) return TaskOfSearch(*options.planted);
  return TaskOfMany(options);
}

}  // namespace

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words) {
  CLI::App app("Simulates whole clusters of the consensus core, each in one thread from one seed.",
               "warren-sim");
  Options options;
  Arguments arguments;
  arguments.threads = std::max(1U, std::thread::hardware_concurrency());
  Declare(app, options, arguments);
  try {
    std::reverse(words.begin(), words.end());  // As CLI11 wants them.
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    const int code = app.exit(error, text, text);
    return Farewell{.text = text.str(), .exit_code = code == 0 ? 0 : kExitUsage};
  }
  std::variant<Task, Farewell> task = TaskOf(options);
  if (auto* farewell = std::get_if<Farewell>(&task)) return *farewell;
  arguments.task = std::get<Task>(std::move(task));
  return arguments;
}

RunSetup Arguments::MakeSetup(uint64_t seed) const {
  return calm ? CalmSetup(seed, nodes) : DrawSetup(seed, nodes);
}

std::string Arguments::ForRepeating() const {
  return fmt::format("{}{}", calm ? "--calm " : "",
                     nodes == 0 ? "" : fmt::format("--nodes {} ", nodes));
}

}  // namespace warren::sim
