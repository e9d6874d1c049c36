// What a node owes its core for each output: raft/output.h names the duties.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "chaos/sim/draw.h"
#include "chaos/sim/node.h"
#include "chaos/sim/world.h"
#include "fmt/format.h"

namespace warren::sim {

using raft::Entry;
using raft::Index;

void Node::Perform() {
  world_.checker().OnOutput(*this, output_);
  if (output_.role.has_value()) {
    // Trust in a new leader is a fresh start.
    suspected_ = false;
    leader_life_ = world_.beats().LastHeard(id_, output_.role->leader, world_.now()).life;
    world_.Trace([&] { return fmt::format("becomes {}", Describe(*this)); }, id_);
  }
  if (Dies(Boundary::kBeforeStore)) return;
  Store();
  if (!IsUp() || Dies(Boundary::kAfterStore)) return;
  SendNow();
  if (!IsUp() || Dies(Boundary::kAfterSend)) return;
  StartLoads();
  if (output_.commit.empty()) return;
  if (Dies(Boundary::kBeforeApply)) return;
  std::move(output_.commit.begin(), output_.commit.end(), std::back_inserter(to_apply_));
  StartApplying();
}

// ---- Duty 1: the disk, in the order of the outputs --------------------------------------------

void Node::Store() {
  if (!output_.must_store && output_.send_after_store.empty()) return;
  PendingWrite& pending = pending_.emplace_back();
  pending.write.hard_state = output_.hard_state;
  pending.write.entries.swap(output_.append);
  pending.write.sync = output_.must_sync || output_.install.has_value();
  pending.ticket = output_.ticket;
  pending.must_store = output_.must_store;
  if (output_.install.has_value()) {
    pending.installed = output_.install->snapshot;
    pending.missing = output_.install->missing;
    pending.write.install = {.snapshot = pending.installed, .bodies = {}};
  }
  for (raft::Message& message : output_.send_after_store) {
    pending.after.push_back(world_.messages().Keep(message));
  }
  Pump();
}

// Gives the disk what is ready for it, and sees to it that a round is under way.
void Node::Pump() {
  while (submitted_ < pending_.size()) {
    PendingWrite& next = pending_[submitted_];
    if (!next.missing.empty()) {
      StartFetch();
      break;
    }
    const bool done = disk_.Submit(std::move(next.write));
    ++submitted_;
    if (!done) continue;
    WARREN_CHECK_MSG(submitted_ == 1, "a write with nothing to wait for is the oldest one");
    CompleteOldest();
    if (!IsUp()) return;
  }
  if (const auto length = disk_.StartRound()) {
    world_.WakeIn(*length, Remind(WakeupKind::kSynced));
  }
}

void Node::OnSynced() {
  const Disk::RoundEnd end = disk_.EndRound();
  if (end.failed) {
    Crash();
    return;
  }
  if (Dies(Boundary::kAfterSync)) return;
  for (size_t i = 0; i < end.writes && IsUp(); ++i) CompleteOldest();
  if (IsUp()) Pump();
}

// ---- Duty 3: what waited for the disk ---------------------------------------------------------

void Node::CompleteOldest() {
  const PendingWrite done = std::move(pending_.front());
  pending_.pop_front();
  --submitted_;
  if (done.installed != nullptr) {
    machine_ = Machine(*done.installed);
    to_apply_.clear();  // What was older than the snapshot.
    snapshot_at_ = machine_.last().id.index;
    ++world_.stats().installs;
    world_.checker().OnInstalled(*this);
  }
  for (const MessagePool::Place place : done.after) {
    raft::Message& message = world_.messages().At(place);
    if (message.to == id_) {
      world_.checker().OnSent(*this, message);
      Step(raft::Received{message});
    } else {
      world_.Send(*this, message);
    }
    world_.messages().Release(place);
  }
  if (Dies(Boundary::kBeforeStored)) return;
  if (done.must_store) {
    Step(raft::Stored{done.ticket});
    world_.checker().OnStored(*this, core_->GetStatus().durable);
  }
  if (done.taken != nullptr && disk().snapshot() == done.taken) {
    ++world_.stats().snapshots;
    Step(raft::SnapshotTaken{done.taken});
    if (core_->GetStatus().durable >= done.compact_to) Step(raft::Compact{done.compact_to});
  }
}

// ---- Duty 2: what need not wait ---------------------------------------------------------------

void Node::SendNow() {
  const size_t count = output_.send_now.size();
  const size_t survived = count == 0 ? 0 : rng_.Below(count);  // If it dies on the way.
  for (size_t i = 0; i < count; ++i) {
    if (i == survived && Dies(Boundary::kWhileSending)) return;
    world_.Send(*this, output_.send_now[i]);
  }
}

// ---- Duty 4: the state machine ----------------------------------------------------------------

void Node::StartApplying() {
  const Duration longest = world_.setup().host.apply_delay_max;
  if (longest == Duration(0)) {
    Apply(to_apply_.size());
  } else if (!apply_due_ && !to_apply_.empty()) {
    apply_due_ = true;
    world_.WakeIn(DrawBetween(rng_, Duration(0), longest), Remind(WakeupKind::kApply));
  }
}

void Node::Apply(size_t entries_max) {
  const size_t count = std::min(entries_max, to_apply_.size());
  if (count == 0) return;
  for (size_t i = 0; i < count; ++i) {
    const Entry entry = std::move(to_apply_.front());
    to_apply_.pop_front();
    if (!world_.checker().OnApply(id_, machine_, entry)) return;
    if (entry.type == raft::EntryType::kConfig && !ApplyConfig(entry)) return;
    machine_.Apply(entry);
    world_.checker().OnApplied(id_, entry.id.index, machine_.chain());
  }
  world_.stats().applied += count;
  if (Dies(Boundary::kAfterApply)) return;
  Step(raft::Applied{machine_.last().id.index});
  MaybeSnapshot();
  if (IsUp()) MaybeEvict();
}

bool Node::ApplyConfig(const Entry& entry) {
  const auto change = raft::DecodeConfigChange(entry.payload.view());
  if (!change.ok()) {
    world_.verdict().Violated(
        "AppliedAlike", fmt::format("{} cannot read the configuration change {}: {}", Describe(id_),
                                    Describe(entry.id), change.status().ToString()));
    return false;
  }
  const raft::Membership before = core_->membership();
  Step(raft::ApplyConfigChange{.index = entry.id.index, .change = *change});
  for (const raft::NodeId member : core_->membership().AllMembers()) {
    members_added_ |= !before.Contains(member);
  }
  world_.checker().OnMembership(*this, entry.id.index);
  world_.OnMembershipApplied(entry.id.index, before, core_->membership());
  world_.Trace(
      [&] {
        return fmt::format("is now in {}, by {}", Describe(core_->membership()),
                           Describe(entry.id));
      },
      id_);
  return true;
}

// Now and then, and when members were added: a snapshot helps only those whom it knows.
// The snapshot goes to the disk behind everything it stands on, so it is durable after that.
void Node::MaybeSnapshot() {
  const HostSetup& host = world_.setup().host;
  const Index now = machine_.last().id.index;
  if (now - snapshot_at_ < host.snapshot_every && !members_added_) return;
  members_added_ = false;
  snapshot_at_ = now;
  const uint64_t retained = rng_.Below(host.retained_max + 1);
  PendingWrite& pending = pending_.emplace_back();
  pending.taken = machine_.TakeSnapshot(core_->membership());
  pending.compact_to = now - std::min(retained, now - disk().base().id.index);
  pending.write.compaction = {.snapshot = pending.taken, .compact_to = pending.compact_to};
  pending.write.sync = true;
  Pump();
}

void Node::MaybeEvict() {
  if (!Happens(rng_, world_.setup().host.evict)) return;
  const raft::Status status = core_->GetStatus();
  Step(raft::Evict{std::min(status.applied, status.durable)});
}

}  // namespace warren::sim
