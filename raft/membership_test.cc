#include "raft/membership.h"

#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::AddLearner;
using testing::AddVoter;
using testing::MakeChange;
using testing::Nodes;
using testing::Remove;
using testing::VotersOnly;

constexpr auto kExplicit = Transition::kJointExplicit;
constexpr auto kImplicit = Transition::kJointImplicit;

Membership Made(const ChangeResult& result) {
  EXPECT_TRUE(std::holds_alternative<Membership>(result));
  return std::holds_alternative<Membership>(result) ? std::get<Membership>(result) : Membership();
}

std::optional<ChangeError> ErrorOf(const ChangeResult& result) {
  if (const auto* error = std::get_if<ChangeError>(&result)) return *error;
  return std::nullopt;
}

TEST(MembershipTest, SimpleChangeAddsOneVoter) {
  const Membership after = Made(Change(VotersOnly({1, 2}), MakeChange({AddVoter(3)})));
  EXPECT_EQ(after, VotersOnly({1, 2, 3}));
}

TEST(MembershipTest, SimpleChangeRemovesOneVoter) {
  EXPECT_EQ(Made(Change(VotersOnly({1, 2}), MakeChange({Remove(2)}))), VotersOnly({1}));
}

TEST(MembershipTest, RemovingAStrangerChangesNothing) {
  EXPECT_EQ(Made(Change(VotersOnly({1}), MakeChange({Remove(9)}))), VotersOnly({1}));
}

TEST(MembershipTest, UpdateChangesNothing) {
  const MemberChange update{.type = MemberChangeType::kUpdate, .node = NodeId(1)};
  EXPECT_EQ(Made(Change(VotersOnly({1}), MakeChange({update}))), VotersOnly({1}));
}

TEST(MembershipTest, ChangeOfNobodyHasBeenCalledOff) {
  EXPECT_EQ(Made(Change(VotersOnly({1}), MakeChange({AddVoter(0)}))), VotersOnly({1}));
}

TEST(MembershipTest, VoterIsDemotedToLearner) {
  const Membership after = Made(Change(VotersOnly({1, 2}), MakeChange({AddLearner(2)})));
  EXPECT_EQ(after.voters, Nodes({1}));
  EXPECT_EQ(after.learners, Nodes({2}));
}

TEST(MembershipTest, LearnerIsPromotedToVoter) {
  Membership before = VotersOnly({1});
  before.learners = Nodes({2});
  EXPECT_EQ(Made(Change(before, MakeChange({AddVoter(2)}))), VotersOnly({1, 2}));
}

TEST(MembershipTest, SimpleChangeOfTwoVotersNeedsAJointPhase) {
  const ConfigChange change = MakeChange({AddVoter(2), AddVoter(3)});
  EXPECT_EQ(ErrorOf(ChangeSimply(VotersOnly({1}), change)), ChangeError::kNeedsJoint);
}

TEST(MembershipTest, SimpleChangeMayTouchAnyNumberOfLearners) {
  const ConfigChange change = MakeChange({AddLearner(2), AddLearner(3), AddVoter(4)});
  const Membership after = Made(ChangeSimply(VotersOnly({1}), change));
  EXPECT_EQ(after.learners, Nodes({2, 3}));
  EXPECT_EQ(after.voters, Nodes({1, 4}));
}

TEST(MembershipTest, LastVoterIsNotRemoved) {
  EXPECT_EQ(ErrorOf(Change(VotersOnly({1}), MakeChange({Remove(1)}))), ChangeError::kNoVoterLeft);
  EXPECT_EQ(ErrorOf(Change(VotersOnly({1}), MakeChange({AddLearner(1)}))),
            ChangeError::kNoVoterLeft);
  EXPECT_EQ(ErrorOf(Change(VotersOnly({1, 2}), MakeChange({Remove(1), Remove(2)}))),
            ChangeError::kNoVoterLeft);
}

TEST(MembershipTest, SeveralChangesEnterAJointPhaseThatEndsByItself) {
  const Membership joint =
      Made(Change(VotersOnly({1, 2, 3}), MakeChange({Remove(1), AddVoter(4)})));
  EXPECT_EQ(joint.voters, Nodes({2, 3, 4}));
  EXPECT_EQ(joint.outgoing, Nodes({1, 2, 3}));
  EXPECT_TRUE(joint.auto_leave);
  EXPECT_TRUE(joint.IsVoter(NodeId(1)));
}

