// Who has answered a candidate, and what.
#pragma once

#include <optional>

#include "raft/membership.h"
#include "raft/node_set.h"
#include "raft/quorum.h"

namespace warren::raft {

// One per candidature. A member's first answer counts: a vote cannot be taken back, and a
// repeated message is only an echo.
class VoteTally {
 public:
  void Record(NodeId from, bool granted) {
    if (granted_.Contains(from) || rejected_.Contains(from)) return;
    (granted ? granted_ : rejected_).Insert(from);
  }

  VoteResult Result(const Membership& membership) const {
    return JointCountVotes(membership.voters, membership.outgoing,
                           [&](NodeId voter) { return AnswerOf(voter); });
  }

  // How many voters said so: whoever else may have answered, only these count.
  size_t Granted(const Membership& membership) const { return Count(granted_, membership); }
  size_t Rejected(const Membership& membership) const { return Count(rejected_, membership); }

  std::optional<bool> AnswerOf(NodeId voter) const {
    if (granted_.Contains(voter)) return true;
    if (rejected_.Contains(voter)) return false;
    return std::nullopt;
  }

 private:
  static size_t Count(const NodeSet& nodes, const Membership& membership) {
    size_t count = 0;
    for (const NodeId node : nodes) count += membership.IsVoter(node) ? 1 : 0;
    return count;
  }

  NodeSet granted_;
  NodeSet rejected_;
};

}  // namespace warren::raft
