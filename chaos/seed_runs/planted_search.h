// The search for mistakes that are known to be there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chaos/seed_runs/apart.h"
#include "chaos/seed_runs/command_line.h"

namespace warren::seed_runs {

// What gave a run away: the rule that it broke, or the check that stopped it.
struct Finding {
  uint64_t seed = 0;
  std::string by;
};

struct SearchPlan {
  uint64_t seeds_max = 1;
  size_t processes = 1;                                // That run at a time.
  std::function<ApartTask(uint64_t seed)> with_bug;    // Each in a process of its own.
  std::function<bool(uint64_t seed)> is_fine_without;  // Else it has found something else.
};

// The lowest seed from 1 on that fails with the bug and only with it.
std::optional<Finding> FindLowest(const SearchPlan& plan);

// Runs the task in a process of its own. What is wrong with it in one line; nullopt: nothing.
std::optional<std::string> FaultApart(const ApartTask& task);

template <typename Bug>
struct PlantedSearch {
  Bug bug{};
  std::optional<Finding> finding;
};

// One line of the table that tells of the searches, and the line above them.
std::string TableHead();
std::string TableLine(std::string_view bug, const std::optional<Finding>& finding);

// A bug is a position in the list of names.
template <typename Bug>
std::vector<Bug> AsBugs(const std::vector<size_t>& positions) {
  std::vector<Bug> bugs;
  for (const size_t position : positions) bugs.push_back(static_cast<Bug>(position));
  return bugs;
}

template <typename Bug>
std::variant<std::vector<Bug>, std::string> ChosenAs(std::span<const std::string_view> names,
                                                     const std::string& name) {
  auto chosen = ChosenBugs(names, name);
  if (auto* why = std::get_if<std::string>(&chosen)) return std::move(*why);
  return AsBugs<Bug>(std::get<std::vector<size_t>>(chosen));
}

template <typename Bug>
std::string Table(const std::vector<PlantedSearch<Bug>>& searches,
                  std::span<const std::string_view> names) {
  std::string text = TableHead();
  for (const auto& search : searches) {
    text += TableLine(names[static_cast<size_t>(search.bug)], search.finding);
  }
  return text;
}

// The seeds of those that were found.
template <typename Bug>
std::vector<uint64_t> SeedsFound(const std::vector<PlantedSearch<Bug>>& searches) {
  std::vector<uint64_t> seeds;
  for (const auto& search : searches) {
    if (search.finding.has_value()) seeds.push_back(search.finding->seed);
  }
  return seeds;
}

}  // namespace warren::seed_runs
