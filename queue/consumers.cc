#include "queue/consumers.h"

#include <algorithm>

#include "base/check.h"

namespace warren::queue {
namespace {

std::pair<int64_t, uint64_t> Rank(const Consumer& consumer) {
  return {-int64_t{consumer.priority}, consumer.order};
}

}  // namespace

// ---- Coming and going ---------------------------------------------------------------------------

Consumer& Consumers::Attach(Consumer consumer) {
  consumer.order = next_order_++;
  return Restore(std::move(consumer));
}

Consumer& Consumers::Restore(Consumer consumer) {
  const ConsumerId id = consumer.id;
  const auto [at, is_new] = all_.emplace(id, std::move(consumer));
  WARREN_CHECK(is_new);
  Consumer& added = at->second;
  if (!added.cancelled) {
    ++attached_;
    if (added.exclusive) ++exclusive_;
    AddCandidate(added);
  }
  Place(added);
  return added;
}

void Consumers::Cancel(Consumer& consumer) {
  if (consumer.cancelled) return;
  consumer.cancelled = true;
  --attached_;
  if (consumer.exclusive) --exclusive_;
  DropCandidate(consumer);
  Place(consumer);
}

void Consumers::Remove(ConsumerId id) {
  Consumer* consumer = Find(id);
  WARREN_CHECK(consumer != nullptr && consumer->leases.empty());
  Cancel(*consumer);
  if (consumer->watched_at) timeouts_.erase({*consumer->watched_at, id});
  const int32_t priority = consumer->priority;
  all_.erase(id);
  if (const auto ring = waiting_.find(priority); ring != waiting_.end() && ring->second.empty()) {
    waiting_.erase(ring);
  }
}

void Consumers::SetTrusted(SessionId session, bool trusted) {
  if (trusted) {
    suspected_.erase(session);
  } else {
    suspected_.insert(session);
  }
  for (auto at = all_.lower_bound({session, ConsumerNumber()});
       at != all_.end() && at->first.session == session; ++at) {
    Consumer& consumer = at->second;
    if (trusted && !consumer.cancelled) AddCandidate(consumer);
    if (!trusted) DropCandidate(consumer);
    Place(consumer);
  }
}

Consumer* Consumers::Find(ConsumerId id) {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

const Consumer* Consumers::Find(ConsumerId id) const {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

std::vector<ConsumerId> Consumers::Of(SessionId session) const {
  std::vector<ConsumerId> ids;
  for (auto at = all_.lower_bound({session, ConsumerNumber()});
       at != all_.end() && at->first.session == session; ++at) {
    ids.push_back(at->first);
  }
  return ids;
}

// ---- Whose turn it is ---------------------------------------------------------------------------

bool Consumers::MayBeServed(const Consumer& consumer) const {
  if (consumer.cancelled || consumer.Credit() == 0) return false;
  if (!suspected_.empty() && suspected_.contains(consumer.id.session)) return false;
  return !single_ || (active_ == consumer.id && !giving_way_);
}

void Consumers::Place(Consumer& consumer) {
  if (MayBeServed(consumer)) {
    waiting_[consumer.priority].try_emplace(consumer.order, &consumer);
  } else if (const auto ring = waiting_.find(consumer.priority); ring != waiting_.end()) {
    ring->second.erase(consumer.order);
  }
}

void Consumers::Update(Consumer& consumer, const QueueConfig& config) {
  Place(consumer);
  // The index may name a time that is too early; TimedOut() puts it right when that time comes.
  const std::optional<Time> timeout = consumer.TimesOutAt(config);
  if (timeout.has_value() &&
      (!consumer.watched_at.has_value() || *timeout < *consumer.watched_at)) {
    if (consumer.watched_at) timeouts_.erase({*consumer.watched_at, consumer.id});
    timeouts_.emplace(*timeout, consumer.id);
    consumer.watched_at = timeout;
  }
}

void Consumers::UpdateAll(const QueueConfig& config) {
  for (auto& [id, consumer] : all_) Update(consumer, config);
}

Consumers::Turn Consumers::Next() const {
  for (const auto& [priority, ring] : waiting_) {
    if (ring.empty()) continue;
    if (ring.size() == 1) return {.consumer = ring.begin()->second, .alone = true};
    const auto turn = turns_.find(priority);
    auto next = turn == turns_.end() ? ring.begin() : ring.upper_bound(turn->second);
    if (next == ring.end()) next = ring.begin();
    return {.consumer = next->second, .alone = false};
  }
  return {};
}

std::vector<std::pair<int32_t, uint64_t>> Consumers::Turns() const {
  absl::btree_map<int32_t, uint64_t> earliest;
  for (const auto& [id, consumer] : all_) {
    if (consumer.IsForGet()) continue;
    const auto [at, is_first] = earliest.emplace(consumer.priority, consumer.order);
    if (!is_first) at->second = std::min(at->second, consumer.order);
  }
  std::vector<std::pair<int32_t, uint64_t>> turns;
  for (const auto& [priority, order] : turns_) {
    const auto first = earliest.find(priority);
    if (first != earliest.end() && first->second <= order) turns.emplace_back(priority, order);
  }
  return turns;
}

// ---- Single active consumer ---------------------------------------------------------------------

void Consumers::AddCandidate(Consumer& consumer) {
  if (!suspected_.empty() && suspected_.contains(consumer.id.session)) return;
  candidates_.emplace(Rank(consumer), &consumer);
}

void Consumers::DropCandidate(const Consumer& consumer) { candidates_.erase(Rank(consumer)); }

Consumers::Change Consumers::UpdateActive(bool single) {
  if (!single && !single_) return {};
  Change change;
  const bool toggled = std::exchange(single_, single) != single;
  const std::optional<ConsumerId> before = active_;
  giving_way_ = false;
  if (!single) {
    active_.reset();
  } else {
    Consumer* best = candidates_.empty() ? nullptr : candidates_.begin()->second;
    const Consumer* now = active_ ? Find(*active_) : nullptr;
    const bool fit = now != nullptr && candidates_.contains(Rank(*now));
    if (!fit) {
      active_ = best == nullptr ? std::nullopt : std::optional(best->id);
    } else if (best->priority > now->priority) {
      giving_way_ = !now->leases.empty() && !planted_two_active_;
      if (!giving_way_) active_ = best->id;
    }
  }
  if (before != active_) {
    const Consumer* old = before ? Find(*before) : nullptr;
    if (single && old != nullptr && !old->cancelled) change.inactive = before;
    change.active = active_;
  }
  if (toggled) {
    for (auto& [id, consumer] : all_) Place(consumer);
  }
  for (const std::optional<ConsumerId>& id : {before, active_}) {
    if (!id) continue;
    if (Consumer* consumer = Find(*id)) Place(*consumer);
  }
  return change;
}

bool Consumers::MayBeActive(const Consumer& consumer) const {
  return !consumer.cancelled && (!single_ || active_ == consumer.id);
}

// ---- Time ---------------------------------------------------------------------------------------

std::optional<Time> Consumers::NextTimeout() const {
  if (timeouts_.empty()) return std::nullopt;
  return timeouts_.begin()->first;
}

std::vector<ConsumerId> Consumers::TimedOut(Time now, const QueueConfig& config) {
  std::vector<ConsumerId> over;
  while (!timeouts_.empty() && timeouts_.begin()->first <= now) {
    const ConsumerId id = timeouts_.begin()->second;
    timeouts_.erase(timeouts_.begin());
    Consumer* consumer = Find(id);
    WARREN_CHECK(consumer != nullptr);
    consumer->watched_at.reset();
    const std::optional<Time> timeout = consumer->TimesOutAt(config);
    if (timeout.has_value() && *timeout <= now) {
      over.push_back(id);
    } else {
      Update(*consumer, config);
    }
  }
  std::sort(over.begin(), over.end());
  return over;
}

// ---- The rest -----------------------------------------------------------------------------------

size_t Consumers::MemoryBytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& [id, consumer] : all_) {
    bytes += sizeof(id) + sizeof(consumer) + 4 * sizeof(void*);
    bytes += consumer.leases.MemoryBytes();
  }
  const size_t indexed = candidates_.size() + timeouts_.size() + turns_.size() + waiting_.size();
  return bytes + indexed * 3 * sizeof(uint64_t);
}

void Consumers::CheckInvariants() const {
  uint64_t attached = 0;
  uint64_t waiting = 0;
  for (const auto& [id, consumer] : all_) {
    WARREN_CHECK(id == consumer.id);
    consumer.leases.CheckInvariants();
    if (!consumer.cancelled) ++attached;
    const auto ring = waiting_.find(consumer.priority);
    const bool waits = ring != waiting_.end() && ring->second.contains(consumer.order);
    WARREN_CHECK(waits == MayBeServed(consumer));
    if (waits) ++waiting;
  }
  WARREN_CHECK(attached == attached_);
  for (const auto& [priority, ring] : waiting_) waiting -= ring.size();
  WARREN_CHECK(waiting == 0);
  WARREN_CHECK(!active_ || Find(*active_) != nullptr);
  for (const auto& [time, id] : timeouts_) {
    const Consumer* consumer = Find(id);
    WARREN_CHECK(consumer != nullptr && consumer->watched_at == time);
  }
}

}  // namespace warren::queue
