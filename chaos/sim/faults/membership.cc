// A membership that does not stay what it is.
#include "raft/membership.h"

#include <algorithm>
#include <variant>

#include "chaos/sim/faults/fault.h"
#include "chaos/sim/world.h"
#include "raft/config_change.h"

namespace warren::sim {
namespace {

using raft::MemberChange;
using raft::MemberChangeType;
using raft::Membership;
using raft::NodeId;
using raft::Transition;

// Asks the leader for a change that is drawn: voters and learners come and go and change places,
// one by one or several at once through a joint phase, which ends by itself or on demand.
//
// Not while a member may have forgotten something: the majorities that must remember are those of
// the configuration that it forgot them in (see MayForget).
class ChangeMembership final : public Fault {
 public:
  void Strike(World& world, base::Rng& rng) override {
    const bool forgetful =
        std::any_of(world.nodes().begin(), world.nodes().end(),
                    [](const auto& node) { return node->disk().hard_state().amnesiac; });
    Node* leader = world.Leader();
    if (forgetful || leader == nullptr) return;
    const Membership& membership = leader->membership();
    const raft::ConfigChange change = membership.IsJoint() && !membership.auto_leave
                                          ? raft::ConfigChange()
                                          : Draw(world, membership, rng);
    if (!IsWanted(membership, change, rng)) return;
    world.OnChangeAsked();
    leader->Ask(raft::ProposeConfigChange{.change = change, .clock = leader->WallClock()});
  }

 private:
  static raft::ConfigChange Draw(const World& world, const Membership& membership, base::Rng& rng) {
    raft::ConfigChange change;
    const uint64_t changes = rng.OneIn(2) ? 1 : rng.Between(2, 4);
    for (uint64_t i = 0; i < changes; ++i) {
      const NodeId node = world.nodes()[rng.Below(world.nodes().size())]->id();
      change.changes.push_back(DrawFor(node, membership, rng));
    }
    change.transition = static_cast<Transition>(rng.Below(3));
    return change;
  }

  static MemberChange DrawFor(NodeId node, const Membership& membership, base::Rng& rng) {
    if (membership.voters.Contains(node)) {
      return {.type = rng.OneIn(2) ? MemberChangeType::kRemove : MemberChangeType::kAddLearner,
              .node = node};
    }
    if (rng.OneIn(8)) return {.type = MemberChangeType::kRemove, .node = node};
    return {.type = rng.OneIn(3) ? MemberChangeType::kAddLearner : MemberChangeType::kAddVoter,
            .node = node};
  }

  // Changes that leave fewer than three voters come seldom: a group of one or two is poor ground
  // for everything else.
  static bool IsWanted(const Membership& membership, const raft::ConfigChange& change,
                       base::Rng& rng) {
    const bool small_is_welcome = rng.OneIn(8);
    const raft::ChangeResult result = raft::Change(membership, change);
    const auto* next = std::get_if<Membership>(&result);
    return next == nullptr || next->voters.size() >= 3 || small_is_welcome;
  }
};

}  // namespace

std::unique_ptr<Fault> MakeMembership() { return std::make_unique<ChangeMembership>(); }

}  // namespace warren::sim
