#include "chaos/queue_model/arguments.h"

#include <algorithm>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "chaos/queue_model/planted.h"
#include "fmt/format.h"

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

Farewell Refuse(const std::string& why) {
  return {.text = fmt::format("warren-queue-sim: {}\n./dev sim queue --help lists what it takes.\n",
                              why),
          .exit_code = kExitUsage};
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed, "Run this seed; if it fails, print it made short");
  app.add_option("--seeds", options.seeds, "Run the seeds A..B");
  app.add_option("--operations", options.operations,
                 "Run seeds from 1 on for so many operations (default: 10 million)");
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long");
  app.add_option("--threads", arguments.threads, "Seeds to run at a time (default: the cores)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--planted", options.planted,
                 "Look for the planted bug of this name, or for each of them")
      ->expected(0, 1);
}

std::variant<Task, Farewell> TaskOfSearch(const std::string& name) {
  if (name.empty()) return SearchPlanted{.bugs = AllPlantedBugs()};
  for (const queue::PlantedBug bug : AllPlantedBugs()) {
    if (Name(bug) == name) return SearchPlanted{.bugs = {bug}};
  }
  const auto& names = queue::kPlantedBugNames;
  return Refuse(fmt::format("there is no planted bug '{}'; there are: {}", name,
                            fmt::join(names.begin() + 1, names.end(), ", ")));
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  RunManySeeds many;
  if (!options.seeds.empty()) {
    const std::vector<std::string> ends = absl::StrSplit(options.seeds, "..");
    const bool is_fine = ends.size() == 2 && absl::SimpleAtoi(ends[0], &many.first) &&
                         absl::SimpleAtoi(ends[1], &many.last) && many.first <= many.last;
    if (!is_fine) {
      return Refuse(fmt::format("--seeds wants A..B with A <= B, not '{}'", options.seeds));
    }
  }
  if (!options.duration.empty()) {
    const bool is_fine = absl::ParseDuration(options.duration, &many.time_max) &&
                         many.time_max > absl::ZeroDuration();
    if (!is_fine) {
      return Refuse(
          fmt::format("--for wants a duration like 60s or 5m, not '{}'", options.duration));
    }
  }
  const bool is_bounded = !options.seeds.empty() || !options.duration.empty();
  many.operations = options.operations.value_or(is_bounded ? UINT64_MAX : kOperationsByDefault);
  return many;
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

}  // namespace warren::queue_model
