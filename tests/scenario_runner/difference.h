// Two texts, line against line.
#pragma once

#include <string>
#include <string_view>

namespace warren::scenario_runner {

// The lines of both texts in order: "- " before those that only `expected` has, "+ " before those
// that only `actual` has, and two spaces before those that both have. Long stretches of these are
// left out but for a few lines around each difference.
std::string Difference(std::string_view expected, std::string_view actual);

}  // namespace warren::scenario_runner
