#include "raft/core.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

#include "base/check.h"
#include "raft/leader.h"
#include "raft/member.h"

namespace warren::raft {
namespace {

// Live entries that were not known to this member to be committed before, so that it may hold
// something else in their place, or nothing. What it knew to be committed it still has: an entry
// that is live now was live then, and the log keeps what is live.
base::IntervalSet MissingLive(const Snapshot& snapshot, Index had_committed) {
  base::IntervalSet missing = snapshot.live;
  missing.EraseRange(0, had_committed.value());
  return missing;
}

}  // namespace

absl::StatusOr<Core> Core::Create(const Config& config, Recovered recovered) {
  if (absl::Status status = config.Validate(); !status.ok()) return status;
  if (!recovered.membership.IsValid()) {
    return absl::DataLossError("raft: the recovered membership contradicts itself");
  }
  absl::StatusOr<Log> log = Log::Recover(recovered);
  if (!log.ok()) return log.status();
  return Core(std::make_unique<Member>(config, *std::move(log), recovered));
}

Core::Core(std::unique_ptr<Member> member) : member_(std::move(member)) {
  member_->TraceState(TraceName::kInitState);
  member_->AddNote(NoteKind::kConfigSwitched);
  BecomeFollower(member_->term, NodeId());
  member_->AddNote(NoteKind::kStarted);
  told_hard_state_ = CurrentHardState();
  told_role_ = role();
}

Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;
Core::~Core() = default;

StepResult Core::Step(const Event& event) {
  return std::visit([this](const auto& each) { return On(each); }, event);
}

// ---- Output -----------------------------------------------------------------------------------

HardState Core::CurrentHardState() const {
  return {.term = member_->term,
          .vote = member_->Planted(PlantedBug::kVoteNotPersisted) ? NodeId() : member_->vote,
          .commit = member_->log.CommitIndex(),
          .amnesiac = member_->amnesia.has_value()};
}

bool Core::MustStoreHardState(const HardState& now) const {
  HardState without_commit = told_hard_state_;
  without_commit.commit = now.commit;
  if (now != without_commit) return true;
  if (now.commit == told_hard_state_.commit) return false;
  return member_->config.compatibility.store_each_commit || member_->log.HasUnwritten() ||
         member_->log.HasUnwrittenSnapshot();
}

bool Core::HasOutput() const {
  const Member& member = *member_;
  if (!member.send_now.empty() || !member.send_after_store.empty()) return true;
  if (member.log.HasUnwritten() || member.log.HasUnwrittenSnapshot()) return true;
  if (member.apply.CanTake(ApplyLimit()) || !member.reads.empty() || !member.loads.empty()) {
    return true;
  }
  if (const Leader* leading = AsLeader(); leading != nullptr && leading->HasWishes()) return true;
  return role() != told_role_ || MustStoreHardState(CurrentHardState());
}

Index Core::ApplyLimit() const {
  const Log& log = member_->log;
  if (log.HasPendingSnapshot()) return Index();
  return member_->config.compatibility.apply_only_stable
             ? std::min(log.CommitIndex(), log.DurableIndex())
             : log.CommitIndex();
}

void Core::ShedRoom() {
  WARREN_CHECK(!HasOutput());
  member_->send_now = ReusedList<Message>();
  member_->send_after_store = ReusedList<Message>();
}

void Core::TakeOutput(Output& output) {
  output.Clear();
  Member& member = *member_;
  if (Leader* leading = AsLeader()) leading->Flush();

  if (const RoleState now = role(); now != told_role_) output.role = told_role_ = now;
  output.ticket = member.log.Ticket();
  output.ticket.term = member.term;
  const HardState hard_state = CurrentHardState();
  if (MustStoreHardState(hard_state)) {
    output.must_sync = hard_state.term != told_hard_state_.term ||
                       hard_state.vote != told_hard_state_.vote ||
                       hard_state.amnesiac != told_hard_state_.amnesiac;
    output.hard_state = told_hard_state_ = hard_state;
  }
  if (member.log.HasUnwrittenSnapshot()) {
    const SnapshotRef snapshot = member.log.TakePendingSnapshot();
    output.install =
        Install{.snapshot = snapshot, .missing = MissingLive(*snapshot, member.apply.applied())};
  }
  member.log.TakeUnwritten(output.append);
  output.must_sync |= !output.append.empty() || output.install.has_value();
  output.must_store = output.hard_state || output.install || !output.append.empty();
  member.apply.Take(member.log, ApplyLimit(), output.commit);

  std::swap(output.send_now, member.send_now);
  std::swap(output.send_after_store, member.send_after_store);
  std::swap(output.reads, member.reads);
  std::swap(output.loads, member.loads);
  std::swap(output.notes, member.notes);
  member.TraceState(TraceName::kReady);
  std::swap(output.trace, member.trace);
}

std::vector<Note> Core::TakeNotes() { return std::exchange(member_->notes, {}); }

// ---- Observers --------------------------------------------------------------------------------

Leader* Core::AsLeader() const {
  const auto* leading = std::get_if<std::unique_ptr<Leader>>(&role_);
  return leading == nullptr ? nullptr : leading->get();
}

RoleState Core::role() const {
  NodeId leader;
  if (const auto* following = std::get_if<Following>(&role_)) leader = following->leader;
  if (AsLeader() != nullptr) leader = member_->config.id;
  return {.role = member_->role, .leader = leader};
}

NodeId Core::id() const { return member_->config.id; }
Term Core::term() const { return member_->term; }
Index Core::commit() const { return member_->log.CommitIndex(); }
Index Core::applied() const { return member_->apply.applied(); }
Index Core::durable() const {
  return member_->log.HasPendingSnapshot() ? Index() : member_->log.DurableIndex();
}
EntryId Core::last() const { return member_->log.Last(); }
const Membership& Core::membership() const { return member_->membership; }
std::optional<Term> Core::TermAt(Index index) const { return member_->log.TermAt(index); }

Status Core::GetStatus() const {
  Status status{.id = id(),
                .role = role(),
                .hard_state = CurrentHardState(),
                .base = member_->log.Base(),
                .last = last(),
                .durable = durable(),
                .applied = applied(),
                .membership = membership(),
                .transferee = {},
                .peers = {}};
  if (const Leader* leading = AsLeader()) {
    status.transferee = leading->transferee();
    for (const Peer& peer : leading->peers()) {
      status.peers.push_back({.node = peer.id, .progress = peer.progress.View()});
    }
  }
  return status;
}

std::vector<Entry> Core::EntriesInMemory() const {
  std::vector<Entry> entries;
  const Log& log = member_->log;
  for (Index i = log.FirstInMemory(); i <= log.Last().index; i = i + 1) {
    entries.push_back(log.At(i));
  }
  return entries;
}

void Core::SetElectionTimeoutForTest(uint32_t ticks) { member_->clock.timeout = ticks; }

}  // namespace warren::raft
