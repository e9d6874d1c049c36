#include "chaos/seed_runs/command_line.h"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "CLI/CLI.hpp"
#include "fmt/format.h"

namespace warren::seed_runs {

Farewell Refuse(std::string_view program, std::string_view help, std::string_view why) {
  return {.text = fmt::format("{}: {}\n{} lists what it takes.\n", program, why, help),
          .exit_code = kExitUsage};
}

void DeclareThreads(CLI::App& app, size_t& threads) {
  threads = std::max(1U, std::thread::hardware_concurrency());
  app.add_option("--threads", threads, "Seeds to run at a time (default: the cores)")
      ->check(CLI::Range(1, 1024));
}

void DeclarePlanted(CLI::App& app, std::optional<std::string>& planted) {
  app.add_option("--planted", planted, "Look for the planted bug of this name, or for each of them")
      ->expected(0, 1);
}

std::optional<Farewell> Read(CLI::App& app, std::vector<std::string> words) {
  try {
    std::reverse(words.begin(), words.end());  // As CLI11 wants them.
    app.parse(std::move(words));
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    const int code = app.exit(error, text, text);
    return Farewell{.text = text.str(), .exit_code = code == 0 ? 0 : kExitUsage};
  }
}

std::variant<SeedRange, std::string> SeedRangeOf(const std::string& seeds,
                                                 const std::string& duration) {
  SeedRange range;
  if (!seeds.empty()) {
    const std::vector<std::string> ends = absl::StrSplit(seeds, "..");
    const bool is_fine = ends.size() == 2 && absl::SimpleAtoi(ends[0], &range.first) &&
                         absl::SimpleAtoi(ends[1], &range.last) && range.first <= range.last;
    if (!is_fine) return fmt::format("--seeds wants A..B with A <= B, not '{}'", seeds);
  }
  if (!duration.empty()) {
    const bool is_fine =
        absl::ParseDuration(duration, &range.time_max) && range.time_max > absl::ZeroDuration();
    if (!is_fine) return fmt::format("--for wants a duration like 60s or 5m, not '{}'", duration);
  }
  return range;
}

std::variant<std::vector<size_t>, std::string> ChosenBugs(std::span<const std::string_view> names,
                                                          const std::string& name) {
  if (name.empty()) {
    std::vector<size_t> all(names.size() - 1);
    std::iota(all.begin(), all.end(), size_t{1});
    return all;
  }
  const auto found = std::find(names.begin() + 1, names.end(), name);
  if (found != names.end()) {
    return std::vector<size_t>{static_cast<size_t>(found - names.begin())};
  }
  return fmt::format("there is no planted bug '{}'; there are: {}", name,
                     fmt::join(names.begin() + 1, names.end(), ", "));
}

}  // namespace warren::seed_runs
