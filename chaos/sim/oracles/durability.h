// Oracle: what members promise one another, their disks hold.
#pragma once

#include <functional>
#include <vector>

#include "chaos/sim/oracles/committed_log.h"
#include "chaos/sim/oracles/member_view.h"
#include "chaos/sim/oracles/verdict.h"
#include "raft/message.h"
#include "raft/output.h"
#include "raft/types.h"

namespace warren::sim {

// PromiseIsDurable: a vote or an acknowledgement that leaves would survive a crash of its sender at
// this moment; and what is acknowledged is what the leader has.
// BelievesWhatIs: what a member believes to be durable on its disk is, and is the same entry.
// CommittedIsDurableInv: what a leader commits is on the disks of a majority, of both halves while
// joint. Its own disk need not be among them.
// QuorumLogInv: no majority of a member's configuration could elect a leader without what that
// member has applied. (Of what it knows to be committed beyond that, some may have been committed
// by a later configuration.)
// CommittedIsKept: no disk that has an entry which was committed by the member's term is told to
// replace it. A leader of a later term may have committed it without this member, which the leader
// of an earlier one may still talk out of it.
// BodiesAreKept: a disk holds all entries that its snapshot calls live, unless they died since.
class Durability {
 public:
  using Members = std::vector<const MemberView*>;  // By id - 1.

  // All three outlive this; `members` may grow.
  Durability(const Members& members, const CommittedLog& committed, Verdict& verdict)
      : members_(members), committed_(committed), verdict_(verdict) {}

  void OnSent(const MemberView& sender, const raft::Message& message);
  // The core of `member` believes its log to be durable up to `durable`.
  void CheckBelief(const MemberView& member, raft::Index durable);
  // `leader` has just committed.
  void OnCommit(const MemberView& leader);
  // `member` hands `output` to its disk.
  void OnWrite(const MemberView& member, const raft::Output& output);

  void CheckQuorumLog(const MemberView& member);
  void CheckBodies(const MemberView& member);

 private:
  void CheckVote(const MemberView& voter, const raft::Message& vote);
  void CheckAck(const MemberView& sender, const raft::Message& ack);
  // Do those voters of `half` for whom `holds` is true make a majority?
  bool IsMajority(const raft::NodeSet& half,
                  const std::function<bool(const MemberView&)>& holds) const;
  const MemberView& Member(raft::NodeId id) const { return *members_[id.value() - 1]; }

  const Members& members_;
  const CommittedLog& committed_;
  Verdict& verdict_;
};

}  // namespace warren::sim
