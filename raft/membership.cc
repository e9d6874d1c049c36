#include "raft/membership.h"

#include <algorithm>

namespace warren::raft {
namespace {

// A voter of the outgoing half must go on counting there until the joint phase ends, whatever
// the change makes of it afterwards.
void MakeVoter(Membership& membership, NodeId node) {
  membership.learners.Erase(node);
  membership.learners_next.Erase(node);
  membership.voters.Insert(node);
}

void MakeLearner(Membership& membership, NodeId node) {
  if (membership.learners.Contains(node)) return;
  membership.voters.Erase(node);
  if (membership.outgoing.Contains(node)) {
    membership.learners_next.Insert(node);
  } else {
    membership.learners.Insert(node);
  }
}

void Remove(Membership& membership, NodeId node) {
  membership.voters.Erase(node);
  membership.learners.Erase(node);
  membership.learners_next.Erase(node);
}

void ApplyAll(Membership& membership, const ConfigChange& change) {
  for (const MemberChange& step : change.changes) {
    if (step.node.IsNone()) continue;  // A change that its proposer has called off.
    switch (step.type) {
      case MemberChangeType::kAddVoter:
        MakeVoter(membership, step.node);
        break;
      case MemberChangeType::kAddLearner:
        MakeLearner(membership, step.node);
        break;
      case MemberChangeType::kRemove:
        Remove(membership, step.node);
        break;
      case MemberChangeType::kUpdate:
        break;
    }
  }
}

size_t Differences(const NodeSet& a, const NodeSet& b) {
  const auto missing_in = [](const NodeSet& from, const NodeSet& in) {
    return static_cast<size_t>(
        std::count_if(from.begin(), from.end(), [&](NodeId node) { return !in.Contains(node); }));
  };
  return missing_in(a, b) + missing_in(b, a);
}

ChangeResult Checked(Membership membership) {
  WARREN_CHECK(membership.IsValid());
  return membership;
}

}  // namespace

std::string_view Describe(ChangeError error) {
  switch (error) {
    case ChangeError::kNoVoterLeft:
      return "the group would be left without a voter";
    case ChangeError::kNeedsJoint:
      return "several voters change at once: that needs a joint phase";
    case ChangeError::kAlreadyJoint:
      return "a joint phase is already under way";
    case ChangeError::kNotJoint:
      return "there is no joint phase to leave";
    case ChangeError::kJointNeedsVoters:
      return "a group without voters cannot become joint";
    case ChangeError::kSimpleWhileJoint:
      return "the joint phase must be left first";
  }
  return "unknown error";
}

NodeSet Membership::AllVoters() const {
  NodeSet all = voters;
  all.InsertAll(outgoing);
  return all;
}

NodeSet Membership::AllMembers() const {
  NodeSet all = AllVoters();
  all.InsertAll(learners);
  return all;
}

bool Membership::IsValid() const {
  const auto is_outgoing = [&](NodeId node) { return outgoing.Contains(node); };
  const auto is_voter = [&](NodeId node) { return IsVoter(node); };
  if (std::any_of(learners.begin(), learners.end(), is_voter)) return false;
  if (!std::all_of(learners_next.begin(), learners_next.end(), is_outgoing)) return false;
  return IsJoint() || (learners_next.empty() && !auto_leave);
}

ChangeResult ChangeSimply(const Membership& from, const ConfigChange& change) {
  if (from.IsJoint()) return ChangeError::kSimpleWhileJoint;
  Membership to = from;
  ApplyAll(to, change);
  if (to.voters.empty()) return ChangeError::kNoVoterLeft;
  if (Differences(from.voters, to.voters) > 1) return ChangeError::kNeedsJoint;
  return Checked(std::move(to));
}

ChangeResult EnterJoint(const Membership& from, const ConfigChange& change, bool auto_leave) {
  if (from.IsJoint()) return ChangeError::kAlreadyJoint;
  if (from.voters.empty()) return ChangeError::kJointNeedsVoters;
  Membership to = from;
  to.outgoing = from.voters;
  ApplyAll(to, change);
  if (to.voters.empty()) return ChangeError::kNoVoterLeft;
  to.auto_leave = auto_leave;
  return Checked(std::move(to));
}

ChangeResult LeaveJoint(const Membership& from) {
  if (!from.IsJoint()) return ChangeError::kNotJoint;
  Membership to = from;
  to.learners.InsertAll(from.learners_next);
  to.learners_next.Clear();
  to.outgoing.Clear();
  to.auto_leave = false;
  return Checked(std::move(to));
}

ChangeResult Change(const Membership& from, const ConfigChange& change) {
  if (change.AsksToLeaveJoint()) return LeaveJoint(from);
  if (change.AsksForJoint()) return EnterJoint(from, change, change.AsksForAutoLeave());
  return ChangeSimply(from, change);
}

}  // namespace warren::raft
