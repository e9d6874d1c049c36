#include "replication/session/queue_replica.h"

#include <algorithm>
#include <utility>

#include "queue/command_codec.h"
#include "replication/session/queue_entry.h"
#include "replication/session/queue_leader.h"

namespace warren::replication {

class QueueReplica::Impl {
 public:
  Impl(const QueueReplicaConfig& config, GroupHandle* group, DeadLetterSink* sink,
       std::shared_ptr<QueueScratch> scratch)
      : config_(config),
        group_(group),
        sink_(sink),
        scratch_(std::move(scratch)),
        command_(scratch_->command),
        effects_(scratch_->effects) {}

  void Apply(const raft::Entry& entry) {
    if (entry.type != raft::EntryType::kNormal || entry.payload.empty()) return;
    ++stats_.entries;
    const absl::StatusOr<QueueEntry::Head> head = QueueEntry::OpenHead(entry.payload);
    if (!head.ok() || !queue::DecodeCommandInto(head->command, command_).ok()) {
      // Every member finds the same, so this is no reason to diverge; no door lets it in.
      ++stats_.entries_not_understood;
      command_ = queue::Tick();
    }
    if (config_.planted_bug == SessionPlantedBug::kStaleSettleAccepted) FreshenSettle();
    static const queue::Command tick = queue::Tick();
    const auto* attach = std::get_if<queue::AttachSession>(&command_);
    const bool is_forgotten =
        attach != nullptr && head->only_takes_up && !ViewOf(attach->session).has_value();
    machine_.Apply(queue::EntryIndex(entry.id.index.value()), queue::Time(entry.time.value()),
                   is_forgotten ? tick : command_, effects_);
    if (is_forgotten) {
      effects_.sessions.push_back({.kind = queue::SessionEventKind::kUnknown,
                                   .session = attach->session,
                                   .epoch = attach->epoch,
                                   .number = {}});
    }
    Count();
    if (effects_.remove == queue::RemoveResult::kRemoved) group_->Removed();
    if (leader_) leader_->OnApplied(entry, command_, effects_);
  }

  absl::Status Restore(std::string_view state) {
    absl::StatusOr<queue::Machine> machine = queue::Machine::Restore(state);
    if (!machine.ok()) return machine.status();
    machine_ = *std::move(machine);
    return absl::OkStatus();
  }

  void StartLeading() {
    leader_ = std::make_unique<QueueLeader>(config_, group_, sink_, &machine_, &stats_);
  }
  void StopLeading(NodeId leader) {
    if (leader_) leader_->Stop(leader);
    leader_.reset();
  }

  void OnMessage(NodeId from, NodeId leader, SessionMessage message) {
    if (auto* command = std::get_if<SessionCommand>(&message)) {
      if (leader_) {
        leader_->OnCommand(from, std::move(*command));
      } else {
        ++stats_.commands_refused;
        group_->Send(from, command->shard,
                     SessionRefused{.session = command->session,
                                    .epoch = command->epoch,
                                    .number = command->number,
                                    .why = SessionRefusal::kNotLeader,
                                    .leader = leader,
                                    .retry_after = {}});
      }
    } else if (auto* request = std::get_if<Request>(&message)) {
      if (leader_) {
        leader_->OnRequest(from, std::move(*request));
      } else {
        group_->Send(from, request->shard,
                     Reply{.id = request->id,
                           .code = absl::StatusCode::kUnavailable,
                           .text = "is not the leader",
                           .leader = leader,
                           .answer = {}});
      }
    }  // The rest is meant for sessions.
  }

  QueueLeader* leader() { return leader_.get(); }
  const QueueLeader* leader() const { return leader_.get(); }
  const queue::Machine& machine() const { return machine_; }
  const QueueReplicaStats& stats() const { return stats_; }

 private:
  void Count() {
    const queue::Departures& more = effects_.departures;
    queue::Departures& all = stats_.departures;
    all.settled += more.settled;
    all.expired += more.expired;
    all.max_length += more.max_length;
    all.delivery_limit += more.delivery_limit;
    all.rejected += more.rejected;
    all.purged += more.purged;
    all.dead_letters_confirmed += more.dead_letters_confirmed;
  }

