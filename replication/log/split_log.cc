#include "replication/log/split_log.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace warren::log {
namespace {

absl::Status Elsewhere(raft::GroupId group, const char* where) {
  return absl::AlreadyExistsError(
      absl::StrCat("log: group ", group.value(), " is here already, ", where));
}

}  // namespace

absl::Status SplitLog::Create(raft::GroupId group, const raft::Recovered& first,
                              raft::WriteTicket ticket) {
  if (memory_->Holds(group)) return Elsewhere(group, "in memory");
  return disk_->Create(group, first, ticket);
}

absl::Status SplitLog::CreateInMemory(raft::GroupId group, const raft::Recovered& first,
                                      raft::WriteTicket ticket) {
  if (disk_->Describe(group).ok()) return Elsewhere(group, "on disk");
  return memory_->Create(group, first, ticket);
}

absl::Status SplitLog::Destroy(raft::GroupId group, raft::WriteTicket ticket) {
  return HomeOf(group).Destroy(group, ticket);
}

absl::Status SplitLog::Submit(Write&& write) {
  LogStore& home = HomeOf(write.group);
  return home.Submit(std::move(write));
}

absl::StatusOr<std::vector<raft::Entry>> SplitLog::Read(raft::GroupId group, raft::Index first,
                                                        raft::Index last, size_t bytes_max) {
  return HomeOf(group).Read(group, first, last, bytes_max);
}

absl::StatusOr<std::vector<raft::Entry>> SplitLog::ReadSparse(
    raft::GroupId group, std::span<const raft::Index> indexes) {
  return HomeOf(group).ReadSparse(group, indexes);
}

absl::StatusOr<RecoveredGroup> SplitLog::Describe(raft::GroupId group) {
  return HomeOf(group).Describe(group);
}

LogStats SplitLog::GetStats() {
  LogStats stats = disk_->GetStats();
  const LogStats memory = memory_->GetStats();
  stats.memory_groups = memory.memory_groups;
  stats.memory_bytes = memory.memory_bytes;
  return stats;
}

}  // namespace warren::log
