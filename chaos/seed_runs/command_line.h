// The command lines of programs that run seeds: what they have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's.
class App;
}

namespace warren::seed_runs {

// Instead of arguments: what to say, and with which status to end.
struct Farewell {
  std::string text;
  int exit_code = 0;
};
inline constexpr int kExitViolation = 1;
inline constexpr int kExitUsage = 2;

// `help`: the command that tells what the program takes.
Farewell Refuse(std::string_view program, std::string_view help, std::string_view why);

// Seeds to run at a time; all cores, unless told otherwise.
void DeclareThreads(CLI::App& app, size_t& threads);
// Empty text: all planted bugs.
void DeclarePlanted(CLI::App& app, std::optional<std::string>& planted);

// Lets `app` read the words that follow the program's name. An answer ends the program: the help
// that was asked for, or what is wrong.
std::optional<Farewell> Read(CLI::App& app, std::vector<std::string> words);

struct SeedRange {
  uint64_t first = 1;
  uint64_t last = UINT64_MAX;
  absl::Duration time_max = absl::InfiniteDuration();
};
// Of "A..B" and a duration; an empty text leaves that bound open. A string says what is wrong.
std::variant<SeedRange, std::string> SeedRangeOf(const std::string& seeds,
                                                 const std::string& duration);

// Positions in `names`, whose first stands for no bug: that of `name`, or all if it is empty. A
// string says what is wrong.
std::variant<std::vector<size_t>, std::string> ChosenBugs(std::span<const std::string_view> names,
                                                          const std::string& name);

}  // namespace warren::seed_runs
