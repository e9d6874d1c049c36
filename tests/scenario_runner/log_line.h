// What the core notes about itself, as the lines that etcd's members log.
#pragma once

#include <string>

#include "raft/membership.h"
#include "raft/note.h"
#include "raft/output.h"
#include "tests/scenario_runner/transcript.h"

namespace warren::scenario_runner {

// The member that a note comes from.
struct Speaker {
  raft::NodeId id;
  raft::Role role = raft::Role::kFollower;
  const raft::Membership& membership;
};

struct LogLine {
  LogLevel level = LogLevel::kDebug;
  std::string text;
};
LogLine ToLogLine(const raft::Note& note, const Speaker& speaker);

}  // namespace warren::scenario_runner
