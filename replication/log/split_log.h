// Groups on disk and groups in memory, behind one interface.
#pragma once

#include <span>
#include <vector>

#include "replication/log/log_store.h"
#include "replication/log/memory_log.h"

namespace warren::log {

// Brings each call to the log that has the group. Which one that is, is said when the group is
// made, and does not change. A node that has no group in memory pays nothing for this, others look
// a number up.
//
// Requires: a group is made by one thread at a time, as its shard does.
// Threads: any.
class SplitLog final : public LogStore {
 public:
  // Borrows both.
  SplitLog(LogStore* disk, MemoryLog* memory) : disk_(disk), memory_(memory) {}

  absl::Status Create(raft::GroupId group, const raft::Recovered& first,
                      raft::WriteTicket ticket) override;
  absl::Status CreateInMemory(raft::GroupId group, const raft::Recovered& first,
                              raft::WriteTicket ticket) override;
  absl::Status Destroy(raft::GroupId group, raft::WriteTicket ticket) override;
  absl::Status Submit(Write&& write) override;
  absl::StatusOr<std::vector<raft::Entry>> Read(raft::GroupId group, raft::Index first,
                                                raft::Index last, size_t bytes_max) override;
  absl::StatusOr<std::vector<raft::Entry>> ReadSparse(
      raft::GroupId group, std::span<const raft::Index> indexes) override;
  absl::StatusOr<RecoveredGroup> Describe(raft::GroupId group) override;
  LogStats GetStats() override;

 private:
  LogStore& HomeOf(raft::GroupId group) {
    if (memory_->Holds(group)) return *memory_;
    return *disk_;
  }

  LogStore* const disk_;
  MemoryLog* const memory_;
};

}  // namespace warren::log
