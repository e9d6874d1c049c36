// Who belongs to a group, and the algebra of changing that.
#pragma once

#include <string_view>
#include <variant>

#include "raft/config_change.h"
#include "raft/node_set.h"

namespace warren::raft {

// The configuration of a group. While it moves from one set of voters to another it is *joint*:
// `outgoing` holds the old voters, and every decision needs a majority of both halves (Raft
// thesis section 4.3), so that the two sets can never decide apart.
//
// Invariants (CheckInvariants, and Validate for what comes from disk or peers):
//   - learners and voters of either half are disjoint;
//   - learners_next is a subset of outgoing: voters that become learners when the joint phase
//     ends (they cannot be both at once, and until then their vote counts);
//   - outgoing empty implies learners_next empty and auto_leave false.
struct Membership {
  NodeSet voters;    // The incoming half while joint.
  NodeSet outgoing;  // Empty unless joint.
  NodeSet learners;  // Receive the log, decide nothing.
  NodeSet learners_next;
  bool auto_leave = false;  // The leader leaves the joint phase by itself once it is applied.

  bool IsJoint() const { return !outgoing.empty(); }
  bool IsVoter(NodeId node) const { return voters.Contains(node) || outgoing.Contains(node); }
  bool IsLearner(NodeId node) const { return learners.Contains(node); }
  bool Contains(NodeId node) const { return IsVoter(node) || IsLearner(node); }
  NodeSet AllVoters() const;
  NodeSet AllMembers() const;

  // False if an invariant above does not hold: the bytes it came from are damaged.
  bool IsValid() const;

  friend bool operator==(const Membership&, const Membership&) = default;
};

// Why a change cannot be made. The change then has no effect, on every member alike.
enum class ChangeError {
  kNoVoterLeft,
  kNeedsJoint,  // More than one voter would change in one simple step.
  kAlreadyJoint,
  kNotJoint,          // A leave without a joint phase to leave.
  kJointNeedsVoters,  // Entering a joint phase from a configuration without voters.
  kSimpleWhileJoint,
};
std::string_view Describe(ChangeError error);

using ChangeResult = std::variant<Membership, ChangeError>;

// The three steps that exist. Each is a pure function of its arguments and checks its result.
ChangeResult ChangeSimply(const Membership& from, const ConfigChange& change);
ChangeResult EnterJoint(const Membership& from, const ConfigChange& change, bool auto_leave);
ChangeResult LeaveJoint(const Membership& from);

// The step that `change` asks for: see Transition.
ChangeResult Change(const Membership& from, const ConfigChange& change);

}  // namespace warren::raft
