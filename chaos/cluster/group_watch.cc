#include "chaos/cluster/group_watch.h"

#include <algorithm>

#include "base/crc32c.h"
#include "chaos/cluster/world.h"
#include "fmt/format.h"
#include "queue/command_codec.h"
#include "raft/core.h"
#include "replication/session/queue_entry.h"

namespace warren::cluster_sim {
namespace {

// Digests cost as much as the state is large.
constexpr uint64_t kDigestEvery = 8;

}  // namespace

GroupWatch::GroupWatch(World* world) : world_(world), timeline_(&world->timeline()) {}

// ---- What is applied

void GroupWatch::BeforeApply(NodeId node, GroupId group, const raft::Entry& entry,
                             const queue::Machine& machine) {
  Seen& seen = groups_[group];
  const raft::Index index = entry.id.index;
  const Applied now{.crc = base::Crc32c(entry.payload.view()), .term = entry.id.term};
  const auto [at, is_new] = seen.entries.emplace(index, now);
  timeline_->Mix(index.value() << 32 | now.crc);
  ++timeline_->stats().entries_applied;
  if (at->second.crc != now.crc || at->second.term != now.term) {
    timeline_->Violated("AppliedAlike",
                        fmt::format("group {}: n{} applies {}@{}, which was another entry, of term "
                                    "{}, where it was applied first",
                                    group.value(), node.value(), index.value(), now.term.value(),
                                    at->second.term.value()));
  }
  if (is_new && index < seen.last) {
    timeline_->Violated("AppliedAlike",
                        fmt::format("group {}: n{} applies {}, which others did "
                                    "not when they went on to {}",
                                    group.value(), node.value(), index.value(), seen.last.value()));
  }
  if (index <= seen.last) return;
  seen.last = index;
  OnFirstApplied(group, entry, machine);
}

// What the command does is seen in the state before it.
void GroupWatch::OnFirstApplied(GroupId group, const raft::Entry& entry,
                                const queue::Machine& machine) {
  const auto head = replication::QueueEntry::OpenHead(entry.payload);
  if (!head.ok() || !queue::DecodeCommandInto(head->command, command_).ok()) {
    return timeline_->Violated("EntriesMakeSense",
                               fmt::format("group {}: {}", group.value(), entry.id.index.value()));
  }
  const auto* settle = std::get_if<queue::Settle>(&command_);
  if (settle == nullptr) return;
  MessageBook& book = world_->book(group);
  for (const queue::Settlement& settlement : settle->settlements) {
    if (settlement.verdict != queue::Verdict::kSettle &&
        settlement.verdict != queue::Verdict::kDeadLetter) {
      continue;
    }
    const ConsumerId consumer{.session = settle->stamp.session, .number = settlement.consumer};
    queue::ListRequest request;
    request.from = settlement.keys.first;
    request.state = queue::MessageState::kLeased;
    request.messages_max = settlement.keys.size();
    for (const queue::MessageView& view : machine.ListMessages(request)) {
      if (view.key > settlement.keys.last) break;
      if (view.consumer == consumer) book.OnSettled(consumer, settle->stamp.number, view.key);
    }
  }
}

void GroupWatch::AfterApply(NodeId node, GroupId group, const raft::Entry& entry,
                            const replication::QueueReplica& replica) {
  if (entry.id.index.value() % kDigestEvery != 0) return;
  CompareDigest(node, group, entry.id.index, replica.Digest());
}

void GroupWatch::CompareDigest(NodeId node, GroupId group, raft::Index index, uint64_t digest) {
  const auto [at, is_new] = groups_[group].digests.emplace(index, std::pair(digest, node));
  if (is_new || at->second.first == digest) return;
  timeline_->Violated("DigestsAreEqual",
                      fmt::format("group {} at {}: n{} and n{} differ", group.value(),
                                  index.value(), at->second.second.value(), node.value()));
}

// ---- What leaders say

void GroupWatch::OnOutcome(GroupId group, const replication::Outcome& outcome) {
  MessageBook& book = world_->book(group);
  for (const replication::DeliveredMessages& delivery : outcome.deliveries) {
    for (const replication::DeliveredMessage& message : delivery.messages) {
      book.OnHandedOut(outcome.session, message.key);
    }
  }
  if (outcome.applied != SessionNumber()) book.OnToldApplied(outcome.session, outcome.applied);
}

void GroupWatch::OnLeads(NodeId node, GroupId group, raft::Term term) {
  timeline_->Trace([&] {
    return fmt::format("n{} leads group {} in term {}", node.value(), group.value(), term.value());
  });
  SeeLeader(node, group, term);
}

void GroupWatch::SeeLeader(NodeId node, GroupId group, raft::Term term) {
  const auto [at, is_new] = groups_[group].leaders.emplace(term, node);
  if (is_new) ++timeline_->stats().leaders;
  if (at->second == node) return;
  timeline_->Violated("OneLeader", fmt::format("group {}, term {}: n{} and n{}", group.value(),
                                               term.value(), at->second.value(), node.value()));
}

// ---- Removal

void GroupWatch::OnRemoved(NodeId node, GroupId group) {
  timeline_->Trace(
      [&] { return fmt::format("n{} removes group {}", node.value(), group.value()); });
  Seen& seen = groups_[group];
  seen.removed.insert(node);
  const replication::Group* const member = world_->Find(node)->Find(group);
  if (member != nullptr) seen.members_when_removed.InsertAll(member->Members());
}

bool GroupWatch::WasMember(GroupId group, NodeId node) const {
  const auto found = groups_.find(group);
  return found != groups_.end() && found->second.members_when_removed.Contains(node);
}

void GroupWatch::OnForgot(NodeId node) {
  for (auto& [id, seen] : groups_) seen.removed.erase(node);
}

bool GroupWatch::WasOn(GroupId group, NodeId node) const {
  const auto found = groups_.find(group);
  return found != groups_.end() && found->second.seen_on.contains(node);
}

// ---- Members

void GroupWatch::Look(Node& node, const replication::Group& group) {
  const GroupId id = group.group();
  const raft::Core* const core = group.core();
  groups_[id].seen_on.insert(node.id());
  if (groups_[id].removed.contains(node.id()) && !group.IsRemoved()) {
    timeline_->Violated("RemovedForEver",
                        fmt::format("group {} is on n{} again", id.value(), node.id().value()));
  }
  if (core == nullptr) return;
  if (core->role().role == raft::Role::kLeader) SeeLeader(node.id(), id, core->term());
  timeline_->Mix(core->commit().value());
}

void GroupWatch::Audit(Node& node, const replication::Group& group) {
  const raft::Core* const core = group.core();
  const replication::GroupView view = group.View();
  if (!view.fault.empty() && !node.IsDamaged()) {
    timeline_->Violated("MembersFail", fmt::format("group {} on n{}: {}", group.group().value(),
                                                   node.id().value(), view.fault));
  }
  if (core == nullptr || view.whole || node.IsDamaged()) return;
  if (core->durable() == raft::Index()) return;  // An install is under way, and it says so.
  const auto found = node.log().Describe(group.group());
  if (!found.ok() || found->missing.empty()) return;
  timeline_->Violated("InstalledIsWhole",
                      fmt::format("group {}: n{} says that it holds everything up to {}, and "
                                  "misses {} entries",
                                  group.group().value(), node.id().value(), core->durable().value(),
                                  found->missing.size()));
}

}  // namespace warren::cluster_sim
