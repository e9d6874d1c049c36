#include "replication/host/graveyard.h"

#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/status_macros.h"

namespace warren::replication {

absl::Status Graveyard::Open(log::LogStore* log, const log::RecoveredGroup* found) {
  const absl::MutexLock lock(&mutex_);
  log_ = log;
  if (found == nullptr) {
    raft::Recovered first;
    return log_->Create(kNodeGroup, first, {});
  }
  if (found->snapshot == nullptr) return absl::OkStatus();
  version_ = found->snapshot->last.id.index;
  WARREN_ASSIGN_OR_RETURN(gone_, base::IntervalSet::Deserialize(found->snapshot->state.view()),
                          "the list of removed groups");
  return absl::OkStatus();
}

bool Graveyard::Holds(GroupId group) const {
  const absl::MutexLock lock(&mutex_);
  return bug_ != HostBug::kGroupRevived && gone_.Contains(group.value());
}

absl::Status Graveyard::Bury(GroupId group) {
  const absl::MutexLock lock(&mutex_);
  if (!foretold_.Contains(group.value())) WARREN_RETURN_IF_ERROR(WriteWith(group));
  foretold_.Erase(group.value());
  gone_.Insert(group.value());
  return absl::OkStatus();
}

absl::Status Graveyard::Foretell(GroupId group) {
  const absl::MutexLock lock(&mutex_);
  if (foretold_.Contains(group.value())) return absl::OkStatus();
  WARREN_RETURN_IF_ERROR(WriteWith(group));
  foretold_.Insert(group.value());
  return absl::OkStatus();
}

// All that is written down, and this one.
absl::Status Graveyard::WriteWith(GroupId group) {
  base::IntervalSet gone = gone_;
  gone.UnionWith(foretold_);
  gone.Insert(group.value());
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = {.id = {.index = version_ + 1, .term = raft::Term(1)}, .time = {}};
  snapshot->terms = raft::TermRuns(snapshot->last.id);
  snapshot->membership.voters.Insert(NodeId(1));  // It has members, since every snapshot must.
  snapshot->state = base::Bytes::Adopt(gone.Serialize());
  log::Write write;
  write.group = kNodeGroup;
  write.install = std::move(snapshot);
  WARREN_RETURN_IF_ERROR(log_->Submit(std::move(write)));
  version_ = version_ + 1;
  return absl::OkStatus();
}

}  // namespace warren::replication
