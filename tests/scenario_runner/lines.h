// Text as a scenario script sees it: lines, words and plain numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warren::scenario_runner {

// The lines of `text` without their ends. A last line counts whether or not it is ended, and an
// ended one is not followed by an empty one.
std::vector<std::string_view> Lines(std::string_view text);

// The parts of `text` between spaces, tabs and line ends.
std::vector<std::string_view> Words(std::string_view text);

std::string_view Trimmed(std::string_view text);

// All of `text` as a decimal number; nullopt if it is anything else.
std::optional<uint64_t> NumberIn(std::string_view text);

// Each line of `text` behind `prefix`, each ended.
std::string Prefixed(std::string_view text, std::string_view prefix);

}  // namespace warren::scenario_runner
