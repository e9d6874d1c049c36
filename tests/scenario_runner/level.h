// How closely a script's answers are compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/scenario_runner/script.h"

namespace warren::scenario_runner {

enum class Level : uint8_t {
  kStates,    // What members know: status, raft-state, raft-log, and each hard state to store.
  kMessages,  // Everything but what a member's logger says.
  kText,      // Byte for byte.
};
std::string_view Name(Level level);
std::optional<Level> LevelNamed(std::string_view name);

// What is left of an interaction script's answer at `level`. An answer of which nothing is left
// reads "ok", as if the command had had nothing to say.
std::string Reduce(Level level, const Block& block, std::string_view answer);

// True for a line of a member's logger: a level in capitals, then the text.
bool IsLoggerLine(std::string_view line);

}  // namespace warren::scenario_runner
