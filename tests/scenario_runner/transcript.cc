#include "tests/scenario_runner/transcript.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {

std::optional<LogLevel> LogLevelNamed(std::string_view name) {
  const auto same_letter = [](char a, char b) {
    return a == std::toupper(static_cast<unsigned char>(b));
  };
  for (size_t i = 0; i < kLogLevelNames.size(); ++i) {
    const std::string_view known = kLogLevelNames[i];
    if (std::equal(known.begin(), known.end(), name.begin(), name.end(), same_letter)) {
      return static_cast<LogLevel>(i);
    }
  }
  return std::nullopt;
}

Transcript::Indented::Indented(Transcript& transcript)
    : transcript_(transcript), outer_(std::exchange(transcript.text_, {})) {}

Transcript::Indented::~Indented() {
  outer_ += Prefixed(transcript_.text_, "  ");
  transcript_.text_ = std::move(outer_);
}

void Transcript::Write(std::string_view text) {
  if (!IsQuiet()) text_ += text;
}

void Transcript::WriteLine(std::string_view line) {
  Write(line);
  Write("\n");
}

void Transcript::Log(LogLevel level, std::string_view text) {
  if (level < level_) return;
  Write(kLogLevelNames[static_cast<size_t>(level)]);
  Write(" ");
  WriteLine(text);
}

std::string Transcript::Take() { return std::exchange(text_, {}); }

}  // namespace warren::scenario_runner
