#include "chaos/queue_model/messages.h"

#include <algorithm>

namespace warren::queue_model {

OrderKey Messages::Add(const Message& message) {
  last_key_ = last_key_ + 1;
  all_[last_key_] = message;
  Enter(last_key_, MessageState::kReady);
  return last_key_;
}

void Messages::Delay(const Delayed& delayed) {
  last_delay_key_ = last_delay_key_ + 1;
  delayed_[last_delay_key_] = delayed;
}

void Messages::ReleaseDelayed(Time now) {
  std::vector<std::pair<Time, DelayKey>> due;
  for (const auto& [key, delayed] : delayed_) {
    if (delayed.due <= now) due.emplace_back(delayed.due, key);
  }
  std::sort(due.begin(), due.end());
  if (due.size() > kWorkMax) due.resize(kWorkMax);
  for (const auto& [time, key] : due) {
    Message message = delayed_.at(key).message;
    message.accepted = now;
    delayed_.erase(key);
    Add(message);
  }
}

void Messages::ReleaseRetrying(Time now) {
  for (uint64_t i = 0; i < kWorkMax; ++i) {
    if (retrying_.empty() || retrying_.begin()->first > now) return;
    MakeReady(retrying_.begin()->second);
  }
}

void Messages::Leave(OrderKey key) {
  const Message& message = all_.at(key);
  ready_.erase(PlaceOf(key, message));
  perishable_.erase(key);
  retrying_.erase({message.due, key});
  bytes_[message.state] -= message.size;
}

void Messages::Enter(OrderKey key, MessageState state) {
  Message& message = all_.at(key);
  message.state = state;
  bytes_[state] += message.size;
  if (state == MessageState::kRetrying) retrying_.insert({message.due, key});
  if (state != MessageState::kReady) return;
  ready_.insert(PlaceOf(key, message));
  if (message.expires.has_value()) perishable_[key] = *message.expires;
}

void Messages::MakeReady(OrderKey key) {
  Leave(key);
  Enter(key, MessageState::kReady);
}

void Messages::MakeLeased(OrderKey key, ConsumerId holder) {
  Leave(key);
  all_.at(key).holder = holder;
  Enter(key, MessageState::kLeased);
}

void Messages::MakeRetrying(OrderKey key, Time due) {
  Leave(key);
  all_.at(key).due = due;
  Enter(key, MessageState::kRetrying);
}

void Messages::MakeDeadLetter(OrderKey key) {
  Leave(key);
  Enter(key, MessageState::kDeadLetter);
}

void Messages::Count(OrderKey key, uint32_t acquired, uint32_t failed) {
  all_.at(key).acquired += acquired;
  all_.at(key).failed += failed;
}

void Messages::Free(OrderKey key) {
  Leave(key);
  freed_.insert(all_.at(key).position);
  all_.erase(key);
}

bool Messages::FreeDelayed(DelayKey key) {
  const auto found = delayed_.find(key);
  if (found == delayed_.end()) return false;
  freed_.insert(found->second.message.position);
  delayed_.erase(found);
  return true;
}

void Messages::FreeAll() {
  while (!all_.empty()) Free(all_.begin()->first);
  while (!delayed_.empty()) FreeDelayed(delayed_.begin()->first);
}

void Messages::Move(Position from, Position to) {
  for (auto& [key, message] : all_) {
    if (message.position == from) {
      message.position = to;
      return;
    }
  }
  for (auto& [key, delayed] : delayed_) {
    if (delayed.message.position == from) {
      delayed.message.position = to;
      return;
    }
  }
}

std::vector<OrderKey> Messages::Ready() const {
  std::vector<OrderKey> keys;
  for (const ReadyPlace& place : ready_) keys.push_back(place.key);
  return keys;
}

std::optional<OrderKey> Messages::NextReady() const {
  if (ready_.empty()) return std::nullopt;
  return ready_.begin()->key;
}

std::optional<OrderKey> Messages::OldestOfLowestLevel() const {
  if (ready_.empty()) return std::nullopt;
  const int lowest = ready_.rbegin()->level_below_top;
  return ready_.lower_bound({.level_below_top = lowest, .key = OrderKey(0)})->key;
}

std::optional<OrderKey> Messages::FirstExpired(OrderKey from, Time now) const {
  for (auto at = perishable_.lower_bound(from); at != perishable_.end(); ++at) {
    if (at->second <= now) return at->first;
  }
  return std::nullopt;
}

uint64_t Messages::BytesIn(MessageState state) const {
  const auto found = bytes_.find(state);
  return found == bytes_.end() ? 0 : found->second;
}

std::optional<Time> Messages::NextDue() const {
  std::optional<Time> next;
  const auto note = [&](Time time) { next = std::min(time, next.value_or(time)); };
  for (const auto& [key, expires] : perishable_) note(expires);
  for (const auto& [key, delayed] : delayed_) note(delayed.due);
  if (!retrying_.empty()) note(retrying_.begin()->first);
  return next;
}

}  // namespace warren::queue_model
