#include "replication/log/log_store.h"

#include <algorithm>

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

}  // namespace warren::log