TEST(MembershipTest, TransitionDecidesWhoLeavesTheJointPhase) {
  EXPECT_TRUE(Made(Change(VotersOnly({1}), MakeChange({AddVoter(2)}, kImplicit))).auto_leave);
  const Membership joint = Made(Change(VotersOnly({1}), MakeChange({AddVoter(2)}, kExplicit)));
  EXPECT_TRUE(joint.IsJoint());
  EXPECT_FALSE(joint.auto_leave);
}

TEST(MembershipTest, LeavingDropsTheOutgoingHalf) {
  const Membership joint =
      Made(Change(VotersOnly({1, 2}), MakeChange({Remove(1), AddVoter(3)}, kExplicit)));
  EXPECT_EQ(Made(Change(joint, ConfigChange())), VotersOnly({2, 3}));
}

// Its vote counts in the outgoing half until the phase ends, so it cannot be a learner before.
TEST(MembershipTest, DemotedVoterBecomesALearnerWhenTheJointPhaseEnds) {
  const Membership joint = Made(Change(VotersOnly({1, 2}), MakeChange({AddLearner(2)}, kExplicit)));
  EXPECT_EQ(joint.voters, Nodes({1}));
  EXPECT_EQ(joint.learners, NodeSet());
  EXPECT_EQ(joint.learners_next, Nodes({2}));
  const Membership after = Made(LeaveJoint(joint));
  EXPECT_EQ(after.voters, Nodes({1}));
  EXPECT_EQ(after.learners, Nodes({2}));
}

TEST(MembershipTest, LaterStepsOfOneChangeOverruleEarlierOnes) {
  const ConfigChange change = MakeChange({AddLearner(2), AddVoter(2), Remove(3), AddLearner(3)});
  const Membership joint = Made(Change(VotersOnly({1, 2, 3}), change));
  EXPECT_EQ(joint.voters, Nodes({1, 2}));
  EXPECT_EQ(joint.learners_next, Nodes({3}));
}

TEST(MembershipTest, JointPhaseIsNotEnteredTwice) {
  const Membership joint = Made(Change(VotersOnly({1}), MakeChange({AddVoter(2)}, kExplicit)));
  EXPECT_EQ(ErrorOf(Change(joint, MakeChange({AddVoter(3)}, kExplicit))),
            ChangeError::kAlreadyJoint);
  EXPECT_EQ(ErrorOf(Change(joint, MakeChange({AddVoter(3)}))), ChangeError::kSimpleWhileJoint);
}

TEST(MembershipTest, OnlyAJointPhaseIsLeft) {
  EXPECT_EQ(ErrorOf(Change(VotersOnly({1}), ConfigChange())), ChangeError::kNotJoint);
}

TEST(MembershipTest, GroupWithoutVotersCannotBecomeJoint) {
  EXPECT_EQ(ErrorOf(EnterJoint(Membership(), MakeChange({AddVoter(1)}), true)),
            ChangeError::kJointNeedsVoters);
}

TEST(MembershipTest, FirstVoterOfAGroupIsAddedSimply) {
  EXPECT_EQ(Made(Change(Membership(), MakeChange({AddVoter(1)}))), VotersOnly({1}));
}

TEST(MembershipTest, EachErrorIsDescribed) {
  for (const ChangeError error :
       {ChangeError::kNoVoterLeft, ChangeError::kNeedsJoint, ChangeError::kAlreadyJoint,
        ChangeError::kNotJoint, ChangeError::kJointNeedsVoters, ChangeError::kSimpleWhileJoint}) {
    EXPECT_NE(Describe(error), "unknown error");
  }
}

