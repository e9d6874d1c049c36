// Runs a piece of work where its death does no harm.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace warren::scenario_runner {

// What `work` returns, computed in a process of its own: a failed check in the core stops the
// script that made it fail, and not the run. ABORTED if that process ended otherwise than by
// returning. Requires: no other threads.
absl::StatusOr<std::string> RunIsolated(const std::function<std::string()>& work);

}  // namespace warren::scenario_runner
