#include "chaos/crash/arguments.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "chaos/crash/planted.h"
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

Farewell Refuse(const std::string& why) {
  return {.text = fmt::format("warren-crash: {}\n./dev crash --help lists what it takes.\n", why),
          .exit_code = kExitUsage};
}

void Declare(CLI::App& app, Options& options, Arguments& arguments) {
  app.add_option("--seed", options.seed, "Run this seed; if it fails, tell what it did last");
  app.add_option("--seeds", options.seeds,
                 fmt::format("Run the seeds A..B (default: 1..{})", kSeedsByDefault));
  app.add_option("--for", options.duration, "Run seeds from 1 on for so long");
  app.add_option("--planted", options.planted,
                 "Look for the planted bug of this name, or for each of them")
      ->expected(0, 1);
  app.add_option("--kills", options.kills,
                 fmt::format("Kill a real process so many times (default: {})", kKillsByDefault))
      ->expected(0, 1)
      ->default_str(fmt::format("{}", kKillsByDefault));
  app.add_option("--threads", arguments.threads, "Seeds to run at a time (default: the cores)")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--verbose", arguments.verbose, "Tell all that is done");
  app.add_option("--be-killed", options.be_killed)->group("");  // For ourselves.
}

std::variant<Task, Farewell> TaskOfSearch(const std::string& name) {
  if (name.empty()) return SearchPlanted{.bugs = AllPlantedBugs()};
  for (const log::PlantedBug bug : AllPlantedBugs()) {
    if (Name(bug) == name) return SearchPlanted{.bugs = {bug}};
  }
  const auto& names = log::kPlantedBugNames;
  return Refuse(fmt::format("there is no planted bug '{}'; there are: {}", name,
                            fmt::join(names.begin() + 1, names.end(), ", ")));
}

std::variant<Task, Farewell> TaskOfMany(const Options& options) {
  RunManySeeds many;
  many.is_default = options.seeds.empty() && options.duration.empty();
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
    if (options.seeds.empty()) many.last = UINT64_MAX;
  }
  return many;
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

}  // namespace warren::crash
