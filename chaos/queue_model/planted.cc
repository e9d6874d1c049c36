#include "chaos/queue_model/planted.h"

#include <algorithm>
#include <deque>

#include "chaos/queue_model/apart.h"
#include "chaos/queue_model/machine_subject.h"
#include "chaos/queue_model/runner.h"
#include "chaos/queue_model/trial.h"
#include "chaos/sim/report.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

ApartTask RunOf(uint64_t seed, queue::PlantedBug bug) {
  return [seed, bug](uint64_t&) -> std::optional<std::string> {
    const Outcome outcome = RunSetupOf(DrawSetup(seed), MachineWith(bug));
    if (!outcome.difference.has_value()) return std::nullopt;
    return outcome.difference->rule;
  };
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

PlantedSearch FindPlanted(queue::PlantedBug bug, size_t processes) {
  PlantedSearch search{.bug = bug, .seed = {}, .by = {}};
  for (uint64_t first = 1; first <= kPlantedSeedsMax; first += processes) {
    std::deque<Apart> children;
    const uint64_t last = std::min<uint64_t>(first + processes - 1, kPlantedSeedsMax);
    for (uint64_t seed = first; seed <= last; ++seed) children.emplace_back(RunOf(seed, bug));
    for (uint64_t seed = first; seed <= last; ++seed) {
      const std::optional<std::string> fault = children[seed - first].Result();
      if (!fault.has_value() || search.seed.has_value()) continue;
      if (FaultOf(seed, MachineWith()).has_value()) continue;
      search.seed = seed;
      search.by = FirstLine(*fault);
    }
    if (search.seed.has_value()) break;
  }
  return search;
}

std::string_view Name(queue::PlantedBug bug) {
  return queue::kPlantedBugNames[static_cast<size_t>(bug)];
}

std::vector<queue::PlantedBug> AllPlantedBugs() {
  std::vector<queue::PlantedBug> bugs;
  for (size_t i = 1; i < queue::kPlantedBugNames.size(); ++i) {
    bugs.push_back(static_cast<queue::PlantedBug>(i));
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
  text += sim::Figure("queue.planted.found", found, "bugs");
  text += sim::Figure("queue.planted.total", uint64_t{searches.size()}, "bugs");
  return text;
}

}  // namespace warren::queue_model
