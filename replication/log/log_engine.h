// The log without threads of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/clock.h"
#include "base/logging.h"
#include "replication/log/config.h"
#include "replication/log/disk/file_system.h"
#include "replication/log/log_point.h"
#include "replication/log/log_store.h"
#include "replication/log/planted_bug.h"
#include "replication/log/wal/log_scan.h"

namespace rocksdb {
class Env;
}

namespace warren::log {

// What the log stands on. All borrowed, and needed until the log is gone.
struct LogPlatform {
  FileSystem* files = nullptr;
  rocksdb::Env* env = nullptr;  // Of the same machine as `files`. Null: RocksDB's own.
  const base::Clock* clock = nullptr;
  LogListener* listener = nullptr;
  base::Logger logger;
  std::function<uint64_t()> random;  // 64 bits a call that nobody can guess.
  bool compacts_by_itself = true;    // Off: Maintain() compacts the store, and nobody else.
  PlantedBug bug = PlantedBug::kNone;
  AtLogPoint at;
};

// What Open found.
struct Recovery {
  std::vector<RecoveredGroup> groups;  // By GroupId.
  std::vector<Damage> damage;          // All that cannot be read, for people.
  // Something acknowledged may be gone that cannot be named: all groups have become amnesiac.
  bool whole = true;
  std::string why_not_whole;
  uint64_t frames = 0;
  uint64_t segments = 0;
};

// Everything about the log but who does it when. Whoever owns it calls the functions of the second
// group, from one thread or from two: one for rounds, one for maintenance.
class LogEngine final : public LogStore {
 public:
  // Recovers. What has to be remembered of that (amnesia, what is missing) is durable when it
  // returns.
  static absl::StatusOr<std::unique_ptr<LogEngine>> Open(const LogConfig& config,
                                                         LogPlatform platform, Recovery* recovery);
  ~LogEngine() override;

  absl::Status Create(raft::GroupId group, const raft::Recovered& first,
                      raft::WriteTicket ticket) override;
  absl::Status Destroy(raft::GroupId group, raft::WriteTicket ticket) override;
  absl::Status Submit(Write&& write) override;
  absl::StatusOr<std::vector<raft::Entry>> Read(raft::GroupId group, raft::Index first,
                                                raft::Index last, size_t bytes_max) override;
  absl::StatusOr<std::vector<raft::Entry>> ReadSparse(
      raft::GroupId group, std::span<const raft::Index> indexes) override;
  absl::StatusOr<RecoveredGroup> Describe(raft::GroupId group) override;
  LogStats GetStats() override;

  // Writes and syncs what was submitted, as one frame, and reports it completed. False: nothing was
  // there. After a failure (see failure()) it does nothing any more.
  bool WriteRound();
  // Repeats the last frame's directory in an empty one. False: it is sealed already.
  bool Seal();
  // One step of what can wait: retiring the oldest segment (capture, then move, then recycle),
  // making the next segment ready, writing the watermark, watching the disk's space. False: there
  // is nothing to do now.
  bool Maintain();
  // Has a round left something for Maintain() that should not wait? Asking takes the cue back.
  bool TakeMaintenanceCue();
  // Rewrites some of the store without what is dead, which may take seconds: for a thread of its
  // own. Maintain() does it if LogPlatform::compacts_by_itself is off. False: there is nothing to
  // gain.
  bool CompactStore();

  absl::Status failure();  // OK as long as the log works.

 private:
  class Impl;
  explicit LogEngine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warren::log
