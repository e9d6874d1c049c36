#include "chaos/queue_model/model.h"

#include <algorithm>
#include <variant>

namespace warren::queue_model {

using queue::ConsumerEventKind;
using queue::DeadLetterStrategy;
using queue::DelayedRetry;
using queue::SessionEventKind;

void Model::Apply(EntryIndex index, Time time, const queue::Command& command, Effects& effects) {
  effects.Clear();
  effects_ = &effects;
  messages_.ForgetFreed();
  expired_ = 0;
  index_ = index;
  now_ = std::max(now_, time);
  if (!begun_) NoteUse();
  begun_ = true;
  if (removed_) return AnswerForRemoved(command);

  const uint64_t ready_before = messages_.ready_count();
  DoDueWork();
  std::visit([&](const auto& what) { Do(what); }, command);
  if (removed_) return;
  ChooseActive();
  Serve();
  VoidDrained();
  ExpireReady();
  DropHeads();
  HandOutDeadLetters();
  deliveries_.MoveTo(effects);
  if (config_.depth_threshold == 0) return;
  const bool was_deep = ready_before >= config_.depth_threshold;
  const bool is_deep = messages_.ready_count() >= config_.depth_threshold;
  if (is_deep && !was_deep) effects.depth = queue::DepthEvent::kReached;
  if (was_deep && !is_deep) effects.depth = queue::DepthEvent::kLeft;
}

// ---- 2. A queue that is gone
// ---------------------------------------------------------------------

void Model::AnswerForRemoved(const queue::Command& command) {
  const auto unknown = [&](SessionId session, SessionEpoch epoch, SessionNumber number) {
    effects_->sessions.push_back(
        {.kind = SessionEventKind::kUnknown, .session = session, .epoch = epoch, .number = number});
  };
  const auto answer = [&](const auto& what) {
    using What = std::decay_t<decltype(what)>;
    if constexpr (std::is_same_v<What, queue::Publish>) {
      const auto size = static_cast<uint32_t>(what.messages.size());
      for (uint32_t slot = 0; slot < size; ++slot) {
        effects_->refused.push_back({.slot = slot, .reason = queue::Refusal::kRemoved});
      }
      effects_->published.push_back(
          {.session = what.stamp.session, .number = what.stamp.number, .refused = size});
    } else if constexpr (std::is_same_v<What, queue::AttachSession> ||
                         std::is_same_v<What, queue::DetachSession>) {
      unknown(what.session, what.epoch, SessionNumber(0));
    } else if constexpr (requires { what.stamp; }) {
      unknown(what.stamp.session, what.stamp.epoch, what.stamp.number);
    }
  };
  std::visit(answer, command);
}

// ---- 3. Due work
// ---------------------------------------------------------------------------------

void Model::DoDueWork() {
  EndSuspectedSessions();
  TimeConsumersOut();
  messages_.ReleaseDelayed(now_);
  messages_.ReleaseRetrying(now_);
  dead_letters_.RequeueDue(now_);
  ExpireReady();
  producers_.Forget(config_.producers, now_);
  deduplication_.Forget(config_.deduplication, now_);
  ExpireQueue();
}

void Model::EndSuspectedSessions() {
  std::vector<SessionId> over;
  for (const auto& [id, session] : sessions_.all()) {
    if (!session.suspected_since.has_value()) continue;
    const Time end = Later(*session.suspected_since, config_.consumer_disconnected_timeout);
    if (end <= now_) over.push_back(id);
  }
  uint64_t returned = 0;
  for (const SessionId id : over) {
    if (returned >= kWorkMax) return;
    returned += EndSession(id, Back::kReturned, SessionEventKind::kTimedOut);
  }
}

void Model::TimeConsumersOut() {
  uint64_t returned = 0;
  for (const ConsumerId id : consumers_.Ids()) {
    if (returned >= kWorkMax) return;
    Consumer& consumer = *consumers_.Find(id);
    const std::optional<Time> end = consumer.TimesOutAt(config_);
    if (!end.has_value() || *end > now_) continue;
    Cancel(consumer, ConsumerEventKind::kTimedOut);
    returned += ReturnAll(consumer, Back::kReturned);
    consumers_.ForgetIfGone(id);
    ChooseActive();
  }
}

void Model::ExpireReady() {
  OrderKey from;
  for (; expired_ < kWorkMax; ++expired_) {
    const std::optional<OrderKey> key = messages_.FirstExpired(from, now_);
    if (!key.has_value()) return;
    Die(*key, DeathReason::kExpired);
    from = *key + 1;
  }
}

std::optional<Time> Model::QueueExpiresAt() const {
  if (!config_.expires.has_value() || !IsUnused()) return std::nullopt;
  const Time first = Later(last_use_, *config_.expires);
  if (!last_expiry_.has_value()) return first;
  return std::max(first, Later(*last_expiry_, 10 * queue::kSecond));
}

void Model::ExpireQueue() {
  const std::optional<Time> end = QueueExpiresAt();
  if (!end.has_value() || *end > now_) return;
  effects_->queue_expired = true;
  last_expiry_ = now_;
}

// ---- 5. Service
// ----------------------------------------------------------------------------------

std::optional<OrderKey> Model::TakeNext() {
  while (const std::optional<OrderKey> key = messages_.NextReady()) {
    const std::optional<Time> expires = messages_.At(*key).expires;
    if (!expires.has_value() || *expires >= now_) return key;
    Die(*key, DeathReason::kExpired);
    ++expired_;
  }
  return std::nullopt;
}

void Model::Serve() {
  while (messages_.ready_count() > 0 && consumers_.CanServe(config_, sessions_)) {
    const std::optional<OrderKey> key = TakeNext();
    if (!key.has_value()) return;
    Consumer& consumer = consumers_.TakeTurn(config_, sessions_);
    if (consumer.prefetch == 0) --consumer.credit;
    HandTo(consumer, *key, consumer.auto_settle);
  }
}

void Model::HandTo(Consumer& consumer, OrderKey key, bool auto_settle) {
  deliveries_.Add(consumer.id, key, messages_.At(key));
  if (auto_settle) {
    messages_.Free(key);
    ++effects_->departures.settled;
    return;
  }
  messages_.MakeLeased(key, consumer.id);
  consumer.leases[key] = now_;
}

void Model::VoidDrained() {
  for (auto& [id, consumer] : consumers_.all()) {
    if (!consumer.draining) continue;
    consumer.draining = false;
    consumer.credit = 0;
    effects_->consumers.push_back({.kind = ConsumerEventKind::kDrained, .consumer = id});
  }
}

// ---- What comes back
// -----------------------------------------------------------------------------

void Model::Return(OrderKey key, Back back, Time not_before) {
  const bool failed = back == Back::kFailed;
  messages_.Count(key, 1, failed ? 1 : 0);
  const Message& message = messages_.At(key);
  if (config_.delivery_limit.has_value() && message.failed > *config_.delivery_limit) {
    return Die(key, DeathReason::kDeliveryLimit);
  }
  if (not_before > now_) return messages_.MakeRetrying(key, not_before);
  const bool waits =
      config_.delayed_retry == DelayedRetry::kAll ||
      config_.delayed_retry == (failed ? DelayedRetry::kFailed : DelayedRetry::kReturned);
  if (waits) {
    const Span span =
        std::min(Multiplied(config_.delayed_retry_min, failed ? message.failed : message.acquired),
                 config_.delayed_retry_max.value_or(UINT64_MAX));
    if (span > 0) return messages_.MakeRetrying(key, Later(now_, span));
  }
  messages_.MakeReady(key);
}

uint64_t Model::ReturnAll(Consumer& consumer, Back back) {
  const uint64_t returned = consumer.leases.size();
  for (const auto& [key, since] : consumer.leases) Return(key, back, Time(0));
  consumer.leases.clear();
  return returned;
}

void Model::Cancel(Consumer& consumer, ConsumerEventKind kind) {
  if (!consumer.cancelled) NoteUse();
  consumer.cancelled = true;
  consumer.draining = false;
  effects_->consumers.push_back({.kind = kind, .consumer = consumer.id});
}

uint64_t Model::EndSession(SessionId id, Back back, SessionEventKind kind) {
  for (const ConsumerId consumer : consumers_.IdsOf(id)) {
    Consumer& one = *consumers_.Find(consumer);
    if (!one.cancelled) Cancel(one, ConsumerEventKind::kCancelled);
  }
  uint64_t returned = 0;
  for (const ConsumerId consumer : consumers_.IdsOf(id)) {
    returned += ReturnAll(*consumers_.Find(consumer), back);
    consumers_.ForgetIfGone(consumer);
  }
  const Session& session = *sessions_.Find(id);
  effects_->sessions.push_back(
      {.kind = kind, .session = id, .epoch = session.epoch, .number = session.last});
  sessions_.all().erase(id);
  ChooseActive();
  return returned;
}

// ---- 7., 8. Limits, and the dead
// -----------------------------------------------------------------

bool Model::IsWithinLimits(uint64_t more_messages, uint64_t more_bytes) const {
  const uint64_t length = messages_.ready_count() + dead_letters_.size() + more_messages;
  if (config_.max_length.has_value() && length > *config_.max_length) return false;
  if (!config_.max_length_bytes.has_value()) return true;
  const uint64_t bytes = messages_.BytesIn(MessageState::kReady) +
                         messages_.BytesIn(MessageState::kDeadLetter) + more_bytes;
  return bytes <= *config_.max_length_bytes;
}

void Model::DropHeads() {
  if (config_.overflow != queue::Overflow::kDropHead) return;
  for (uint64_t i = 0; i < kWorkMax && !IsWithinLimits(0, 0); ++i) {
    const std::optional<OrderKey> key = messages_.OldestOfLowestLevel();
    if (!key.has_value()) return;
    Die(*key, DeathReason::kMaxLength);
  }
}

void Model::Die(OrderKey key, DeathReason reason) {
  queue::Departures& departures = effects_->departures;
  switch (reason) {
    case DeathReason::kRejected:
      ++departures.rejected;
      break;
    case DeathReason::kExpired:
      ++departures.expired;
      break;
    case DeathReason::kMaxLength:
      ++departures.max_length;
      break;
    case DeathReason::kDeliveryLimit:
      ++departures.delivery_limit;
      break;
  }
  const DeadLetterStrategy strategy = StrategyOf(config_);
  if (strategy == DeadLetterStrategy::kAtLeastOnce) {
    messages_.MakeDeadLetter(key);
    dead_letters_.Add(key, reason);
    return;
  }
  if (strategy == DeadLetterStrategy::kAtMostOnce) Tell({.key = key, .reason = reason}, false);
  messages_.Free(key);
}

void Model::Tell(const Letter& letter, bool confirm) {
  const Message& message = messages_.At(letter.key);
  effects_->dead_letters.push_back({.key = letter.key,
                                    .position = message.position,
                                    .reason = letter.reason,
                                    .acquired = message.acquired,
                                    .failed = message.failed,
                                    .confirm = confirm});
}

void Model::HandOutDeadLetters() {
  for (const Letter& letter : dead_letters_.HandOut(config_)) Tell(letter, true);
}

}  // namespace warren::queue_model
