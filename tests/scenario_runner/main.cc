// warren-scenarios: plays scenario scripts against the Raft core.
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "tests/scenario_runner/level.h"
#include "tests/scenario_runner/report.h"
#include "tests/scenario_runner/script_files.h"

namespace warren::scenario_runner {
namespace {

constexpr int kExitPassed = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

struct Options {
  std::string place;
  std::vector<std::string> levels = {std::string(Name(Level::kMessages))};
  bool rewrite = false;
};

int UsageError(std::string_view what) {
  fmt::print(stderr, "warren-scenarios: {}\n", what);
  return kExitUsage;
}

// Prints each verdict as it comes, and answers whether it is a good one.
bool Print(const Verdict& verdict) {
  fmt::print("{}", verdict.text);
  std::fflush(stdout);
  return verdict.passed;
}

int RunRaft(const Options& options) {
  std::vector<Level> levels;
  for (const std::string& name : options.levels) {
    const std::optional<Level> level = LevelNamed(name);
    if (!level) {
      return UsageError(fmt::format("unknown level '{}': states, messages or text", name));
    }
    levels.push_back(*level);
  }
  const absl::StatusOr<std::vector<ScriptFile>> files = FindScripts(options.place);
  if (!files.ok()) return UsageError(std::string(files.status().message()));
  if (options.rewrite) {
    const absl::Status allowed = CheckMayRewrite(*files);
    if (!allowed.ok()) return UsageError(std::string(allowed.message()));
    levels = {Level::kText};
  }
  size_t passed = 0;
  size_t failed = 0;
  for (const ScriptFile& file : *files) {
    for (const Level level : levels) {
      const bool good = Print(options.rewrite ? Rewrite(file) : Judge(file, level));
      ++(good ? passed : failed);
    }
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? kExitPassed : kExitFailed;
}

int Main(int argc, char** argv) {
  CLI::App app("Plays scripts in the scenario language of etcd's Raft library.",
               "warren-scenarios");
  app.require_subcommand(1);
  CLI::App* const raft = app.add_subcommand("raft", "Plays scripts against the Raft core.");
  Options options;
  raft->add_option("DIR", options.place,
                   "Directory with the folders interaction, quorum and confchange; or one of "
                   "these; or one .txt file in one of them")
      ->required();
  raft->add_option("--level", options.levels,
                   "What is compared: states, messages (default) or text; may be given again")
      ->take_all()
      ->expected(1);
  raft->add_flag("--rewrite", options.rewrite,
                 "Make the actual answers the expected ones; only for scripts in tests/scenarios");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitPassed : kExitUsage;
  }
  return RunRaft(options);
}

}  // namespace
}  // namespace warren::scenario_runner

int main(int argc, char** argv) {
  try {
    return warren::scenario_runner::Main(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "warren-scenarios: %s\n", failure.what());
    return 1;
  }
}
