// What a command answers, written down while it runs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warren::scenario_runner {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError, kFatal, kNone };
inline constexpr std::array<std::string_view, 6> kLogLevelNames = {"DEBUG", "INFO",  "WARN",
                                                                   "ERROR", "FATAL", "NONE"};
std::optional<LogLevel> LogLevelNamed(std::string_view name);  // In any case of letters.

// Collects the text of one answer at a time. Logger lines appear from the level on that is set;
// at kNone nothing appears at all, so that a script can set the stage in silence.
class Transcript {
 public:
  // Everything written while one of these lives is shifted by two spaces, and its last line
  // ended.
  class Indented {
   public:
    explicit Indented(Transcript& transcript);
    Indented(const Indented&) = delete;
    Indented& operator=(const Indented&) = delete;
    ~Indented();

   private:
    Transcript& transcript_;
    std::string outer_;
  };

  void Write(std::string_view text);
  void WriteLine(std::string_view line);
  void Log(LogLevel level, std::string_view text);

  void set_level(LogLevel level) { level_ = level; }
  LogLevel level() const { return level_; }
  bool IsQuiet() const { return level_ == LogLevel::kNone; }

  std::string Take();  // What was written since the last time.

 private:
  std::string text_;
  LogLevel level_ = LogLevel::kDebug;
};

}  // namespace warren::scenario_runner
