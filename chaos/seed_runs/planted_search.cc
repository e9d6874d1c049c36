#include "chaos/seed_runs/planted_search.h"

#include <algorithm>
#include <deque>

#include "fmt/format.h"

namespace warren::seed_runs {
namespace {

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::optional<Finding> FindLowest(const SearchPlan& plan) {
  for (uint64_t first = 1; first <= plan.seeds_max; first += plan.processes) {
    const uint64_t last = std::min<uint64_t>(first + plan.processes - 1, plan.seeds_max);
    std::deque<Apart> children;
    for (uint64_t seed = first; seed <= last; ++seed) children.emplace_back(plan.with_bug(seed));
    std::optional<Finding> lowest;
    for (uint64_t seed = first; seed <= last; ++seed) {
      const std::optional<std::string> fault = children[seed - first].Result();
      if (!fault.has_value() || lowest.has_value() || !plan.is_fine_without(seed)) continue;
      lowest = Finding{.seed = seed, .by = FirstLine(*fault)};
    }
    if (lowest.has_value()) return lowest;
  }
  return std::nullopt;
}

std::optional<std::string> FaultApart(const ApartTask& task) {
  const std::optional<std::string> fault = Apart(task).Result();
  if (!fault.has_value()) return std::nullopt;
  return FirstLine(*fault);
}

std::string TableHead() {
  return fmt::format("{:<30} {:>6}  {}\n", "planted bug", "seeds", "found by");
}

std::string TableLine(std::string_view bug, const std::optional<Finding>& finding) {
  if (!finding.has_value()) return fmt::format("{:<30} {:>6}  nobody\n", bug, "-");
  return fmt::format("{:<30} {:>6}  {}\n", bug, finding->seed, finding->by);
}

}  // namespace warren::seed_runs
