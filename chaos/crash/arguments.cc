#include "chaos/crash/arguments.h"

#include <optional>
#include <utility>

#include "CLI/CLI.hpp"
#include "chaos/crash/planted.h"
#include "chaos/seed_runs/planted_search.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

// The options as they were typed. What they mean together is found out afterwards.
struct Options {
  std::optional<uint64_t> seed;
  std::string seeds;
  std::string duration;
  std::optional<std::string> planted;
  std::optional<uint64_t> kills;
  std::string be_killed;
};

using Task = decltype(Arguments::task);

Farewell Refuse(std::string_view why) {
  return seed_runs::Refuse("warren-crash", "./dev crash --help", why);
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed, "Run this seed; if it fails, tell what it did last");
  app.add_option("--seeds", options.seeds,
                 fmt::format("Run the seeds A..B (default: 1..{})", kSeedsByDefault));
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long");
  seed_runs::DeclarePlanted(app, options.planted);
  app.add_option("--kills", options.kills,
                 fmt::format("Kill a real process so many times (default: {})", kKillsByDefault))
      ->expected(0, 1)
      ->default_str(fmt::format("{}", kKillsByDefault));
  seed_runs::DeclareThreads(app, arguments.threads);
  app.add_flag("--verbose", arguments.verbose, "Tell all that is done");
  app.add_option("--be-killed", options.be_killed)->group("");  // For ourselves.
}

std::variant<Task, Farewell> TaskOfSearch(const std::string& name) {
  auto bugs = seed_runs::ChosenAs<log::PlantedBug>(log::kPlantedBugNames, name);
  if (const auto* why = std::get_if<std::string>(&bugs)) return Refuse(*why);
  return SearchPlanted{.bugs = std::get<0>(std::move(bugs))};
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  const bool is_default = options.seeds.empty() && options.duration.empty();
  const std::string seeds = is_default ? fmt::format("1..{}", kSeedsByDefault) : options.seeds;
  const auto range = seed_runs::SeedRangeOf(seeds, options.duration);
  if (const auto* why = std::get_if<std::string>(&range)) return Refuse(*why);
  return RunManySeeds{{std::get<seed_runs::SeedRange>(range)}, is_default};
}

std::variant<Task, Farewell> TaskOf(const Options& options) {
  const bool many = !options.seeds.empty() || !options.duration.empty();
  if (options.seed.has_value() + options.planted.has_value() + options.kills.has_value() + many >
      1) {
    return Refuse("--seed, --planted, --kills and --seeds or --for exclude one another");
  }
  if (!options.be_killed.empty()) return BeKilled{.directory = options.be_killed};
  if (options.kills.has_value()) return KillInALoop{.rounds = *options.kills};
  if (options.seed.has_value()) return RunOneSeed{.seed = *options.seed};
  if (options.planted.has_value()) return TaskOfSearch(*options.planted);
  return TaskOfMany(options);
}

}  // namespace

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words) {
  CLI::App app("Cuts the power of a log, damages its disk, and looks what it remembers.",
               "warren-crash");
  Options options;
  Arguments arguments;
  Declare(app, options, arguments);
  if (auto farewell = seed_runs::Read(app, std::move(words))) return *std::move(farewell);
  std::variant<Task, Farewell> task = TaskOf(options);
  if (auto* farewell = std::get_if<Farewell>(&task)) return *farewell;
  arguments.task = std::get<Task>(std::move(task));
  return arguments;
}

}  // namespace warren::crash
