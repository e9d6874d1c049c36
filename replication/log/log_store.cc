#include "replication/log/log_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace warren::log {

raft::Recovered ToRecovered(const RecoveredGroup& group) {
  raft::Recovered recovered;
  recovered.hard_state = group.hard_state;
  // The hint may be younger than the entries that it speaks of.
  recovered.hard_state.commit = std::min(group.hard_state.commit, group.last.index);
  recovered.base = group.base;
  recovered.snapshot = group.snapshot;
  if (group.snapshot != nullptr) recovered.membership = group.snapshot->membership;
  recovered.applied = group.base.id.index;
  recovered.terms = group.terms;
  recovered.live = group.live;
  return recovered;
}

absl::Status LogStore::CreateInMemory(raft::GroupId group, const raft::Recovered& first,
                                      raft::WriteTicket ticket) {
  static_cast<void>(first);
  static_cast<void>(ticket);
  return absl::UnimplementedError(
      absl::StrCat("log: group ", group.value(), " is to be in memory, and this log is on disk"));
}

}  // namespace warren::log
