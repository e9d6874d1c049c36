// Plays scripts and judges the answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/scenario_runner/level.h"
#include "tests/scenario_runner/script.h"

namespace warren::scenario_runner {

enum class ScriptKind : uint8_t {
  kInteraction,  // A group of members.
  kQuorum,       // Majorities.
  kMembership,   // Configuration changes; their folder is called confchange.
};
inline constexpr size_t kScriptKinds = 3;
std::string_view FolderOf(ScriptKind kind);
std::optional<ScriptKind> KindOfFolder(std::string_view folder);

// The first answer that is not the expected one.
struct Mismatch {
  size_t line = 0;  // Of the command.
  std::string command;
  std::string difference;
};

// Plays `script` from the beginning; nullopt if all answers are right at `level`. Only answers to
// interaction scripts have parts that a level can leave out.
std::optional<Mismatch> Play(ScriptKind kind, const Script& script, Level level);

// The answers to all blocks, each line ended.
std::vector<std::string> AnswersTo(ScriptKind kind, const Script& script);

}  // namespace warren::scenario_runner
