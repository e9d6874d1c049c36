// What the entries of the log have brought about, on its way to the sessions.
#include <algorithm>
#include <utility>

#include "replication/session/queue_entry.h"
#include "replication/session/queue_leader.h"

namespace warren::replication {
namespace {

// Messages that the session got before it attached, and does not hold.
uint64_t GotAgain(SessionId session, const queue::Effects& effects) {
  uint64_t messages = 0;
  for (const queue::Delivery& delivery : effects.deliveries) {
    const bool its =
        delivery.again && delivery.consumer.session == session && delivery.consumer.number.IsNone();
    if (!its) continue;
    for (uint32_t i = 0; i < delivery.ranges; ++i) {
      messages += effects.delivered[delivery.first_range + i].keys.size();
    }
  }
  return messages;
}

}  // namespace

QueueLeader::Door* QueueLeader::OpenDoor(SessionId session) {
  const auto at = doors_.find(session);
  return at == doors_.end() || !at->second.IsOpen() ? nullptr : &at->second;
}

void QueueLeader::OnApplied(const raft::Entry& entry, const queue::Command& command,
                            const queue::Effects& effects) {
  const bool has_contents = std::holds_alternative<queue::Publish>(command) ||
                            std::holds_alternative<queue::MoveSurvivors>(command);
  if (has_contents && !(effects.deliveries.empty() && effects.dead_letters.empty())) {
    reader_.Put(entry.id.index, entry.payload);  // What is delivered most often came just now.
  }
  for (const queue::SessionEvent& event : effects.sessions) {
    if (event.kind != queue::SessionEventKind::kAttached) continue;
    DetachIfFormer(event.session, event.epoch);
    TellAttached(event, effects);
  }
  if (const queue::Stamp* stamp = StampOf(command)) TellCommand(*stamp, effects);
  for (const queue::ConsumerEvent& event : effects.consumers) {
    Door* door = OpenDoor(event.consumer.session);
    if (door == nullptr || event.kind == queue::ConsumerEventKind::kDrained) continue;
    door->line.Consumer({.consumer = event.consumer.number, .kind = event.kind});
  }
  for (const queue::LostLeases& lost : effects.lost) {
    Door* door = OpenDoor(lost.consumer.session);
    if (door != nullptr) door->line.Lost({.consumer = lost.consumer.number, .keys = lost.keys});
  }
  TellDeliveries(effects);
  for (const queue::ConsumerEvent& event : effects.consumers) {  // Drained by what came before.
    Door* door = OpenDoor(event.consumer.session);
    if (door == nullptr || event.kind != queue::ConsumerEventKind::kDrained) continue;
    door->line.Consumer({.consumer = event.consumer.number, .kind = event.kind});
  }
  for (const queue::SessionEvent& event : effects.sessions) TellSession(event, command);
  TellDeadLetters(effects);
  Settle(entry.id, command, effects);
  Pump();
}

// ---- Sessions -----------------------------------------------------------------------------------

void QueueLeader::TellAttached(const queue::SessionEvent& event, const queue::Effects& effects) {
  const auto at = doors_.find(event.session);
  if (at == doors_.end()) return;
  Door& door = at->second;
  if (door.attaching != event.epoch) {
    door.epoch = {};  // It was attached by way of another leader: that one's entry came late.
    return;
  }
  door.attaching = {};
  door.epoch = event.epoch;
  door.next = event.number + 1;
  door.told = false;
  door.is_over = false;
  door.line = SessionLine(event.session, event.epoch,
                          {.entries_max = config_.read_ahead_entries_max,
                           .outcome_bytes_max = config_.outcome_bytes_max});
  AttachedSession attached;
  attached.number = event.number;
  attached.got_again = GotAgain(event.session, effects);
  const bool single = machine_->config().single_active_consumer;
  for (const queue::ConsumerView& view : machine_->ListConsumers()) {
    if (view.consumer.session != event.session || view.consumer.number.IsNone()) continue;
    attached.consumers.push_back({.consumer = view.consumer.number,
                                  .cancelled = view.cancelled,
                                  .active = view.active && single,
                                  .credit = view.credit});
  }
  door.line.Attached(std::move(attached));
}

void QueueLeader::TellSession(const queue::SessionEvent& event, const queue::Command& command) {
  const auto at = doors_.find(event.session);
  if (at == doors_.end()) return;
  Door& door = at->second;
  const queue::Stamp* stamp = StampOf(command);
  const SessionEpoch said = stamp != nullptr ? stamp->epoch : event.epoch;
  const auto end = [&door](SessionFate fate) {
    door.line.End(fate);
    door.epoch = {};
    door.is_over = true;
  };
  switch (event.kind) {
    case queue::SessionEventKind::kAttached:
      return;
    case queue::SessionEventKind::kDetached:
      if (door.IsOpen()) end(SessionFate::kDetached);
      return;
    case queue::SessionEventKind::kTimedOut:
      if (door.IsOpen()) end(SessionFate::kTimedOut);
      return;
    case queue::SessionEventKind::kGap:
      if (!door.IsOpen() || said != door.epoch) return;
      door.next = event.number;
      group_->Send(door.node, door.shard,
                   SessionRefused{.session = event.session,
                                  .epoch = door.epoch,
                                  .number = event.number,
                                  .why = SessionRefusal::kGap,
                                  .leader = {},
                                  .retry_after = config_.busy_retry});
      return;
    case queue::SessionEventKind::kUnknown:
    case queue::SessionEventKind::kFenced:
      break;
  }
  const SessionFate fate = event.kind == queue::SessionEventKind::kUnknown ? SessionFate::kUnknown
                                                                           : SessionFate::kFenced;
  if (const auto* attach = std::get_if<queue::AttachSession>(&command)) {
    if (attach->epoch != door.attaching) return;
    door.attaching = {};
    TellOver(door.node, door.shard, event.session, attach->epoch, fate);
    if (!door.IsOpen()) door.is_over = true;
  } else if (door.IsOpen() && said == door.epoch) {
    end(fate);
  }
}

void QueueLeader::TellCommand(const queue::Stamp& stamp, const queue::Effects& effects) {
  Door* door = OpenDoor(stamp.session);
  if (door == nullptr || door->epoch != stamp.epoch) return;
  for (const queue::SessionEvent& event : effects.sessions) {
    const bool refused = event.kind == queue::SessionEventKind::kUnknown ||
                         event.kind == queue::SessionEventKind::kFenced ||
                         event.kind == queue::SessionEventKind::kGap;
    if (refused && event.session == stamp.session) return;
  }
  door->line.Applied(stamp.number);
  if (config_.planted_bug == SessionPlantedBug::kConfirmBeforeQuorum) return;  // Told already.
  for (const queue::PublishResult& result : effects.published) {
    if (result.session != stamp.session) continue;
    const auto first = effects.refused.begin() + result.first_refused;
    door->line.Published({.number = result.number,
                          .refused = {first, first + result.refused},
                          .duplicates = result.duplicates});
  }
}

// ---- Messages -----------------------------------------------------------------------------------

void QueueLeader::TellDeliveries(const queue::Effects& effects) {
  for (const queue::GetResult& get : effects.gets) {
    Door* door = OpenDoor(get.session);
    if (door == nullptr) continue;
    GotResult got{
        .number = get.number, .found = get.found, .key = {}, .ready_left = get.ready_left};
    for (const queue::Delivery& delivery : effects.deliveries) {
      const bool its = delivery.consumer.session == get.session &&
                       delivery.consumer.number.IsNone() && !delivery.again;
      if (its && delivery.ranges > 0) got.key = effects.delivered[delivery.first_range].keys.first;
    }
    door->line.Got(got);
  }
  for (const queue::Delivery& delivery : effects.deliveries) {
    Door* door = OpenDoor(delivery.consumer.session);
    if (door == nullptr) continue;
    for (uint32_t i = 0; i < delivery.ranges; ++i) {
      door->line.Deliver(delivery.consumer.number, delivery.again,
                         effects.delivered[delivery.first_range + i]);
    }
  }
}

void QueueLeader::TellDeadLetters(const queue::Effects& effects) {
  if (sink_ == nullptr) {
    for (const queue::DeadLetter& letter : effects.dead_letters) {
      if (!letter.confirm) ++stats_->dead_letters_dropped;
    }
    return;
  }
  for (const queue::DeadLetter& letter : effects.dead_letters) dead_letters_.PushBack(letter);
}

void QueueLeader::Pump() {
  for (auto& [session, door] : doors_) {
    if (door.line.IsWaiting()) door.line.Pump(reader_);
  }
  PumpDeadLetters();
  PumpPeeks();
}

void QueueLeader::PumpDeadLetters() {
  std::vector<DeadLetterWithContent> ready;
  size_t wanted = 0;
  while (!dead_letters_.empty()) {
    const queue::DeadLetter& letter = dead_letters_.front();
    const ContentReader::Found found = reader_.Find(raft::Index(letter.position.entry.value()));
    if (found.entry != nullptr && letter.position.slot < found.entry->slots()) {
      ready.push_back({.letter = letter, .content = found.entry->Content(letter.position.slot)});
    } else if (found.entry == nullptr && !found.gone) {
      break;
    } else {
      ++stats_->dead_letters_dropped;
    }
    dead_letters_.PopFront();
  }
  for (const queue::DeadLetter& letter : dead_letters_) {  // Read together with the first.
    if (++wanted > config_.read_ahead_entries_max) break;
    reader_.Find(raft::Index(letter.position.entry.value()));
  }
  if (!ready.empty()) sink_->OnDeadLetters(group_->group(), ready);
}

void QueueLeader::OnRead(uint64_t tag, const absl::StatusOr<std::vector<raft::Entry>>& entries) {
  const auto is_live = [this](raft::Index index) {
    return !machine_->LivePositionsIn(queue::EntryIndex(index.value())).empty();
  };
  if (reader_.OnRead(tag, entries, is_live)) Pump();
}

void QueueLeader::SendLines() {
  for (auto at = doors_.begin(); at != doors_.end();) {
    Door& door = at->second;
    while (std::optional<Outcome> outcome = door.line.Take()) {
      group_->Send(door.node, door.shard, *std::move(outcome));
    }
    const bool gone = door.is_over && !door.IsOpen() && door.attaching == SessionEpoch() &&
                      !door.line.IsWaiting();
    at = gone ? doors_.erase(at) : std::next(at);
  }
}

// ---- Who waited for it --------------------------------------------------------------------------

void QueueLeader::Settle(raft::EntryId id, const queue::Command& command,
                         const queue::Effects& effects) {
  if (under_way_.empty() || under_way_.front().id.index > id.index) return;
  const UnderWay done = under_way_.front();
  under_way_.PopFront();
  if (std::holds_alternative<TickPart>(done.origin)) {
    tick_under_way_ = false;
  } else if (const auto* asker = std::get_if<Asker>(&done.origin)) {
    AnswerApplied(*asker, command, effects);
  }
}

}  // namespace warren::replication