TEST(MembershipTest, IsValidFindsEachContradiction) {
  Membership membership = VotersOnly({1, 2});
  EXPECT_TRUE(membership.IsValid());
  membership.learners = Nodes({2});
  EXPECT_FALSE(membership.IsValid()) << "voter and learner";

  membership = VotersOnly({1});
  membership.outgoing = Nodes({2});
  EXPECT_TRUE(membership.IsValid());
  membership.learners = Nodes({2});
  EXPECT_FALSE(membership.IsValid()) << "outgoing voter and learner";

  membership = VotersOnly({1});
  membership.learners_next = Nodes({2});
  EXPECT_FALSE(membership.IsValid()) << "learners_next without a joint phase";
  membership.outgoing = Nodes({3});
  EXPECT_FALSE(membership.IsValid()) << "learners_next that is not outgoing";

  membership = VotersOnly({1});
  membership.auto_leave = true;
  EXPECT_FALSE(membership.IsValid()) << "auto_leave without a joint phase";
}

// ---- Properties -------------------------------------------------------------------------------

ConfigChange RandomChange(base::Rng& rng) {
  ConfigChange change;
  for (uint64_t i = rng.Below(5); i > 0; --i) {
    change.changes.push_back(
        {.type = static_cast<MemberChangeType>(rng.Below(4)), .node = NodeId(rng.Below(7))});
  }
  change.transition = static_cast<Transition>(rng.Below(3));
  return change;
}

Membership RandomStart(base::Rng& rng) {
  Membership membership = VotersOnly({1});
  for (int i = 0; i < 4; ++i) {
    const NodeId node(rng.Between(2, 6));
    if (membership.Contains(node)) continue;
    (rng.OneIn(2) ? membership.voters : membership.learners).Insert(node);
  }
  return membership;
}

TEST(MembershipTest, RandomChangesKeepTheMembershipValidAndWithVoters) {
  size_t joint_seen = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    base::Rng rng(seed);
    Membership membership = RandomStart(rng);
    for (int step = 0; step < 40; ++step) {
      const ChangeResult result = Change(membership, RandomChange(rng));
      const auto* next = std::get_if<Membership>(&result);
      if (next == nullptr) continue;
      ASSERT_TRUE(next->IsValid()) << "seed " << seed;
      ASSERT_FALSE(next->voters.empty()) << "seed " << seed;
      joint_seen += next->IsJoint() ? 1 : 0;
      membership = *next;
    }
  }
  EXPECT_GT(joint_seen, 500u);
}

// Two majorities decide apart only if they share no voter. A simple change moves one voter at
// most, so any majority of the one shares a voter with any majority of the other.
TEST(MembershipTest, SimpleChangeMovesAtMostOneVoter) {
  base::Rng rng(3);
  for (int round = 0; round < 5000; ++round) {
    const Membership before = RandomStart(rng);
    const ChangeResult result = ChangeSimply(before, RandomChange(rng));
    const auto* after = std::get_if<Membership>(&result);
    if (after == nullptr) continue;
    NodeSet together = before.voters;
    together.InsertAll(after->voters);
    ASSERT_LE(2 * together.size(), before.voters.size() + after->voters.size() + 1);
  }
}

TEST(MembershipTest, JointPhaseKeepsTheOldVotersUntilItEnds) {
  base::Rng rng(4);
  for (int round = 0; round < 5000; ++round) {
    const Membership before = RandomStart(rng);
    const ChangeResult result = EnterJoint(before, RandomChange(rng), /*auto_leave=*/false);
    const auto* joint = std::get_if<Membership>(&result);
    if (joint == nullptr) continue;
    ASSERT_EQ(joint->outgoing, before.voters);
  }
}

TEST(MembershipTest, EnteringAndLeavingEqualsTheSimpleChangeWhereThatIsPossible) {
  base::Rng rng(5);
  size_t compared = 0;
  for (int round = 0; round < 5000; ++round) {
    const Membership before = RandomStart(rng);
    const ConfigChange change = RandomChange(rng);
    const ChangeResult simple = ChangeSimply(before, change);
    if (!std::holds_alternative<Membership>(simple)) continue;
    const Membership joint = Made(EnterJoint(before, change, /*auto_leave=*/true));
    ASSERT_EQ(Made(LeaveJoint(joint)), std::get<Membership>(simple));
    ++compared;
  }
  EXPECT_GT(compared, 1000u);
}

}  // namespace
}  // namespace warren::raft
