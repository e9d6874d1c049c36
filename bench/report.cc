#include "bench/report.h"

#include <algorithm>
#include <vector>

#include "fmt/core.h"

namespace warren::bench {

void PrintFigure(std::string_view name, double value, std::string_view unit) {
  // Large figures need no decimals, small ones need all that mean something.
  if (value >= 100) {
    fmt::print("figure {} {:.0f} {}\n", name, value, unit);
  } else {
    fmt::print("figure {} {:.4g} {}\n", name, value, unit);
  }
}

std::chrono::duration<double> MedianRound(int rounds, const std::function<void()>& work) {
  std::vector<std::chrono::duration<double>> times;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.emplace_back(std::chrono::steady_clock::now() - start);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<size_t>(rounds) / 2];
}

}  // namespace warren::bench
