// What can be seen of the model.
#include <algorithm>

#include "chaos/queue_model/model.h"

namespace warren::queue_model {

std::optional<Time> Model::NextDeadline() const {
  if (removed_) return std::nullopt;
  std::optional<Time> next;
  const auto note = [&](std::optional<Time> time) {
    if (time.has_value()) next = std::min(*time, next.value_or(*time));
  };
  for (const auto& [id, session] : sessions_.all()) {
    if (!session.suspected_since.has_value()) continue;
    note(Later(*session.suspected_since, config_.consumer_disconnected_timeout));
  }
  for (const auto& [id, consumer] : consumers_.all()) note(consumer.TimesOutAt(config_));
  note(messages_.NextDue());
  note(dead_letters_.NextDue(config_));
  note(producers_.NextForgotten(config_.producers));
  note(deduplication_.NextForgotten(config_.deduplication));
  note(QueueExpiresAt());
  const bool drops_more = config_.overflow == queue::Overflow::kDropHead &&
                          messages_.ready_count() > 0 && !IsWithinLimits(0, 0);
  if (drops_more) note(now_);
  return next;
}

std::set<EntryIndex> Model::LiveEntries() const {
  std::set<EntryIndex> entries;
  for (const auto& [key, message] : messages_.all()) entries.insert(message.position.entry);
  for (const auto& [key, delayed] : messages_.delayed()) {
    entries.insert(delayed.message.position.entry);
  }
  return entries;
}

std::vector<Position> Model::LivePositionsIn(EntryIndex entry) const {
  std::vector<Position> positions;
  const auto note = [&](Position position) {
    if (position.entry == entry) positions.push_back(position);
  };
  for (const auto& [key, message] : messages_.all()) note(message.position);
  for (const auto& [key, delayed] : messages_.delayed()) note(delayed.message.position);
  std::sort(positions.begin(), positions.end());
  return positions;
}

queue::Counts Model::GetCounts() const {
  queue::Counts counts;
  const auto note = [&](const Message& message, uint64_t& count, uint64_t& bytes) {
    ++count;
    bytes += message.size;
    if (!message.persistent) return;
    ++counts.persistent;
    counts.persistent_bytes += message.size;
  };
  const auto earlier = [](std::optional<Time>& first, Time time) {
    first = std::min(time, first.value_or(time));
  };
  for (const auto& [key, message] : messages_.all()) {
    switch (message.state) {
      case MessageState::kReady:
        note(message, counts.ready, counts.ready_bytes);
        earlier(counts.oldest_ready, message.accepted);
        break;
      case MessageState::kLeased:
        note(message, counts.leased, counts.leased_bytes);
        break;
      case MessageState::kRetrying:
        note(message, counts.retrying, counts.retrying_bytes);
        break;
      case MessageState::kDeadLetter:
        note(message, counts.dead_letters, counts.dead_letters_bytes);
        break;
    }
  }
  for (const auto& [key, delayed] : messages_.delayed()) {
    note(delayed.message, counts.delayed, counts.delayed_bytes);
  }
  for (const auto& [id, consumer] : consumers_.all()) {
    if (const auto oldest = consumer.OldestLease()) earlier(counts.oldest_leased, *oldest);
  }
  counts.consumers = consumers_.CountLive();
  counts.sessions = sessions_.all().size();
  counts.producers = producers_.CountLive(config_.producers, now_);
  counts.deduplication_ids = deduplication_.size();
  return counts;
}

std::vector<queue::ConsumerView> Model::ListConsumers() const {
  std::vector<queue::ConsumerView> views;
  for (const auto& [id, consumer] : consumers_.all()) {
    if (id.number.IsNone()) continue;
    views.push_back({.consumer = id,
                     .priority = consumer.priority,
                     .exclusive = consumer.exclusive,
                     .auto_settle = consumer.auto_settle,
                     .cancelled = consumer.cancelled,
                     .active = consumers_.IsActive(consumer, config_),
                     .prefetch = consumer.prefetch,
                     .credit = consumer.CreditLeft(),
                     .unsettled = consumer.leases.size()});
  }
  return views;
}

std::vector<queue::SessionView> Model::ListSessions() const {
  std::vector<queue::SessionView> views;
  for (const auto& [id, session] : sessions_.all()) {
    views.push_back({.session = id,
                     .epoch = session.epoch,
                     .last = session.last,
                     .suspected_since = session.suspected_since});
  }
  return views;
}

namespace {

queue::MessageView ViewOf(OrderKey key, const Message& message) {
  queue::MessageView view{.key = key,
                          .position = message.position,
                          .state = message.state,
                          .priority = message.level,
                          .size = message.size,
                          .persistent = message.persistent,
                          .acquired = message.acquired,
                          .failed = message.failed,
                          .expires = message.expires,
                          .due = {},
                          .consumer = {}};
  if (message.state == MessageState::kRetrying) view.due = message.due;
  if (message.state == MessageState::kLeased) view.consumer = message.holder;
  return view;
}

}  // namespace

std::vector<queue::MessageView> Model::ListMessages(const queue::ListRequest& request) const {
  std::vector<queue::MessageView> views;
  for (const auto& [key, message] : messages_.all()) {
    if (views.size() == request.messages_max) break;
    const bool fits = key >= request.from &&
                      message.state == request.state.value_or(message.state) &&
                      message.level == request.priority.value_or(message.level);
    if (fits) views.push_back(ViewOf(key, message));
  }
  return views;
}

std::optional<queue::MessageView> Model::Peek(uint64_t place) const {
  const std::vector<OrderKey> ready = messages_.Ready();
  if (place >= ready.size()) return std::nullopt;
  return ViewOf(ready[place], messages_.At(ready[place]));
}

std::vector<queue::DelayedView> Model::ListDelayed(DelayKey from, size_t messages_max) const {
  std::vector<queue::DelayedView> views;
  for (const auto& [key, delayed] : messages_.delayed()) {
    if (views.size() == messages_max) break;
    if (key < from) continue;
    views.push_back({.key = key,
                     .position = delayed.message.position,
                     .due = delayed.due,
                     .size = delayed.message.size});
  }
  return views;
}

}  // namespace warren::queue_model
