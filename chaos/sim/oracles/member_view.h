// What oracles may see of a member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "chaos/sim/disk_image.h"
#include "fmt/format.h"
#include "raft/core.h"
#include "raft/membership.h"
#include "raft/output.h"
#include "raft/types.h"

namespace warren::sim {

// A member as its core shows it while the node is up, and as its disk has it while it is down.
// Oracles judge by this and by what passes between members. They cannot see into a core, and know
// nothing of how it is configured.
class MemberView {
 public:
  virtual ~MemberView() = default;

  virtual raft::NodeId id() const = 0;
  virtual uint64_t life() const = 0;  // Counts the starts of the node.
  virtual raft::RoleState role() const = 0;
  virtual raft::Term term() const = 0;
  virtual raft::Index commit() const = 0;
  virtual raft::Index applied() const = 0;
  virtual raft::EntryId last() const = 0;
  virtual std::optional<raft::Term> TermAt(raft::Index index) const = 0;
  virtual const raft::Membership& membership() const = 0;  // As of applied().
  virtual const DiskImage& disk() const = 0;

  bool Leads() const { return role().role == raft::Role::kLeader; }

  // Is the entry `id` in the log, or covered by what the log was compacted to?
  bool Holds(raft::EntryId id) const {
    const std::optional<raft::Term> term = TermAt(id.index);
    return term.has_value() ? term == id.term : id.index < last().index;
  }

  // Will it be there after a crash? A member that lost part of its disk counts as if it had not:
  // it must take part in no decision until it has caught up, so nobody can notice.
  bool HoldsDurably(raft::EntryId id) const {
    if (disk().Holds(id)) return true;
    return disk().hard_state().amnesiac && id.index <= disk().forgotten().index;
  }
};

inline std::string Describe(raft::EntryId id) {
  return fmt::format("{}@{}", id.index.value(), id.term.value());
}
inline std::string Describe(raft::NodeId node) { return fmt::format("n{}", node.value()); }

// "n2 (follower of n1, term 4, last 17@4, commit 15)"
std::string Describe(const MemberView& member);
// "{1 2 3} leaving {1 2} learners {4}"
std::string Describe(const raft::Membership& membership);

}  // namespace warren::sim
