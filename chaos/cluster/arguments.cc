#include "chaos/cluster/arguments.h"

#include <optional>
#include <utility>

#include "CLI/CLI.hpp"

namespace warren::cluster_sim {
namespace {

using seed_runs::Farewell;

// The options as they were typed. What they mean together is found out afterwards.
struct Options {
  std::optional<uint64_t> seed;
  std::string seeds;
  std::string duration;
  std::optional<std::string> planted;
  bool go_on = false;
  bool trace = false;
};

using Task = decltype(Arguments::task);

Farewell Refuse(std::string_view why) {
  return seed_runs::Refuse("warren-cluster-sim", "./dev sim cluster --help", why);
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed,
                 "Run this seed and print its trace hash; with --planted NAME: with that bug");
  app.add_option("--seeds", options.seeds, "Run the seeds A..B");
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long (default: 10s)");
  seed_runs::DeclarePlanted(app, options.planted);
  seed_runs::DeclareThreads(app, arguments.threads);
  app.add_flag("--go-on", options.go_on, "Do not stop at the first violation");
  app.add_flag("--trace", options.trace, "With --seed: print what happens");
  app.add_flag("--verbose", arguments.verbose, "Print the setup, or the hash of each seed");
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  const bool is_open = options.seeds.empty() && options.duration.empty();
  const auto range = seed_runs::SeedRangeOf(options.seeds, is_open ? "10s" : options.duration);
  if (const auto* why = std::get_if<std::string>(&range)) return Refuse(*why);
  return RunManySeeds{{std::get<seed_runs::SeedRange>(range)}, options.go_on};
}

std::variant<Task, Farewell> TaskOf(const Options& options) {
  const bool many = !options.seeds.empty() || !options.duration.empty();
  if (many && (options.seed.has_value() || options.planted.has_value())) {
    return Refuse("--seeds and --for go with neither --seed nor --planted");
  }
  if (options.trace && !options.seed.has_value()) return Refuse("--trace needs --seed");
  std::vector<PlantedBug> bugs;
  if (options.planted.has_value()) {
    auto chosen = seed_runs::ChosenAs<PlantedBug>(kPlantedBugNames, *options.planted);
    if (const auto* why = std::get_if<std::string>(&chosen)) return Refuse(*why);
    bugs = std::get<0>(std::move(chosen));
  }
  if (!options.seed.has_value()) {
    return bugs.empty() ? TaskOfMany(options) : Task(SearchPlanted{.bugs = std::move(bugs)});
  }
  if (bugs.size() > 1) return Refuse("--seed goes with one planted bug at a time");
  return RunOneSeed{.seed = *options.seed,
                    .trace = options.trace,
                    .bug = bugs.empty() ? PlantedBug::kNone : bugs.front()};
}

}  // namespace

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words) {
  CLI::App app("Simulates whole clusters of replicated queues, each in one thread from one seed.",
               "warren-cluster-sim");
  Options options;
  Arguments arguments;
  Declare(app, options, arguments);
  if (auto farewell = seed_runs::Read(app, std::move(words))) return *std::move(farewell);
  std::variant<Task, Farewell> task = TaskOf(options);
  if (auto* farewell = std::get_if<Farewell>(&task)) return *farewell;
  arguments.task = std::get<Task>(std::move(task));
  return arguments;
}

}  // namespace warren::cluster_sim
