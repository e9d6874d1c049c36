// Oracle: no read barrier is answered with the past.
#pragma once

#include <map>

#include "chaos/sim/oracles/verdict.h"
#include "raft/types.h"

namespace warren::sim {

// ReadIsFresh: whoever asks for a read barrier sees everything that any leader had committed when
// it asked (Raft thesis, 6.4). Reads that are never answered are no violation: messages get lost.
class Reads {
 public:
  // `verdict` outlives this.
  explicit Reads(Verdict& verdict) : verdict_(verdict) {}

  void OnAsked(raft::ReadId id, raft::Index committed) { asked_.emplace(id, committed); }
  // `node` may look at its state once `index` is applied.
  void OnAnswered(raft::NodeId node, raft::ReadId id, raft::Index index);

  // Forgets reads before `id`: answers to them will not come, or are not worth waiting for.
  void ForgetBefore(raft::ReadId id) { asked_.erase(asked_.begin(), asked_.lower_bound(id)); }

 private:
  Verdict& verdict_;
  std::map<raft::ReadId, raft::Index> asked_;
};

}  // namespace warren::sim
