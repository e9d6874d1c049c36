#include "replication/session/queue_leader.h"

#include <algorithm>
#include <span>

#include "absl/time/time.h"

#include "base/crc32c.h"
#include "queue/command_codec.h"
#include "replication/session/queue_entry.h"

namespace warren::replication {
namespace {

raft::LogTime After(raft::LogTime time, absl::Duration span) {
  return time + static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(span)));
}

bool IsNumbered(const queue::Command& command) { return StampOf(command) != nullptr; }

}  // namespace

QueueLeader::QueueLeader(const QueueReplicaConfig& config, GroupHandle* group, DeadLetterSink* sink,
                         const queue::Machine* machine, QueueReplicaStats* stats)
    : config_(config),
      group_(group),
      sink_(sink),
      machine_(machine),
      stats_(stats),
      reader_(group, config.read_cache_bytes_max) {
  if (!machine->ListSessions().empty()) {
    unclaimed_at_ = After(group->Clock(), config.unclaimed_patience);
  }
  const bool kept = machine->config().dead_letter == queue::DeadLetterStrategy::kAtLeastOnce;
  if (kept && sink != nullptr) Housekeep(queue::ResendDeadLetters());
}

// ---- The door -----------------------------------------------------------------------------------

void QueueLeader::OnCommand(NodeId from, SessionCommand&& command) {
  const bool whole = base::Crc32c(command.payload.bytes.view()) == command.payload.crc &&
                     entry_.Open(command.payload.bytes).ok() &&
                     queue::DecodeCommandInto(entry_.command(), command_).ok();
  if (!whole) {
    Refuse(from, command, SessionRefusal::kDamaged, command.number);
    return;
  }
  if (const auto* attach = std::get_if<queue::AttachSession>(&command_)) {
    LetAttach(from, std::move(command), *attach);
  } else if (const auto* detach = std::get_if<queue::DetachSession>(&command_)) {
    if (detach->session == command.session && detach->epoch == command.epoch) {
      LetDetach(from, std::move(command));
    }
  } else if (IsNumbered(command_)) {
    LetNumbered(from, std::move(command), command_);
  } else {
    Refuse(from, command, SessionRefusal::kDamaged, command.number);
  }
}

void QueueLeader::LetAttach(NodeId from, SessionCommand&& command,
                            const queue::AttachSession& attach) {
  if (attach.session != command.session || attach.epoch != command.epoch) {
    Refuse(from, command, SessionRefusal::kDamaged, command.number);
    return;
  }
  Door& door = doors_[command.session];
  if (attach.epoch <= std::max(door.epoch, door.attaching)) return;  // Late, or told twice.
  door.node = from;
  door.shard = command.shard;
  door.attaching = attach.epoch;
  const SessionPart part{.session = command.session, .epoch = command.epoch, .number = {}};
  batch_.push_back({.payload = std::move(command.payload), .origin = part});
}

void QueueLeader::LetDetach(NodeId from, SessionCommand&& command) {
  const auto at = doors_.find(command.session);
  if (at == doors_.end() || at->second.epoch != command.epoch) {
    Refuse(from, command, SessionRefusal::kAttachFirst, command.number);
    return;
  }
  const SessionPart part{.session = command.session, .epoch = command.epoch, .number = {}};
  batch_.push_back({.payload = std::move(command.payload), .origin = part});
}

