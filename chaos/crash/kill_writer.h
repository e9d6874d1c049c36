// The process that is to be killed, and what it and its killer agree on.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/clock.h"
#include "chaos/crash/entry_book.h"
#include "replication/log/log_engine.h"

namespace warren::crash {

// What the process writes to its pipe, as it lies in memory: of this group all this is durable.
struct KillReport {
  uint64_t group = 0;
  uint64_t last = 0;
  uint64_t term = 0;
  uint64_t snapshot = 0;  // Where it ends.
};

log::LogConfig KillConfig(const std::string& directory);
// Borrows all three.
log::LogPlatform KillPlatform(log::FileSystem* files, const base::Clock* clock,
                              log::LogListener* listener);
EntryBook KillBook();  // What every entry holds, in all processes.

class SilentListener final : public log::LogListener {
 public:
  void OnCompleted(std::span<const log::Completion> /*completions*/) override {}
  void OnRetirementNear(std::span<const raft::GroupId> /*groups*/) override {}
  void OnFailed(const absl::Status& /*why*/) override {}
  void OnSpace(bool /*short_of_space*/) override {}
};

}  // namespace warren::crash
