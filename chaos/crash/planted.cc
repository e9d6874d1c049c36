#include "chaos/crash/planted.h"

#include <algorithm>
#include <deque>

#include "chaos/crash/runner.h"
#include "chaos/crash/setup.h"
#include "chaos/queue_model/apart.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

queue_model::ApartTask TrialOf(uint64_t seed, log::PlantedBug bug) {
  return [seed, bug](uint64_t& /*step*/) -> std::optional<std::string> {
    return RunTrial(DrawSetup(seed), bug, {}).fault;
  };
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

PlantedSearch FindPlanted(log::PlantedBug bug, size_t processes) {
  PlantedSearch search{.bug = bug, .seed = {}, .by = {}};
  for (uint64_t first = 1; first <= kPlantedSeedsMax; first += processes) {
    std::deque<queue_model::Apart> children;
    const uint64_t last = std::min<uint64_t>(first + processes - 1, kPlantedSeedsMax);
    for (uint64_t seed = first; seed <= last; ++seed) children.emplace_back(TrialOf(seed, bug));
    for (uint64_t seed = first; seed <= last; ++seed) {
      const std::optional<std::string> fault = children[seed - first].Result();
      if (!fault.has_value() || search.seed.has_value()) continue;
      if (FaultOf(seed, log::PlantedBug::kNone).has_value()) continue;
      search.seed = seed;
      search.by = FirstLine(*fault);
    }
    if (search.seed.has_value()) break;
  }
  return search;
}

std::string_view Name(log::PlantedBug bug) {
  return log::kPlantedBugNames[static_cast<size_t>(bug)];
}

std::vector<log::PlantedBug> AllPlantedBugs() {
  std::vector<log::PlantedBug> bugs;
  for (size_t i = 1; i < log::kPlantedBugNames.size(); ++i) {
    bugs.push_back(static_cast<log::PlantedBug>(i));
  }
  return bugs;
}

std::string Describe(const std::vector<PlantedSearch>& searches) {
  std::string text = fmt::format("{:<30} {:>6}  {}\n", "planted bug", "seeds", "found by");
  uint64_t found = 0;
  for (const PlantedSearch& search : searches) {
    found += search.seed.has_value() ? 1 : 0;
    text += search.seed.has_value()
                ? fmt::format("{:<30} {:>6}  {}\n", Name(search.bug), *search.seed, search.by)
                : fmt::format("{:<30} {:>6}  nobody\n", Name(search.bug), "-");
  }
  text += sim::Figure("crash.planted.found", found, "bugs");
  text += sim::Figure("crash.planted.total", uint64_t{searches.size()}, "bugs");
  return text;
}

}  // namespace warren::crash
