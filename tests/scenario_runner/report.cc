#include "tests/scenario_runner/report.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/isolated.h"
#include "tests/scenario_runner/lines.h"

namespace warren::scenario_runner {
namespace {

constexpr std::string_view kIndent = "    ";

std::string Headline(std::string_view verdict, Level level, std::string_view where) {
  return fmt::format("{:<4} {} {}\n", verdict, Name(level), where);
}

Verdict Failed(const ScriptFile& file, Level level, std::string_view why) {
  return {.passed = false, .text = Headline("FAIL", level, file.label) + Prefixed(why, kIndent)};
}

absl::StatusOr<Script> ReadScript(const ScriptFile& file) {
  WARREN_ASSIGN_OR_RETURN(const std::string text, ReadText(file.path));
  return Script::Parse(text);
}

// Empty if the script passes.
std::string Complaint(const ScriptFile& file, const Script& script, Level level) {
  const std::optional<Mismatch> mismatch = Play(file.kind, script, level);
  if (!mismatch) return "";
  const std::string where = fmt::format("{}:{}", file.label, mismatch->line);
  const std::string legend =
      fmt::format("{}: the answer differs (- expected, + actual)\n", mismatch->command);
  return Headline("FAIL", level, where) + Prefixed(legend + mismatch->difference, kIndent);
}

}  // namespace

Verdict Judge(const ScriptFile& file, Level level) {
  const absl::StatusOr<Script> script = ReadScript(file);
  if (!script.ok()) return Failed(file, level, std::string(script.status().message()));
  const absl::StatusOr<std::string> complaint =
      RunIsolated([&] { return Complaint(file, *script, level); });
  if (!complaint.ok()) return Failed(file, level, std::string(complaint.status().message()));
  if (!complaint->empty()) return {.passed = false, .text = *complaint};
  return {.passed = true, .text = Headline("ok", level, file.label)};
}

Verdict Rewrite(const ScriptFile& file) {
  const absl::StatusOr<Script> script = ReadScript(file);
  if (!script.ok()) return Failed(file, Level::kText, std::string(script.status().message()));
  const absl::StatusOr<std::string> text =
      RunIsolated([&] { return script->WithAnswers(AnswersTo(file.kind, *script)); });
  if (!text.ok()) return Failed(file, Level::kText, std::string(text.status().message()));
  const absl::StatusOr<std::string> before = ReadText(file.path);
  if (before.ok() && *before == *text) {
    return {.passed = true, .text = Headline("ok", Level::kText, file.label)};
  }
  const absl::Status written = ReplaceText(file.path, *text);
  if (!written.ok()) return Failed(file, Level::kText, std::string(written.message()));
  return Failed(file, Level::kText, "rewritten: read the difference before it is trusted");
}

absl::Status CheckMayRewrite(const std::vector<ScriptFile>& files) {
  static constexpr std::array<const char*, 2> kOurs = {"tests", "scenarios"};
  const auto is_called = [](const std::filesystem::path& folder, const char* name) {
    return folder == name;
  };
  for (const ScriptFile& file : files) {
    const std::filesystem::path& path = file.path;
    if (std::search(path.begin(), path.end(), kOurs.begin(), kOurs.end(), is_called) ==
        path.end()) {
      return absl::FailedPreconditionError(
          fmt::format("{}: only scripts below tests/scenarios are rewritten", path.string()));
    }
  }
  return absl::OkStatus();
}

}  // namespace warren::scenario_runner
