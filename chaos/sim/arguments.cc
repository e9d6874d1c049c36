#include "chaos/sim/arguments.h"

#include <optional>
#include <utility>

#include "CLI/CLI.hpp"
#include "chaos/seed_runs/planted_search.h"
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

Farewell Refuse(std::string_view why) {
  return seed_runs::Refuse("warren-sim", "warren-sim --help", why);
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed, "Run this seed and print its trace hash");
  app.add_option("--seeds", options.seeds, "Run the seeds A..B");
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long (default: 10s)");
  seed_runs::DeclareThreads(app, arguments.threads);
  app.add_option("--nodes", arguments.nodes, "Nodes in each cluster (default: drawn)")
      ->check(CLI::Range(3, static_cast<int>(kNodesMax)));
  seed_runs::DeclarePlanted(app, options.planted);
  app.add_flag("--calm", arguments.calm, "No faults; three nodes, 100 proposals a second");
  app.add_flag("--go-on", options.go_on, "Do not stop at the first violation");
  app.add_flag("--trace", options.trace, "With --seed: print what happens");
  app.add_flag("--verbose", arguments.verbose, "Print the setup, or the hash of each seed");
}

using Task = decltype(Arguments::task);

std::variant<Task, Farewell> TaskOfSearch(const std::string& name) {
  auto bugs = seed_runs::ChosenAs<raft::PlantedBug>(raft::kPlantedBugNames, name);
  if (const auto* why = std::get_if<std::string>(&bugs)) return Refuse(*why);
  return SearchPlanted{.bugs = std::get<0>(std::move(bugs))};
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  const bool is_unbounded = options.seeds.empty() && options.duration.empty();
  const auto range = seed_runs::SeedRangeOf(options.seeds, is_unbounded ? "10s" : options.duration);
  if (const auto* why = std::get_if<std::string>(&range)) return Refuse(*why);
  return RunManySeeds{{std::get<seed_runs::SeedRange>(range)}, options.go_on};
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
  Declare(app, options, arguments);
  if (auto farewell = seed_runs::Read(app, std::move(words))) return *std::move(farewell);
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
