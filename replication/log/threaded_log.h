// The log as a node runs it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"

#include "replication/log/disk/data_lock.h"
#include "replication/log/log_engine.h"

namespace warren::log {

// A LogEngine with two threads: one writes rounds as long as there are any, and seals when there
// are none for a while; the other does what can wait. While a round is on its way to the disk the
// next one is being filled, so that rounds grow with the load and a lone write waits for nobody.
//
// FAILED_PRECONDITION if another process has the directory open.
// Threads: any. Destroying it, or Stop(), writes what was submitted, and waits.
class ThreadedLog final : public LogStore {
 public:
  static absl::StatusOr<std::unique_ptr<ThreadedLog>> Open(const LogConfig& config,
                                                           LogPlatform platform,
                                                           Recovery* recovery);
  ~ThreadedLog() override;

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

  // Everything submitted is written, sealed, and the threads have ended. Nothing may be submitted
  // afterwards.
  void Stop();

 private:
  class Threads;
  ThreadedLog(DataLock lock, std::unique_ptr<LogEngine> engine, const LogConfig& config);

  DataLock lock_;  // Goes last: nobody else may open what is still being written.
  std::unique_ptr<LogEngine> engine_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace warren::log
