#include "tests/scenario_runner/appender.h"

#include <memory>
#include <string>
#include <utility>

namespace warren::scenario_runner {

void Appender::Apply(const raft::EntryHead& entry, std::string_view update,
                     const raft::Membership& members) {
  if (latest_ != nullptr && entry.id.index <= latest_->last.id.index) return;
  std::string state(latest_ == nullptr ? std::string_view() : latest_->state.view());
  state += update;
  latest_ = MakeSnapshot(entry, members, state);
}

raft::SnapshotRef MakeSnapshot(const raft::EntryHead& last, const raft::Membership& members,
                               std::string_view state) {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = last;
  snapshot->membership = members;
  snapshot->terms = raft::TermRuns(last.id);
  snapshot->state = base::Bytes::Copy(state);
  return snapshot;
}

}  // namespace warren::scenario_runner