void QueueLeader::LetNumbered(NodeId from, SessionCommand&& command, const queue::Command& parsed) {
  const queue::Stamp& stamp = *StampOf(parsed);
  const bool same = stamp.session == command.session && stamp.epoch == command.epoch &&
                    stamp.number == command.number;
  const bool is_publish = std::holds_alternative<queue::Publish>(parsed);
  const bool fits = is_publish ? entry_.slots() == std::get<queue::Publish>(parsed).messages.size()
                               : entry_.slots() == 0;
  if (!same || !fits) {
    Refuse(from, command, SessionRefusal::kDamaged, command.number);
    return;
  }
  const auto at = doors_.find(command.session);
  Door* door = at == doors_.end() || !at->second.IsOpen() ? nullptr : &at->second;
  const SessionPart part{.session = command.session,
                         .epoch = command.epoch,
                         .number = command.number,
                         .again = command.again,
                         .is_publish = is_publish};
  if (config_.planted_bug == SessionPlantedBug::kStaleSettleAccepted && door != nullptr &&
      command.epoch < door->epoch && std::holds_alternative<queue::Settle>(parsed)) {
    batch_.push_back({.payload = std::move(command.payload), .origin = {}});
    return;
  }
  if (door == nullptr || door->epoch != command.epoch) {
    Refuse(from, command, SessionRefusal::kAttachFirst, command.number);
    return;
  }
  if (command.number < door->next && !command.again) return;  // It is under way, or done.
  if (command.number > door->next) {
    if (!std::exchange(door->told, true)) {
      Refuse(from, command, SessionRefusal::kGap, door->next);
    }
    return;
  }
  if (command.number == door->next) {
    door->next = door->next + 1;
    door->told = false;
  }
  batch_.push_back({.payload = std::move(command.payload), .origin = part});
}

void QueueLeader::Refuse(NodeId to, const SessionCommand& command, SessionRefusal why,
                         SessionNumber number) {
  ++stats_->commands_refused;
  group_->Send(to, command.shard,
               SessionRefused{.session = command.session,
                              .epoch = command.epoch,
                              .number = number,
                              .why = why,
                              .leader = {},
                              .retry_after = config_.busy_retry});
}

void QueueLeader::TellOver(NodeId to, ShardNo shard, SessionId session, SessionEpoch epoch,
                           SessionFate fate) {
  Outcome outcome;
  outcome.session = session;
  outcome.epoch = epoch;
  outcome.fate = fate;
  group_->Send(to, shard, std::move(outcome));
}

// ---- Proposing ----------------------------------------------------------------------------------

void QueueLeader::Housekeep(const queue::Command& command, Origin origin) {
  batch_.push_back({.payload = PackCommand(command), .origin = origin});
}

void QueueLeader::ProposeBatch() {
  size_t from = 0;
  size_t count = batch_.size();
  while (from < batch_.size()) {
    count = std::min(count, batch_.size() - from);
    payloads_.clear();
    for (size_t i = 0; i < count; ++i) payloads_.push_back(batch_[from + i].payload);
    const raft::StepResult result = group_->Propose(payloads_);
    if (result.outcome == raft::Outcome::kDone) {
      OnProposed(result.first, from, from + count);
      from += count;
    } else if (count > 1 && (result.outcome == raft::Outcome::kBusy ||
                             result.outcome == raft::Outcome::kTooLarge)) {
      count = (count + 1) / 2;  // All or none: fewer may fit.
    } else {
      OnRefused(result.outcome, from);
      break;
    }
  }
  payloads_.clear();
  if (from >= batch_.size()) batch_.clear();
}

void QueueLeader::OnProposed(raft::EntryId first, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) {
    Origin& origin = batch_[i].origin;
    if (const auto* part = std::get_if<SessionPart>(&origin)) {
      Door* door = OpenDoor(part->session);
      if (config_.planted_bug == SessionPlantedBug::kConfirmBeforeQuorum && part->is_publish &&
          door != nullptr) {
        door->line.Published({.number = part->number, .refused = {}});
        door->line.Applied(part->number);
      }
    } else if (!std::holds_alternative<std::monostate>(origin)) {
      under_way_.PushBack(
          {.id = {.index = first.index + (i - from), .term = first.term}, .origin = origin});
    }
  }
}

