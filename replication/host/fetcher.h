// Brings back entries that a member misses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"

#include "base/interval_set.h"
#include "base/monotonic_time.h"
#include "raft/node_set.h"
#include "raft/term_runs.h"
#include "raft/types.h"
#include "replication/host/config.h"
#include "replication/host/fetch_budget.h"
#include "replication/host/fetch_message.h"
#include "replication/host/types.h"

namespace warren::replication {

// Entries that a snapshot keeps and this member never had, or that damage has destroyed, asked for
// piece by piece from whoever may have them:
//
//     wanted --Poll--> asked --OnAnswer--> being stored --OnStored--> here
//        ^               |
//        +---- no answer, or not from this member
//
// Terms decide: an entry of another term than `terms` says is not the one. What a member calls dead
// need not be brought back: it was consumed after the snapshot, and nobody will ask for it.
//
// Pure; owned by one group.
class Fetcher {
 public:
  using TrustsFn = absl::FunctionRef<bool(NodeId)>;
  using SendFn = absl::FunctionRef<void(NodeId, const FetchRequest&)>;

  // Above `base` entries are needed for replay, dead or not.
  Fetcher(const GroupConfig& config, base::IntervalSet missing, raft::Index base,
          raft::TermRuns terms, const raft::NodeSet& sources);

  // Asks for more, as far as there is room. Returns how many requests it made.
  uint32_t Poll(base::MonotonicTime now, const FetchBudget::Room& room, TrustsFn trusts,
                SendFn send);
  // When Poll has something to do though nothing came.
  std::optional<base::MonotonicTime> NextDeadline() const;

  // The entries to be stored, in order; none if the answer is not to one of our requests.
  std::vector<raft::Entry> OnAnswer(NodeId from, FetchAnswer answer);
  void OnStored(const base::IntervalSet& indexes);
  // Nothing under way to or from this node will arrive.
  void OnNodeLost(NodeId node);

  // Nothing is missing any more, and all of it is stored.
  bool IsDone() const { return wanted_.empty() && asked_.empty() && storing_.empty(); }
  // All that is left to be brought back, if every one of the sources has said that it cannot give
  // that; nothing otherwise. They are asked again after a while.
  base::IntervalSet Unobtainable() const;
  uint32_t under_way() const { return static_cast<uint32_t>(asked_.size()); }
  uint64_t dead() const { return dead_; }
  uint64_t fetched() const { return fetched_; }

 private:
  struct Asked {
    NodeId node;
    base::IntervalSet indexes;
    base::MonotonicTime since;
  };
  struct Source {
    NodeId node;
    base::IntervalSet refused;  // It said that it does not have these.
    base::MonotonicTime busy_until;
  };
  Source* PickSource(base::MonotonicTime now, TrustsFn trusts, base::IntervalSet* piece);
  void GiveUpOnTheSilent(base::MonotonicTime now);

  const GroupConfig& config_;
  const raft::Index base_;
  const raft::TermRuns terms_;
  base::IntervalSet wanted_;
  base::IntervalSet storing_;
  std::map<uint64_t, Asked> asked_;
  std::vector<Source> sources_;
  size_t next_source_ = 0;
  uint64_t next_number_ = 1;
  uint64_t dead_ = 0;
  uint64_t fetched_ = 0;
  std::optional<base::MonotonicTime> idle_since_;  // Nobody could be asked.
  std::optional<base::MonotonicTime> room_at_;     // When the node's budget allows more.
};

}  // namespace warren::replication
