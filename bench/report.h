// Figures, in the form that scripts read.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

namespace warren::bench {

// Prints `figure NAME VALUE UNIT`.
void PrintFigure(std::string_view name, double value, std::string_view unit);

// Runs `work` `rounds` times and returns the median duration of a round.
std::chrono::duration<double> MedianRound(int rounds, const std::function<void()>& work);

}  // namespace warren::bench
