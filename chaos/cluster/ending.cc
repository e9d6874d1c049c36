#include "chaos/cluster/ending.h"

#include "chaos/cluster/watched_machine.h"
#include "chaos/cluster/world.h"
#include "fmt/format.h"
#include "raft/core.h"

namespace warren::cluster_sim {
namespace {

const queue::Machine* MachineOf(const replication::Group& group) {
  const auto* machine = static_cast<const WatchedMachine*>(group.machine());
  return machine == nullptr ? nullptr : &machine->replica().machine();
}

std::string DescribeMember(const Node& node, const replication::Group& group) {
  const raft::Core* const core = group.core();
  if (core == nullptr) return fmt::format("n{}: mending", node.id().value());
  const raft::Status status = core->GetStatus();
  const auto list = [](const raft::NodeSet& nodes) {
    std::vector<uint64_t> ids;
    for (const NodeId each : nodes) ids.push_back(each.value());
    return fmt::format("{}", fmt::join(ids, ","));
  };
  return fmt::format(
      "n{}: {} of n{} in term {}, commit {}, applied {}, durable {}, last {}@{}, voters {}; {}; "
      "learners {}{}{}",
      node.id().value(), raft::Name(core->role().role), core->leader().value(),
      core->term().value(), core->commit().value(), core->applied().value(),
      core->durable().value(), core->last().index.value(), core->last().term.value(),
      list(status.membership.voters), list(status.membership.outgoing),
      list(status.membership.learners), status.hard_state.amnesiac ? ", amnesiac" : "",
      group.WantsTick() ? "" : ", asleep");
}

std::string DescribeLeases(const queue::Machine& machine) {
  std::string text;
  for (const queue::ConsumerView& view : machine.ListConsumers()) {
    if (view.unsettled == 0) continue;
    fmt::format_to(std::back_inserter(text), "\n    {} held by {:x}/{}{}", view.unsettled,
                   view.consumer.session.value(), view.consumer.number.value(),
                   view.cancelled ? ", cancelled" : "");
  }
  for (const queue::SessionView& view : machine.ListSessions()) {
    fmt::format_to(std::back_inserter(text), "\n    session {:x} in epoch {}{}",
                   view.session.value(), view.epoch.value(),
                   view.suspected_since.has_value() ? ", suspected" : "");
  }
  return text;
}

std::string DescribeMembers(World& world, GroupId id) {
  std::string text;
  for (const auto& node : world.nodes()) {
    if (!node->IsUp()) continue;
    const replication::Group* const group = node->Find(id);
    if (group != nullptr) text += "\n    " + DescribeMember(*node, *group);
  }
  return text;
}

}  // namespace

bool Ending::Await(const std::string& rule, Duration most,
                   std::string (Ending::*what_is_missing)() const) {
  Timeline& timeline = world_->timeline();
  // Looking takes longer than most events do.
  constexpr Duration kEvery = Milliseconds(20);
  for (const Time end = timeline.now() + most; timeline.now() < end;) {
    if ((this->*what_is_missing)().empty()) return true;
    timeline.Run(kEvery);
    if (!timeline.verdict().IsClean()) return false;
  }
  timeline.Violated(
      rule, fmt::format("after {} s {}", most.count() / 1'000'000, (this->*what_is_missing)()));
  return false;
}

void Ending::Prepare() { Await("GroupsAreMade", Seconds(20), &Ending::UnmadeGroup); }

void Ending::Run() {
  Timeline& timeline = world_->timeline();
  timeline.Trace([] { return std::string("-- calm --"); });
  if (!Await("Settles", Seconds(60), &Ending::UnsettledGroup)) return;
  world_->workload().Stop();
  if (!Await("SessionsEnd", Seconds(40), &Ending::OpenSession)) return;
  for (const auto& [id, info] : world_->groups()) {
    if (!info.is_being_removed) world_->workload().Drain(id);
  }
  if (!Await("QueuesDrain", Seconds(60), &Ending::UndrainedGroup)) return;
  world_->workload().Stop();
  if (!Await("SessionsEnd", Seconds(40), &Ending::OpenSession)) return;
  if (!Await("MembersCatchUp", Seconds(20), &Ending::UnequalMember)) return;
  if (!Await("LogIsBounded", Seconds(20), &Ending::LongLog)) return;
  CheckMembers();
  for (const auto& [id, info] : world_->groups()) world_->book(id).CheckNothingLost();
}

// ---- What may be missing; empty: nothing

std::string Ending::UnmadeGroup() const {
  for (const auto& [id, info] : world_->groups()) {
    if (!info.is_ready) {
      return fmt::format("group {} does not serve{}", id.value(), DescribeMembers(*world_, id));
    }
  }
  return "";
}

std::string Ending::Leftover(GroupId id) const {
  for (const auto& node : world_->nodes()) {
    // What a message made, and nobody told anything more, knows nobody to ask and holds
    // nothing.
    const replication::Group* const group = node->IsUp() ? node->Find(id) : nullptr;
    const bool is_empty = group != nullptr && group->machine() == nullptr;
    if (group != nullptr && !is_empty && world_->watch().WasMember(id, node->id())) {
      return fmt::format("group {} was removed, and is still on n{}{}", id.value(),
                         node->id().value(), DescribeMembers(*world_, id));
    }
  }
  return "";
}

std::string Ending::UnsettledGroup() const {
  for (const auto& node : world_->nodes()) {
    if (!node->IsGone() && !node->IsUp()) return fmt::format("n{} is down", node->id().value());
  }
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_being_removed) {
      if (!info.is_removed) return fmt::format("group {} is not removed", id.value());
      if (std::string left = Leftover(id); !left.empty()) return left;
      continue;
    }
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr || !leader.group->leads()) {
      return fmt::format("group {} has no leader{}", id.value(), DescribeMembers(*world_, id));
    }
  }
  if (const std::string unmade = UnmadeGroup(); !unmade.empty()) return unmade;
  const std::string unsettled = world_->placement().DescribeUnsettled();
  if (unsettled.empty()) return "";
  std::string members;
  for (const auto& [id, info] : world_->groups()) {
    if (!info.is_being_removed) members += DescribeMembers(*world_, id);
  }
  return unsettled + members;
}

