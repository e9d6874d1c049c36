// What time brings about, before the command is looked at.
#include <algorithm>

#include "queue/queue_state.h"

namespace warren::queue {

void QueueState::DoDueWork() {
  EndSuspectedSessions();
  TimeConsumersOut();
  MakeDelayedAvailable();
  for (size_t i = 0; i < kWorkMax; ++i) {
    const std::optional<OrderKey> key = retrying_.TakeDue(now_);
    if (!key) break;
    const KeyRange one{.first = *key, .last = *key};
    retrying_tally_ -= Count(one);
    MakeReady(one);
    messages_.WatchExpiry(*key);
  }
  dead_letters_.Requeue(now_, kWorkMax);
  ExpireReady();
  producers_.ExpireDue(now_, config_.producers, kWorkMax);
  if (config_.deduplication) deduplication_.ForgetDue(now_, *config_.deduplication, kWorkMax);
  ExpireQueue();
}

void QueueState::EndSuspectedSessions() {
  const Span timeout = config_.consumer_disconnected_timeout;
  if (now_.value() < timeout) return;
  const std::optional<Time> first = sessions_.FirstSuspected();
  if (!first || After(*first, timeout) > now_) return;
  uint64_t returned = 0;
  for (const SessionId id : sessions_.SuspectedUntil(now_ - timeout)) {
    if (returned >= kWorkMax) return;
    returned += EndSession(id, SessionEventKind::kTimedOut, ReturnKind::kReturned);
  }
}

void QueueState::TimeConsumersOut() {
  const std::optional<Time> next = consumers_.NextTimeout();
  if (!next || *next > now_) return;
  uint64_t returned = 0;
  for (const ConsumerId id : consumers_.TimedOut(now_, config_)) {
    Consumer& consumer = *consumers_.Find(id);
    if (returned >= kWorkMax) {
      consumers_.Update(consumer, config_);  // Next time.
      continue;
    }
    returned += consumer.leases.size();
    if (!consumer.cancelled) last_used_ = now_;
    consumers_.Cancel(consumer);
    Tell(ConsumerEventKind::kTimedOut, id);
    ReturnAll(consumer, ReturnKind::kReturned);
    consumers_.Remove(id);
    UpdateActive();
  }
}

void QueueState::MakeDelayedAvailable() {
  for (size_t i = 0; i < kWorkMax; ++i) {
    const std::optional<OrderKey> delayed = delayed_.TakeDue(now_);
    if (!delayed) return;
    const KeyRange one{.first = *delayed, .last = *delayed};
    const MessageRecord record = delayed_messages_->Get(*delayed);
    delayed_tally_ -= {1, record.size};
    delayed_messages_.Make().Release(one);
    const OrderKey key = messages_.Append(record, now_);
    MakeReady({.first = key, .last = key});
  }
}

// Steps 3f and 6, which share one limit.
void QueueState::ExpireReady() {
  const std::optional<Time> next = messages_.NextExpiry();
  if (!next || *next > now_ || expired_now_ >= kWorkMax) return;
  scratch_keys_.clear();
  messages_.Expire(
      now_, kWorkMax - expired_now_,
      [this](OrderKey key) { return ready_.Contains(messages_.LevelOf(key), key); }, scratch_keys_);
  expired_now_ += scratch_keys_.size();
  for (const OrderKey key : scratch_keys_) {
    TakeFromReady(messages_.LevelOf(key), {.first = key, .last = key});
    Die(key, DeathReason::kExpired);
  }
}

// Requires: it is configured to.
Time QueueState::QueueExpiresAt() const {
  const Time due = After(last_used_, *config_.expires);
  return told_expired_ == Time() ? due : std::max(due, After(told_expired_, kExpiryRepeat));
}

void QueueState::ExpireQueue() {
  if (!config_.expires || consumers_.attached() > 0) return;
  if (QueueExpiresAt() > now_) return;
  told_expired_ = now_;
  effects_->queue_expired = true;
}

}  // namespace warren::queue
