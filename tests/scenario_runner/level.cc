#include "tests/scenario_runner/level.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "fmt/format.h"
#include "tests/scenario_runner/lines.h"
#include "tests/scenario_runner/transcript.h"

namespace warren::scenario_runner {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"states", "messages", "text"};

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool AsksForState(std::string_view command) {
  return command == "status" || command == "raft-state" || command == "raft-log" ||
         command == "compact";
}

std::string WithoutLoggerLines(std::string_view answer) {
  std::string kept;
  for (const std::string_view line : Lines(answer)) {
    if (!IsLoggerLine(line)) kept.append(line).push_back('\n');
  }
  return kept;
}

// The hard states that the block shows, member by member. In which order members get to store
// theirs, and what is sent beside, is left out.
std::string HardStates(const Block& block, std::string_view answer) {
  std::string member;  // Whose output the lines are.
  if (block.arguments.size() == 1) member = block.arguments.front().key;
  std::map<std::string, std::vector<std::string>> by_member;
  for (const std::string_view line : Lines(answer)) {
    const std::vector<std::string_view> words = Words(line);
    if (words.size() >= 3 && words[0] == ">" && words[2] == "handling") member = words[1];
    if (!words.empty() && words[0] == "HardState") {
      by_member[member].emplace_back(Trimmed(line));
    }
  }
  std::string text;
  for (const auto& [name, states] : by_member) {
    for (const std::string& state : states) text += fmt::format("{}: {}\n", name, state);
  }
  return text;
}

}  // namespace

std::string_view Name(Level level) { return kNames[static_cast<size_t>(level)]; }

std::optional<Level> LevelNamed(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Level>(found - kNames.begin());
}

bool IsLoggerLine(std::string_view line) {
  line = Trimmed(line);
  return std::any_of(kLogLevelNames.begin(), kLogLevelNames.end(), [&](std::string_view name) {
    return StartsWith(line, name) && StartsWith(line.substr(name.size()), " ");
  });
}

std::string Reduce(Level level, const Block& block, std::string_view answer) {
  std::string kept(answer);
  if (level != Level::kText) kept = WithoutLoggerLines(answer);
  if (level == Level::kStates && !AsksForState(block.command)) kept = HardStates(block, kept);
  return kept.empty() ? "ok\n" : kept;
}

}  // namespace warren::scenario_runner
