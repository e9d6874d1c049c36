#include "chaos/queue_model/consumers.h"

#include <algorithm>

namespace warren::queue_model {

using queue::ConsumerEventKind;

bool Consumer::HasCredit() const {
  if (prefetch == 0) return credit > 0;
  return auto_settle || leases.size() < prefetch;
}

uint64_t Consumer::CreditLeft() const {
  if (cancelled) return 0;
  if (prefetch == 0) return credit;
  return leases.size() < prefetch ? prefetch - leases.size() : 0;
}

std::optional<Time> Consumer::OldestLease() const {
  std::optional<Time> oldest;
  for (const auto& [key, since] : leases) oldest = std::min(since, oldest.value_or(since));
  return oldest;
}

std::optional<Time> Consumer::TimesOutAt(const QueueConfig& config) const {
  const std::optional<Time> oldest = OldestLease();
  const std::optional<Span> span = timeout.has_value() ? timeout : config.consumer_timeout;
  if (id.number.IsNone() || !oldest.has_value() || span.value_or(0) == 0) return std::nullopt;
  return Later(*oldest, *span);
}

Consumer* Consumers::Find(ConsumerId id) {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

Consumer& Consumers::Attach(const queue::AttachConsumer& command) {
  const ConsumerId id{.session = command.stamp.session, .number = command.consumer};
  all_[id] = Consumer{.id = id,
                      .joined = ++last_joined_,
                      .priority = command.priority,
                      .exclusive = command.exclusive,
                      .auto_settle = command.auto_settle,
                      .prefetch = command.prefetch,
                      .timeout = command.timeout,
                      .leases = {}};
  return all_[id];
}

Consumer& Consumers::OfSession(SessionId session) {
  const ConsumerId id{.session = session, .number = ConsumerNumber(0)};
  Consumer& consumer = all_[id];
  consumer.id = id;
  consumer.cancelled = true;
  return consumer;
}

void Consumers::ForgetIfGone(ConsumerId id) {
  const Consumer* const consumer = Find(id);
  if (consumer != nullptr && consumer->cancelled && consumer->leases.empty()) all_.erase(id);
}

void Consumers::Clear() {
  all_.clear();
  last_served_.clear();
  active_.reset();
}

std::vector<ConsumerId> Consumers::IdsOf(SessionId session) const {
  std::vector<ConsumerId> ids = Ids();
  std::erase_if(ids, [&](const ConsumerId& id) { return id.session != session; });
  return ids;
}

std::vector<ConsumerId> Consumers::Ids() const {
  std::vector<ConsumerId> ids;
  for (const auto& [id, consumer] : all_) ids.push_back(id);
  return ids;
}

uint64_t Consumers::CountLive() const {
  return static_cast<uint64_t>(std::count_if(
      all_.begin(), all_.end(), [](const auto& entry) { return !entry.second.cancelled; }));
}

bool Consumers::HasExclusive() const {
  return std::any_of(all_.begin(), all_.end(), [](const auto& entry) {
    return entry.second.exclusive && !entry.second.cancelled;
  });
}

bool Consumers::MayServe(const Consumer& consumer, const Sessions& sessions) const {
  return !consumer.cancelled && !sessions.IsSuspected(consumer.id.session);
}

Consumer* Consumers::Best(const Sessions& sessions) {
  Consumer* best = nullptr;
  for (auto& [id, consumer] : all_) {
    if (!MayServe(consumer, sessions)) continue;
    const bool better = best == nullptr || consumer.priority > best->priority ||
                        (consumer.priority == best->priority && consumer.joined < best->joined);
    if (better) best = &consumer;
  }
  return best;
}

Consumers::InTurn Consumers::Servable(const QueueConfig& config, const Sessions& sessions) {
  const Consumer* const best = config.single_active_consumer ? Best(sessions) : nullptr;
  InTurn servable;
  for (auto& [id, consumer] : all_) {
    if (!MayServe(consumer, sessions) || !consumer.HasCredit()) continue;
    if (config.single_active_consumer) {
      const bool gives_way = best->priority > consumer.priority;
      if (active_ != id || gives_way) continue;
    }
    if (!servable.empty()) {
      const int32_t highest = servable.begin()->second->priority;
      if (consumer.priority < highest) continue;
      if (consumer.priority > highest) servable.clear();
    }
    servable[consumer.joined] = &consumer;
  }
  return servable;
}

bool Consumers::CanServe(const QueueConfig& config, const Sessions& sessions) {
  return !Servable(config, sessions).empty();
}

Consumer& Consumers::TakeTurn(const QueueConfig& config, const Sessions& sessions) {
  const InTurn servable = Servable(config, sessions);
  uint64_t& last = last_served_[servable.begin()->second->priority];
  auto next = servable.upper_bound(last);
  if (next == servable.end()) next = servable.begin();
  last = next->first;
  return *next->second;
}

void Consumers::ChooseActive(const QueueConfig& config, const Sessions& sessions, Events& events) {
  if (!config.single_active_consumer) {
    active_.reset();
    return;
  }
  Consumer* const best = Best(sessions);
  const auto end = [&](ConsumerId id) {
    events.push_back({.kind = ConsumerEventKind::kInactive, .consumer = id});
    active_.reset();
  };
  const Consumer* const present = active_.has_value() ? Find(*active_) : nullptr;
  if (present == nullptr || present->cancelled) {
    active_.reset();
  } else if (sessions.IsSuspected(present->id.session)) {
    end(present->id);
  } else if (best->priority > present->priority && present->leases.empty()) {
    end(present->id);
  }
  if (active_.has_value() || best == nullptr) return;
  active_ = best->id;
  events.push_back({.kind = ConsumerEventKind::kActive, .consumer = best->id});
}

bool Consumers::IsActive(const Consumer& consumer, const QueueConfig& config) const {
  if (config.single_active_consumer) return active_ == consumer.id;
  return !consumer.cancelled;
}

}  // namespace warren::queue_model
