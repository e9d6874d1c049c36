// What `warren-scenarios` prints about its scripts.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "tests/scenario_runner/level.h"
#include "tests/scenario_runner/script_files.h"

namespace warren::scenario_runner {

struct Verdict {
  bool passed = false;
  std::string text;  // A line for the script and level; below it, indented, what is wrong.
};
Verdict Judge(const ScriptFile& file, Level level);

// Writes the answers that the script gets now into it as those that it expects. A script that
// changed by that has not passed: somebody has to read the difference first.
Verdict Rewrite(const ScriptFile& file);

// FAILED_PRECONDITION unless all `files` are below a folder tests/scenarios: expectations of
// others are theirs, and to overwrite them would prove nothing.
absl::Status CheckMayRewrite(const std::vector<ScriptFile>& files);

}  // namespace warren::scenario_runner
