#include "chaos/sim/planted.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/check.h"
#include "chaos/sim/simulation.h"
#include "chaos/sim/swarm.h"

namespace warren::sim {
namespace {

// A run in a process of its own. What the child has to say comes through a pipe that is also its
// standard error, where a failed check speaks.
class Child {
 public:
  explicit Child(const RunSetup& setup) : seed_(setup.seed) {
    std::array<int, 2> ends{};
    WARREN_CHECK(pipe(ends.data()) == 0);
    pid_ = fork();
    WARREN_CHECK_MSG(pid_ >= 0, "fork");
    if (pid_ == 0) {
      close(ends[0]);
      RunAndExit(setup, ends[1]);
    }
    close(ends[1]);
    output_ = ends[0];
  }

  // Waits for its end.
  std::optional<Finding> Result() {
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(output_, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<size_t>(n));
    }
    close(output_);
    int status = 0;
    WARREN_CHECK(waitpid(pid_, &status, 0) == pid_);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
    return Finding{.seed = seed_, .by = FirstLine(text)};
  }

 private:
  [[noreturn]] static void RunAndExit(const RunSetup& setup, int output) {
    dup2(output, STDERR_FILENO);
    const RunResult result = Simulate(setup);
    if (!result.violation.has_value()) _exit(0);
    std::fprintf(stderr, "%s\n", result.violation->rule.c_str());
    _exit(1);
  }

  static std::string FirstLine(const std::string& text) {
    const std::vector<std::string> lines = absl::StrSplit(text, '\n');
    return lines.front().empty() ? "stopped without a word" : lines.front();
  }

  const uint64_t seed_;
  pid_t pid_ = 0;
  int output_ = -1;
};

}  // namespace

std::optional<Finding> SimulateApart(const RunSetup& setup) { return Child(setup).Result(); }

PlantedSearch FindPlanted(raft::PlantedBug bug, size_t processes, size_t nodes) {
  PlantedSearch search{.bug = bug, .finding = {}};
  for (uint64_t first = 1; first <= kPlantedSeedsMax; first += processes) {
    std::vector<Child> children;
    const uint64_t last = std::min<uint64_t>(first + processes - 1, kPlantedSeedsMax);
    for (uint64_t seed = first; seed <= last; ++seed) {
      RunSetup setup = DrawSetup(seed, nodes);
      setup.core.planted_bug = bug;
      children.emplace_back(setup);
    }
    for (Child& child : children) {
      std::optional<Finding> finding = child.Result();
      const bool first_one = finding.has_value() && !search.finding.has_value();
      if (first_one && !SimulateApart(DrawSetup(finding->seed, nodes)).has_value()) {
        search.finding = std::move(finding);
      }
    }
    if (search.finding.has_value()) break;
  }
  return search;
}

std::string_view Name(raft::PlantedBug bug) {
  return raft::kPlantedBugNames[static_cast<size_t>(bug)];
}

std::vector<raft::PlantedBug> AllPlantedBugs() {
  std::vector<raft::PlantedBug> bugs;
  for (size_t i = 1; i < raft::kPlantedBugNames.size(); ++i) {
    bugs.push_back(static_cast<raft::PlantedBug>(i));
  }
  return bugs;
}

std::optional<raft::PlantedBug> PlantedBugOf(std::string_view name) {
  const auto& names = raft::kPlantedBugNames;
  const auto found = std::find(names.begin() + 1, names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<raft::PlantedBug>(found - names.begin());
}

}  // namespace warren::sim
