// All oracles together, and when each of them looks.
#pragma once

#include <array>
#include <vector>

#include "chaos/sim/machine.h"
#include "chaos/sim/oracles/committed_log.h"
#include "chaos/sim/oracles/completeness.h"
#include "chaos/sim/oracles/durability.h"
#include "chaos/sim/oracles/elections.h"
#include "chaos/sim/oracles/entry_history.h"
#include "chaos/sim/oracles/member_view.h"
#include "chaos/sim/oracles/reads.h"
#include "chaos/sim/oracles/verdict.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/stats.h"
#include "raft/message.h"
#include "raft/output.h"
#include "raft/types.h"

namespace warren::sim {

// Nodes report each thing that they do. What changed is looked at then: the member that stepped,
// the entries that are new, against what was established before. So a step costs the same in a
// long run as in a short one. Audit() looks at everything, now and then, in case something changed
// that nobody reported.
class Checker {
 public:
  // The group begins with `start`. `stats` and `verdict` outlive this.
  Checker(const Machine& start, Stats& stats, Verdict& verdict);
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  // In the order of their ids. `member` outlives this.
  void Add(const MemberView& member) { members_.push_back(&member); }

  void OnStarted(const MemberView& member);
  void OnStepped(const MemberView& member);
  void OnOutput(const MemberView& member, const raft::Output& output);
  // The message leaves; what `sender` tells itself counts too.
  void OnSent(const MemberView& sender, const raft::Message& message);
  void OnInstalled(const MemberView& member) { durability_.CheckBodies(member); }
  // It was told that a write is done, and believes its log to be durable up to `durable`.
  void OnStored(const MemberView& member, raft::Index durable) {
    durability_.CheckBelief(member, durable);
  }
  [[nodiscard]] bool OnApply(raft::NodeId member, const Machine& before, const raft::Entry& entry) {
    return committed_.OnApply(member, before, entry);
  }
  void OnApplied(raft::NodeId member, raft::Index index, uint64_t chain) {
    committed_.OnApplied(member, index, chain);
  }
  void OnMembership(const MemberView& member, raft::Index index) {
    committed_.OnMembership(member.id(), index, member.membership());
  }
  void OnReadAsked(raft::ReadId id);

  // Every invariant, on everybody, over all that their logs hold.
  void Audit();

  const CommittedLog& committed() const { return committed_; }

 private:
  // What a member looked like after its last step.
  struct Seen {
    uint64_t life = 0;
    raft::RoleState role;
    raft::Term term;
    raft::Index commit;
    raft::EntryId last;
    raft::Term told_to_campaign;  // In this term it asks for votes by order of the leader.
    bool Leads() const { return role.role == raft::Role::kLeader; }
  };

  void OnCommitMoved(const MemberView& member, bool led);
  void CheckAgainstOthers(const MemberView& member);
  void AuditLog(const MemberView& member);

  Stats& stats_;
  Verdict& verdict_;
  Durability::Members members_;
  EntryHistory history_;
  CommittedLog committed_;
  Elections elections_;
  Completeness completeness_;
  Durability durability_;
  Reads reads_;
  std::array<Seen, kNodesMax + 1> seen_;
};

}  // namespace warren::sim
