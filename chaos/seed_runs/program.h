// What the programs that run seeds are made of, besides their runs.
#pragma once

#include <algorithm>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chaos/seed_runs/command_line.h"

namespace warren::seed_runs {

// One line on a terminal's standard error, replaced by the next; elsewhere nothing.
void ShowProgress(const std::string& text);

// The body of main(): calls `run` with the words after the program's name. What it throws, as
// libraries do, is said, and ends with status 1.
int MainOf(std::string_view program, int argc, char** argv,
           const std::function<int(std::vector<std::string> words)>& run);

// Runs `run(arguments)`, or says farewell.
template <typename Arguments, typename Run>
int RunOrLeave(const std::variant<Arguments, Farewell>& parsed, const Run& run) {
  if (const auto* farewell = std::get_if<Farewell>(&parsed)) {
    (farewell->exit_code == 0 ? std::cout : std::cerr) << farewell->text;
    return farewell->exit_code;
  }
  return run(std::get<Arguments>(parsed));
}

// Looks for each of the bugs by `find(bug)` and prints `describe(searches)`. Returns the status to
// end with: finding all of them is what is asked for.
template <typename Bug, typename Name, typename Find, typename Describe>
int SearchAll(const std::vector<Bug>& bugs, const Name& name, const Find& find,
              const Describe& describe) {
  std::vector<decltype(find(bugs.front()))> searches;
  for (const Bug bug : bugs) {
    ShowProgress("looking for " + std::string(name(bug)));
    searches.push_back(find(bug));
  }
  ShowProgress("");
  std::cout << describe(searches);
  const bool all = std::all_of(searches.begin(), searches.end(),
                               [](const auto& search) { return search.finding.has_value(); });
  return all ? 0 : kExitViolation;
}

}  // namespace warren::seed_runs
