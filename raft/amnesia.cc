#include "raft/amnesia.h"

#include <algorithm>

namespace warren::raft {

void Amnesia::OnReply(const Message& reply, Incarnation asked_in, Term term) {
  if (reply.incarnation != asked_in) return;
  told_.Insert(reply.from);
  if (!reply.leader || reply.term != term) return;
  leader_ = reply.from;
  leader_commit_ = reply.commit;
}

NodeId Amnesia::CuredBy(NodeId self, const Membership& membership, const Log& log,
                        Index applied) const {
  if (leader_.IsNone() || log.HasPendingSnapshot()) return NodeId();
  if (log.DurableIndex() < leader_commit_ || applied < leader_commit_) return NodeId();
  const NodeSet voters = membership.AllVoters();
  const bool all_told = std::all_of(voters.begin(), voters.end(), [&](NodeId voter) {
    return voter == self || told_.Contains(voter);
  });
  return all_told ? leader_ : NodeId();
}

}  // namespace warren::raft