// Nothing from here on was taken. Sessions send it again; housekeeping stays.
void QueueLeader::OnRefused(raft::Outcome why, size_t from) {
  const bool leads = why == raft::Outcome::kBusy || why == raft::Outcome::kTransferring ||
                     why == raft::Outcome::kTooLarge;
  std::vector<Proposal> kept;
  for (size_t i = from; i < batch_.size(); ++i) {
    Proposal& proposal = batch_[i];
    if (const auto* asker = std::get_if<Asker>(&proposal.origin)) {
      Answer(*asker,
             {.id = asker->id,
              .code = leads ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kUnavailable,
              .text = leads ? "too much is under way" : "does not lead any more",
              .leader = {},
              .answer = {}});
      continue;
    }
    const auto* part = std::get_if<SessionPart>(&proposal.origin);
    if (part == nullptr) {
      if (why != raft::Outcome::kTooLarge || i != from) kept.push_back(std::move(proposal));
      continue;
    }
    const auto at = doors_.find(part->session);
    if (at == doors_.end()) continue;
    Door& door = at->second;
    const bool attaches = part->number == SessionNumber();
    if (attaches && door.attaching == part->epoch) door.attaching = {};
    if (!attaches && !part->again) {
      if (door.epoch != part->epoch || door.next <= part->number) continue;  // Told already.
      door.next = part->number;
      door.told = true;
    }
    const bool too_large = why == raft::Outcome::kTooLarge && i == from;
    const SessionRefusal told = too_large ? SessionRefusal::kDamaged
                                : leads   ? SessionRefusal::kBusy
                                          : SessionRefusal::kNotLeader;
    ++stats_->commands_refused;
    group_->Send(door.node, door.shard,
                 SessionRefused{.session = part->session,
                                .epoch = part->epoch,
                                .number = part->number,
                                .why = told,
                                .leader = {},
                                .retry_after = config_.busy_retry});
  }
  batch_ = std::move(kept);
  if (!batch_.empty()) retry_at_ = After(group_->Clock(), config_.busy_retry);
}

// ---- Time ---------------------------------------------------------------------------------------

std::optional<raft::LogTime> QueueLeader::NextDeadline() const {
  std::optional<raft::LogTime> next = retry_at_;
  const auto consider = [&next](std::optional<raft::LogTime> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  consider(unclaimed_at_);
  if (const std::optional<queue::Time> due = machine_->NextDeadline(); due && !tick_under_way_) {
    consider(raft::LogTime(due->value()));
  }
  return next;
}

void QueueLeader::OnDeadline() {
  const raft::LogTime now = group_->Clock();
  if (retry_at_ && *retry_at_ <= now) {
    retry_at_.reset();
    if (reader_.Retry()) stats_->deliveries_retried = reader_.retried();
  }
  if (unclaimed_at_ && *unclaimed_at_ <= now) {
    unclaimed_at_.reset();
    SuspectUnclaimed();
  }
  const std::optional<queue::Time> due = machine_->NextDeadline();
  if (due && due->value() <= now.value() && !tick_under_way_) {
    tick_under_way_ = true;
    Housekeep(queue::Tick(), TickPart());
  }
}

void QueueLeader::Flush() {
  if (!batch_.empty()) ProposeBatch();
  SendLines();
  reader_.SendReads();
  reader_.Trim();
  if (reader_.HasFailed() && !retry_at_) retry_at_ = After(group_->Clock(), config_.busy_retry);
}

void QueueLeader::Stop(NodeId leader) {
  SendLines();
  for (const auto& [session, door] : doors_) {
    if (door.is_over) continue;
    group_->Send(door.node, door.shard,
                 SessionRefused{.session = session,
                                .epoch = std::max(door.epoch, door.attaching),
                                .number = door.next,
                                .why = SessionRefusal::kNotLeader,
                                .leader = leader,
                                .retry_after = {}});
  }
  const auto give_up = [this, leader](const Origin& origin) {
    const auto* asker = std::get_if<Asker>(&origin);
    if (asker == nullptr) return;
    Answer(*asker, {.id = asker->id,
                    .code = absl::StatusCode::kUnavailable,
                    .text = "does not lead any more; whether it was carried out is not known",
                    .leader = leader,
                    .answer = {}});
  };
  for (const UnderWay& each : under_way_) give_up(each.origin);
  for (const Proposal& each : batch_) give_up(each.origin);
  for (const Peek& each : peeks_) give_up(each.asker);
}

}  // namespace warren::replication
