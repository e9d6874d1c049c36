#include "chaos/sim/healing.h"

#include <algorithm>
#include <string>

#include "chaos/sim/configs_in_play.h"
#include "chaos/sim/draw.h"
#include "chaos/sim/world.h"
#include "fmt/format.h"

namespace warren::sim {

using raft::Index;
using raft::NodeId;
using raft::NodeSet;

namespace {

// A minute, and twenty of the longest election timeouts.
Duration BoundFor(const RunSetup& setup) {
  return Seconds(60) + setup.host.tick * (2 * 20 * setup.core.election_ticks);
}

}  // namespace

Healing::Healing(World& world)
    : world_(world), rng_(world.MakeRng(RngUse::kHealing)), bound_(BoundFor(world.setup())) {}

void Healing::Run() {
  if (!world_.verdict().IsClean()) return;
  world_.CalmDown();
  HealMajority();
  HealAll();
  if (world_.verdict().IsClean()) world_.checker().Audit();
}

void Healing::HealMajority() {
  const NodeSet members = Members();
  NodeSet awake = members;
  for (size_t i = 0; i < members.size(); ++i) {
    NodeSet fewer = awake;
    fewer.Erase(*(members.begin() + static_cast<ptrdiff_t>(rng_.Below(members.size()))));
    if (CanDecide(world_, fewer)) awake = fewer;
  }
  // A change under way may ask for members that this cannot know to be needed: then for all.
  if (!CanDecide(world_, awake)) return;
  KeepUp(awake);
  world_.Trace([] { return "== a majority heals =="; });
  Index last;
  for (const auto& node : world_.nodes()) last = std::max(last, node->last().index);
  // A change that was asked for before the calm may still be made, and need others.
  const auto done = [&] {
    return world_.checker().committed().last().index > last || !CanDecide(world_, awake);
  };
  Await("Progress", done, [&] { StopRemovedLeader(); });
}

void Healing::HealAll() {
  if (!world_.verdict().IsClean()) return;
  world_.Trace([] { return "== all heal =="; });
  world_.workload().Stop();
  Await(
      "Convergence", [&] { return IsConverged(); },
      [&] {
        KeepUp(Members());
        Node* leader = world_.Leader();
        if (leader == nullptr) return;
        const raft::Membership& membership = leader->membership();
        if (membership.IsJoint() && !membership.auto_leave) {
          const raft::ConfigChange leave;
          leader->Ask(raft::ProposeConfigChange{.change = leave, .clock = leader->WallClock()});
        }
      });
  const uint64_t reads = world_.stats().reads;
  uint64_t id = UINT64_MAX / 2;  // Beyond those of the workload.
  Await(
      "Convergence", [&] { return world_.stats().reads > reads; },
      [&] {
        if (Node* leader = world_.Leader()) leader->Ask(raft::ReadRequest{raft::ReadId(++id)});
      });
}

bool Healing::IsConverged() const {
  const Node* leader = world_.Leader();
  if (leader == nullptr || leader->membership().IsJoint()) return false;
  const NodeSet members = leader->membership().AllMembers();
  return std::all_of(members.begin(), members.end(),
                     [&](NodeId id) { return IsCaughtUp(*leader, world_.node(id)); });
}

bool Healing::IsCaughtUp(const Node& leader, const Node& member) const {
  return member.IsRunning() && member.role().leader == leader.id() &&
         member.last() == leader.last() && member.commit() == leader.last().index &&
         member.machine().last().id == leader.last() && member.disk().Last() == leader.last() &&
         !member.disk().hard_state().amnesiac;
}

void Healing::KeepUp(const NodeSet& wanted) {
  for (const auto& node : world_.nodes()) {
    const bool want = wanted.Contains(node->id());
    if (want && !node->IsUp()) node->Start();
    if (!want && node->IsUp()) node->Crash();
  }
}

// A leader that need not step down when it is removed takes no proposals, and goes on leading.
void Healing::StopRemovedLeader() {
  NodeSet up;
  for (const auto& node : world_.nodes()) {
    if (node->IsUp()) up.Insert(node->id());
  }
  const NodeSet members = MembersFor(up);
  for (const auto& node : world_.nodes()) {
    const bool leads = node->IsUp() && node->role().role == raft::Role::kLeader;
    if (leads && !members.Contains(node->id())) node->Crash();
  }
}

NodeSet Healing::Members() const { return MembersFor(AllNodes(world_)); }

// As Furthest() knows them, or has them in its log; and whomever one of `those` among them still
// takes for a voter: it may need that vote to get to where the others are.
NodeSet Healing::MembersFor(const NodeSet& those) const {
  const Node& furthest = Furthest(world_);
  NodeSet members = furthest.membership().AllMembers();
  for (const NodeSet& voters : VotersInPlay(world_, {furthest.id()})) members.InsertAll(voters);
  for (const NodeId member : NodeSet(members)) {
    if (!those.Contains(member)) continue;
    members.InsertAll(world_.node(member).membership().AllVoters());
  }
  return members;
}

bool Healing::Await(std::string_view rule, const std::function<bool()>& done,
                    const std::function<void()>& meanwhile) {
  const Time end = world_.now() + bound_;
  while (world_.verdict().IsClean() && world_.now() < end) {
    if (done()) return true;
    meanwhile();
    world_.Run(Milliseconds(250));
  }
  std::string members;
  for (const auto& node : world_.nodes()) {
    fmt::format_to(std::back_inserter(members), "\n    {}{}{}, applied {}, in {}", Describe(*node),
                   node->IsUp() ? "" : " down",
                   node->disk().hard_state().amnesiac ? " amnesiac" : "", node->applied().value(),
                   Describe(node->membership()));
  }
  world_.verdict().Violated(std::string(rule), fmt::format("not within {} s after healing{}",
                                                           bound_.count() / 1'000'000, members));
  return false;
}

}  // namespace warren::sim