  std::optional<queue::SessionView> ViewOf(SessionId session) const {
    for (const queue::SessionView& view : machine_.ListSessions()) {
      if (view.session == session) return view;
    }
    return std::nullopt;
  }
  // The planted bug: a settle of any epoch is made one that the machine takes.
  void FreshenSettle() {
    auto* settle = std::get_if<queue::Settle>(&command_);
    if (settle == nullptr) return;
    const std::optional<queue::SessionView> view = ViewOf(settle->stamp.session);
    if (!view || view->epoch <= settle->stamp.epoch) return;
    settle->stamp.epoch = view->epoch;
    settle->stamp.number = view->last + 1;
  }

  const QueueReplicaConfig config_;
  GroupHandle* const group_;
  DeadLetterSink* const sink_;
  queue::Machine machine_{queue::QueueConfig()};
  std::unique_ptr<QueueLeader> leader_;  // Null: another member leads.
  QueueReplicaStats stats_;
  const std::shared_ptr<QueueScratch> scratch_;
  queue::Command& command_;  // Of this replica only within a call.
  queue::Effects& effects_;
};

QueueReplica::QueueReplica(const QueueReplicaConfig& config, GroupHandle* group,
                           DeadLetterSink* sink, std::shared_ptr<QueueScratch> scratch)
    : impl_(std::make_unique<Impl>(
          config, group, sink,
          scratch != nullptr ? std::move(scratch) : std::make_shared<QueueScratch>())) {}
QueueReplica::~QueueReplica() = default;

std::string QueueReplica::InitialState(const queue::QueueConfig& config) {
  return queue::Machine(config).TakeSnapshot().Serialize();
}

void QueueReplica::Apply(const raft::Entry& entry) { impl_->Apply(entry); }

StateMachine::Image QueueReplica::TakeImage() {
  return {.live = impl_->machine().LiveEntries(),
          .state = impl_->machine().TakeSnapshot().Serialize()};
}
bool QueueReplica::IsLive(raft::Index index) const {
  return !impl_->machine().LivePositionsIn(queue::EntryIndex(index.value())).empty();
}
uint64_t QueueReplica::LiveBytes() const {
  const queue::Counts counts = impl_->machine().GetCounts();
  return counts.ready_bytes + counts.leased_bytes + counts.delayed_bytes + counts.retrying_bytes +
         counts.dead_letters_bytes;
}
absl::Status QueueReplica::Restore(std::string_view state) { return impl_->Restore(state); }
uint64_t QueueReplica::Digest() const { return impl_->machine().Digest(); }

void QueueReplica::StartLeading(raft::Term) { impl_->StartLeading(); }
void QueueReplica::StopLeading(NodeId leader) { impl_->StopLeading(leader); }

void QueueReplica::OnMessage(NodeId from, NodeId leader, SessionMessage message) {
  impl_->OnMessage(from, leader, std::move(message));
}
void QueueReplica::OnRead(uint64_t tag, absl::StatusOr<std::vector<raft::Entry>> entries) {
  if (QueueLeader* leader = impl_->leader()) leader->OnRead(tag, entries);
}
void QueueReplica::OnNode(NodeId node, NodeNews news, Incarnation incarnation) {
  if (QueueLeader* leader = impl_->leader()) leader->OnNode(node, news, incarnation);
}

std::optional<raft::LogTime> QueueReplica::NextDeadline() const {
  const QueueLeader* leader = std::as_const(*impl_).leader();
  return leader == nullptr ? std::nullopt : leader->NextDeadline();
}
void QueueReplica::OnDeadline() {
  if (QueueLeader* leader = impl_->leader()) leader->OnDeadline();
}
void QueueReplica::Flush() {
  if (QueueLeader* leader = impl_->leader()) leader->Flush();
}

void QueueReplica::ConfirmDeadLetters(queue::ConfirmDeadLetters answers) {
  if (QueueLeader* leader = impl_->leader()) leader->ConfirmDeadLetters(std::move(answers));
}

const queue::Machine& QueueReplica::machine() const { return impl_->machine(); }
const QueueReplicaStats& QueueReplica::stats() const { return impl_->stats(); }
absl::Status QueueReplica::read_fault() const {
  const QueueLeader* leader = std::as_const(*impl_).leader();
  return leader == nullptr ? absl::OkStatus() : leader->read_fault();
}

}  // namespace warren::replication