std::string Ending::OpenSession() const { return world_->workload().DescribeOpen(); }

std::string Ending::UndrainedGroup() const {
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_being_removed) continue;
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr) return fmt::format("group {} has no leader", id.value());
    const queue::Machine* const machine = MachineOf(*leader.group);
    if (machine == nullptr) return fmt::format("group {} has no state", id.value());
    const queue::Counts counts = machine->GetCounts();
    if (counts.ready + counts.leased + counts.delayed + counts.retrying == 0) continue;
    const auto* watched = static_cast<const WatchedMachine*>(leader.group->machine());
    return fmt::format("group {} holds {} ready and {} leased messages ({}){}{}", id.value(),
                       counts.ready, counts.leased, watched->replica().read_fault().ToString(),
                       DescribeLeases(*machine), DescribeMembers(*world_, id));
  }
  return "";
}

std::string Ending::UnequalMember() const {
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_being_removed) continue;
    const World::Leader leader = world_->LeaderOf(id);
    if (leader.node == nullptr) return fmt::format("group {} has no leader", id.value());
    const raft::Index commit = leader.group->core()->commit();
    for (const NodeId member : info.wanted) {
      Node* const node = world_->Find(member);
      const replication::Group* const group = node->IsUp() ? node->Find(id) : nullptr;
      const bool equal = group != nullptr && group->core() != nullptr &&
                         group->core()->applied() == commit && group->View().whole &&
                         !group->core()->GetStatus().hard_state.amnesiac;
      if (!equal) {
        return fmt::format("group {}: n{} is not where the leader is{}", id.value(), member.value(),
                           DescribeMembers(*world_, id));
      }
    }
  }
  return "";
}

std::string Ending::LongLog() const {
  const replication::GroupConfig& config = world_->setup().host.group;
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_being_removed) continue;
    for (const NodeId member : info.wanted) {
      Node* const node = world_->Find(member);
      const auto found = node->IsUp() ? node->log().Describe(id) : absl::NotFoundError("");
      if (!found.ok()) return fmt::format("n{} has no group {}", member.value(), id.value());
      const uint64_t above = found->last.index - found->base.id.index;
      if (above <= 2 * config.snapshot_entries + 1) continue;
      return fmt::format("group {}: n{} keeps {} entries above its snapshot", id.value(),
                         member.value(), above);
    }
  }
  const log::LogConfig& log = world_->setup().log;
  for (const auto& node : world_->nodes()) {
    if (!node->IsUp()) continue;
    const uint64_t segments = node->log().GetStats().segments;
    if (segments <= log.segments_max) continue;
    return fmt::format("n{} has {} segments", node->id().value(), segments);
  }
  return "";
}

void Ending::CheckMembers() {
  for (const auto& [id, info] : world_->groups()) {
    if (info.is_being_removed) continue;
    for (const NodeId member : info.wanted) {
      const replication::Group* const group = world_->Find(member)->Find(id);
      world_->watch().CompareDigest(member, id, group->core()->applied(),
                                    group->machine()->Digest());
    }
  }
}

}  // namespace warren::cluster_sim
