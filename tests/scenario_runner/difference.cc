#include "tests/scenario_runner/difference.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

constexpr size_t kContext = 3;  // Equal lines shown on each side of a difference.

struct MarkedLine {
  char mark = ' ';
  std::string_view text;
};

// common[i][j]: how many lines a[i...] and b[j...] have in common, in order.
using CommonTable = std::vector<std::vector<size_t>>;

CommonTable CountCommon(const std::vector<std::string_view>& a,
                        const std::vector<std::string_view>& b) {
  CommonTable common(a.size() + 1, std::vector<size_t>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  return common;
}

std::vector<MarkedLine> Mark(const std::vector<std::string_view>& expected,
                             const std::vector<std::string_view>& actual) {
  const CommonTable common = CountCommon(expected, actual);
  std::vector<MarkedLine> marked;
  size_t i = 0;
  size_t j = 0;
  while (i < expected.size() || j < actual.size()) {
    if (i < expected.size() && j < actual.size() && expected[i] == actual[j]) {
      marked.push_back({.mark = ' ', .text = expected[i++]});
      ++j;
    } else if (j == actual.size() ||
               (i < expected.size() && common[i + 1][j] >= common[i][j + 1])) {
      marked.push_back({.mark = '-', .text = expected[i++]});
    } else {
      marked.push_back({.mark = '+', .text = actual[j++]});
    }
  }
  return marked;
}

// True for a line that differs, or that is close to one that does.
bool IsShown(const std::vector<MarkedLine>& lines, size_t at) {
  const size_t begin = at < kContext ? 0 : at - kContext;
  const size_t end = std::min(at + kContext + 1, lines.size());
  return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                     lines.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const MarkedLine& line) { return line.mark != ' '; });
}

}  // namespace

std::string Difference(std::string_view expected, std::string_view actual) {
  const std::vector<MarkedLine> lines = Mark(Lines(expected), Lines(actual));
  std::string text;
  size_t hidden = 0;
  const auto flush_hidden = [&] {
    if (hidden > 0) text += fmt::format("  ... {} equal lines ...\n", hidden);
    hidden = 0;
  };
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!IsShown(lines, i)) {
      ++hidden;
      continue;
    }
    flush_hidden();
    text += fmt::format("{} {}\n", lines[i].mark, lines[i].text);
  }
  flush_hidden();
  return text;
}

}  // namespace warren::scenario_runner
