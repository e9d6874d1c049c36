#include "chaos/queue_model/arguments.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "chaos/queue_model/planted.h"
#include "chaos/seed_runs/planted_search.h"

namespace warren::queue_model {
namespace {

constexpr uint64_t kOperationsByDefault = 10'000'000;

// The options as they were typed. What they mean together is found out afterwards.
struct Options {
  std::optional<uint64_t> seed;
  std::string seeds;
  std::optional<uint64_t> operations;
  std::string duration;
  std::optional<std::string> planted;
};

using Task = decltype(Arguments::task);

Farewell Refuse(std::string_view why) {
  return seed_runs::Refuse("warren-queue-sim", "./dev sim queue --help", why);
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed, "Run this seed; if it fails, print it made short");
  app.add_option("--seeds", options.seeds, "Run the seeds A..B");
  app.add_option("--operations", options.operations,
                 "Run seeds from 1 on for so many operations (default: 10 million)");
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long");
  seed_runs::DeclareThreads(app, arguments.threads);
  seed_runs::DeclarePlanted(app, options.planted);
}

std::variant<Task, Farewell> TaskOfSearch(const std::string& name) {
  auto bugs = seed_runs::ChosenAs<queue::PlantedBug>(queue::kPlantedBugNames, name);
  if (const auto* why = std::get_if<std::string>(&bugs)) return Refuse(*why);
  return SearchPlanted{.bugs = std::get<0>(std::move(bugs))};
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  const auto range = seed_runs::SeedRangeOf(options.seeds, options.duration);
  if (const auto* why = std::get_if<std::string>(&range)) return Refuse(*why);
  const bool is_bounded = !options.seeds.empty() || !options.duration.empty();
  return RunManySeeds{{std::get<seed_runs::SeedRange>(range)},
                      options.operations.value_or(is_bounded ? UINT64_MAX : kOperationsByDefault)};
}

std::variant<Task, Farewell> TaskOf(const Options& options) {
  const bool many =
      !options.seeds.empty() || !options.duration.empty() || options.operations.has_value();
  if (options.seed.has_value() + options.planted.has_value() + many > 1) {
    return Refuse("--seed, --planted and --seeds, --operations or --for exclude one another");
  }
  if (options.seed.has_value()) return RunOneSeed{.seed = *options.seed};
  if (options.planted.has_value()) return TaskOfSearch(*options.planted);
  return TaskOfMany(options);
}

}  // namespace

std::variant<Arguments, Farewell> ParseArguments(std::vector<std::string> words) {
  CLI::App app("Gives the queue machine and a naive model of it the same commands, and compares.",
               "warren-queue-sim");
  Options options;
  Arguments arguments;
  Declare(app, options, arguments);
  if (auto farewell = seed_runs::Read(app, std::move(words))) return *std::move(farewell);
  std::variant<Task, Farewell> task = TaskOf(options);
  if (auto* farewell = std::get_if<Farewell>(&task)) return *farewell;
  arguments.task = std::get<Task>(std::move(task));
  return arguments;
}

}  // namespace warren::queue_model
