// Looking without touching.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "queue/queue_state.h"

namespace warren::queue {
namespace {

void Insert(KeyRange keys, base::IntervalSet& set) {
  const uint64_t added = set.InsertRange(keys.first.value(), keys.last.value());
  WARREN_CHECK(added == keys.size());  // In one state only.
}

uint64_t CreditToShow(const Consumer& consumer) {
  if (consumer.cancelled) return 0;
  return consumer.auto_settle && consumer.prefetch > 0 ? consumer.prefetch : consumer.Credit();
}

}  // namespace

Counts QueueState::GetCounts() const {
  Counts counts;
  counts.ready = ready_tally_.messages;
  counts.ready_bytes = ready_tally_.bytes;
  counts.leased = leased_tally_.messages;
  counts.leased_bytes = leased_tally_.bytes;
  counts.delayed = delayed_tally_.messages;
  counts.delayed_bytes = delayed_tally_.bytes;
  counts.retrying = retrying_tally_.messages;
  counts.retrying_bytes = retrying_tally_.bytes;
  counts.dead_letters = dead_tally_.messages;
  counts.dead_letters_bytes = dead_tally_.bytes;
  counts.persistent = persistent_tally_.messages;
  counts.persistent_bytes = persistent_tally_.bytes;
  counts.consumers = consumers_.attached();
  counts.sessions = sessions_.all().size();
  counts.producers = producers_.CountLive(now_, config_.producers);
  counts.deduplication_ids = deduplication_.size();
  if (const auto oldest = ready_.Oldest()) {
    counts.oldest_ready = messages_.AcceptedAtOrBefore(*oldest);
  }
  for (const auto& [id, consumer] : consumers_.all()) {
    const auto oldest = consumer.leases.Oldest();
    if (oldest && (!counts.oldest_leased || *oldest < *counts.oldest_leased)) {
      counts.oldest_leased = oldest;
    }
  }
  return counts;
}

std::vector<ConsumerView> QueueState::ListConsumers() const {
  std::vector<ConsumerView> views;
  for (const auto& [id, consumer] : consumers_.all()) {
    if (consumer.IsForGet()) continue;
    views.push_back({.consumer = id,
                     .priority = consumer.priority,
                     .exclusive = consumer.exclusive,
                     .auto_settle = consumer.auto_settle,
                     .cancelled = consumer.cancelled,
                     .active = consumers_.MayBeActive(consumer),
                     .prefetch = consumer.prefetch,
                     .credit = CreditToShow(consumer),
                     .unsettled = consumer.leases.size()});
  }
  return views;
}

std::vector<SessionView> QueueState::ListSessions() const {
  std::vector<SessionView> views;
  for (const auto& [id, session] : sessions_.all()) {
    SessionView& view = views.emplace_back();
    view.session = id;
    view.epoch = session.epoch;
    view.last = session.last;
    if (session.IsSuspected()) view.suspected_since = session.suspected_since;
  }
  return views;
}

// All that is in the queue, or is in this state.
base::IntervalSet QueueState::KeysIn(std::optional<MessageState> state) const {
  base::IntervalSet keys;
  const auto wanted = [&](MessageState each) { return !state || *state == each; };
  if (wanted(MessageState::kReady)) {
    for (const ReadySet::Level& level : ready_.levels()) {
      if (keys.empty()) {
        keys = level.keys;
      } else {
        keys.UnionWith(level.keys);
      }
    }
  }
  if (wanted(MessageState::kLeased)) {
    for (const auto& [id, consumer] : consumers_.all()) {
      const uint64_t before = keys.size();
      keys.UnionWith(consumer.leases.keys());
      WARREN_CHECK(keys.size() == before + consumer.leases.size());  // In one state only.
    }
  }
  if (wanted(MessageState::kRetrying)) {
    for (const auto& [key, due] : retrying_.by_key()) Insert({key, key}, keys);
  }
  if (wanted(MessageState::kDeadLetter)) {
    for (const auto& [number, letter] : dead_letters_.letters()) {
      Insert({letter.key, letter.key}, keys);
    }
  }
  return keys;
}

MessageView QueueState::View(OrderKey key) const {
  const MessageRecord record = messages_.Get(key);
  const Tries tries = tries_.Of(key);
  MessageView view;
  view.key = key;
  view.position = record.position;
  view.priority = record.level;
  view.size = record.size;
  view.persistent = record.persistent;
  view.acquired = tries.acquired;
  view.failed = tries.failed;
  if (record.expires != Time()) view.expires = record.expires;
  if (ready_.Contains(record.level, key)) return view;
  view.due = retrying_.DueOf(key);
  if (view.due) {
    view.state = MessageState::kRetrying;
  } else if (dead_letters_.Contains(key)) {
    view.state = MessageState::kDeadLetter;
  } else {
    view.state = MessageState::kLeased;
    for (const auto& [id, consumer] : consumers_.all()) {
      if (consumer.leases.Holds(key)) view.consumer = id;
    }
  }
  return view;
}

std::vector<MessageView> QueueState::ListMessages(const ListRequest& request) const {
  std::vector<MessageView> views;
  const base::IntervalSet keys = KeysIn(request.state);
  uint64_t from = request.from.value();
  while (views.size() < request.messages_max) {
    const auto run = keys.NextRun(from);
    if (!run) break;
    for (uint64_t key = run->first; key <= run->last; ++key) {
      if (views.size() == request.messages_max) break;
      if (request.priority && messages_.LevelOf(OrderKey(key)) != *request.priority) continue;
      views.push_back(View(OrderKey(key)));
    }
    from = run->last + 1;
  }
  return views;
}

std::optional<MessageView> QueueState::Peek(uint64_t place) const {
  for (const ReadySet::Level& level : ready_.levels()) {
    if (const auto key = level.keys.Select(place)) return View(OrderKey(*key));
    place -= level.keys.size();
  }
  return std::nullopt;
}

std::vector<DelayedView> QueueState::ListDelayed(DelayKey from, size_t messages_max) const {
  std::vector<DelayedView> views;
  const auto& due = delayed_.by_key();
  for (auto at = due.lower_bound(OrderKey(from.value()));
       at != due.end() && views.size() < messages_max; ++at) {
    views.push_back({.key = DelayKey(at->first.value()),
                     .position = delayed_messages_->PositionOf(at->first),
                     .due = at->second,
                     .size = delayed_messages_->SizeOf(at->first)});
  }
  return views;
}

// ---- What the log must keep ---------------------------------------------------------------------

base::IntervalSet QueueState::LiveEntries() const {
  base::IntervalSet entries;
  for (const ReadySet::Level& level : ready_.levels()) {
    for (const base::IntervalSet::Run& run : level.keys.Runs()) {
      messages_.AddEntries({OrderKey(run.first), OrderKey(run.last)}, entries);
    }
  }
  for (const auto& [id, consumer] : consumers_.all()) {
    for (const base::IntervalSet::Run& run : consumer.leases.keys().Runs()) {
      messages_.AddEntries({OrderKey(run.first), OrderKey(run.last)}, entries);
    }
  }
  for (const auto& [key, due] : retrying_.by_key()) messages_.AddEntries({key, key}, entries);
  for (const auto& [number, letter] : dead_letters_.letters()) {
    messages_.AddEntries({letter.key, letter.key}, entries);
  }
  if (Planted(PlantedBug::kLiveSetMissesDelayed)) return entries;
  for (const auto& [key, due] : delayed_.by_key()) {
    delayed_messages_->AddEntries({key, key}, entries);
  }
  return entries;
}

std::vector<Position> QueueState::LivePositionsIn(EntryIndex entry) const {
  std::vector<Position> positions;
  for (const OrderKey key : messages_.KeysOf(entry)) {
    if (IsLive(key)) positions.push_back(messages_.PositionOf(key));
  }
  for (const OrderKey key : delayed_messages_->KeysOf(entry)) {
    if (delayed_.DueOf(key)) positions.push_back(delayed_messages_->PositionOf(key));
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

// Is it in the queue, in whatever state? Its chunk is there.
bool QueueState::IsLive(OrderKey key) const {
  if (ready_.Contains(messages_.LevelOf(key), key)) return true;
  if (retrying_.DueOf(key).has_value() || dead_letters_.Contains(key)) return true;
  const auto& consumers = consumers_.all();
  return std::any_of(consumers.begin(), consumers.end(),
                     [&](const auto& each) { return each.second.leases.Holds(key); });
}

// ---- Health -------------------------------------------------------------------------------------

size_t QueueState::MemoryBytes() const {
  return sizeof(*this) + messages_.MemoryBytes() + ready_.MemoryBytes() + tries_.MemoryBytes() +
         consumers_.MemoryBytes() + sessions_.MemoryBytes() + retrying_.MemoryBytes() +
         dead_letters_.MemoryBytes() + delayed_messages_->MemoryBytes() + delayed_.MemoryBytes() +
         producers_.MemoryBytes() + deduplication_.MemoryBytes();
}

void QueueState::CheckInvariants() const {
  messages_.CheckInvariants();
  ready_.CheckInvariants();
  tries_.CheckInvariants();
  consumers_.CheckInvariants();
  dead_letters_.CheckInvariants();
  delayed_messages_->CheckInvariants();
  producers_.CheckInvariants();
  deduplication_.CheckInvariants();
  const base::IntervalSet keys = KeysIn(std::nullopt);
  const uint64_t in_states = ready_tally_.messages + leased_tally_.messages +
                             retrying_tally_.messages + dead_tally_.messages;
  if (planted_bug_ == PlantedBug::kNone) {
    WARREN_CHECK(keys.size() == in_states);
    WARREN_CHECK(keys.size() == messages_.live());
  }
  WARREN_CHECK(delayed_.size() == delayed_messages_->live());
  for (const ReadySet::Level& level : ready_.levels()) {
    for (const base::IntervalSet::Run& run : level.keys.Runs()) {
      for (uint64_t key = run.first; key <= run.last; ++key) {
        WARREN_CHECK(messages_.LevelOf(OrderKey(key)) == level.level);
      }
    }
  }
}

}  // namespace warren::queue
