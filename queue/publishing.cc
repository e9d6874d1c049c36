// Messages come in.
#include <algorithm>

#include "queue/queue_state.h"

namespace warren::queue {

void QueueState::On(const Publish& command) {
  bool repeated = false;
  Session* session = Admit(command.stamp, &repeated);
  if (repeated) AnswerAgain(*session, command.stamp);
  if (session == nullptr || repeated) return;
  PublishResult result{.session = command.stamp.session,
                       .number = command.stamp.number,
                       .first_refused = static_cast<uint32_t>(effects_->refused.size())};
  const size_t count = std::min<size_t>(command.messages.size(), kSlotsMax);
  for (uint32_t slot = 0; slot < count; ++slot) {
    const Refusal refusal = Accept(command.messages[slot], slot, result);
    if (refusal != Refusal::kNone) effects_->refused.push_back({slot, refusal});
  }
  result.refused = static_cast<uint32_t>(effects_->refused.size()) - result.first_refused;
  if (result.refused > 0) {
    const auto refused = effects_->refused.begin() + result.first_refused;
    session->refusals[command.stamp.number].assign(refused, effects_->refused.end());
  }
  effects_->published.push_back(result);
}

void QueueState::AnswerAgain(const Session& session, const Stamp& stamp) {
  PublishResult result{.session = stamp.session,
                       .number = stamp.number,
                       .first_refused = static_cast<uint32_t>(effects_->refused.size())};
  if (const auto at = session.refusals.find(stamp.number); at != session.refusals.end()) {
    effects_->refused.insert(effects_->refused.end(), at->second.begin(), at->second.end());
    result.refused = static_cast<uint32_t>(at->second.size());
  }
  effects_->published.push_back(result);
}

// The queue's now, or a duplicate, or refused.
Refusal QueueState::Accept(const NewMessage& message, uint32_t slot, PublishResult& result) {
  if (message.producer.has_value()) {
    const ProducerVerdict verdict = producers_.Judge(*message.producer, now_, config_.producers);
    if (verdict.duplicate) ++result.duplicates;
    if (verdict.duplicate || verdict.refusal != Refusal::kNone) return verdict.refusal;
  }
  const bool has_id = config_.deduplication.has_value() && !message.deduplication_id.empty();
  if (has_id && deduplication_.Contains(message.deduplication_id, now_, *config_.deduplication)) {
    ++result.duplicates;
    return Refusal::kNone;
  }
  const Position position{.entry = applied_, .slot = slot};
  if (message.delay == 0 && MustRefuseForLength(message.size)) {
    Serve();  // What consumers can take does not count.
    if (MustRefuseForLength(message.size)) {
      ++effects_->departures.max_length;
      const bool dead = config_.overflow == Overflow::kRejectPublishDlx;
      if (dead && config_.dead_letter != DeadLetterStrategy::kNone) {
        effects_->dead_letters.push_back(
            {.key = OrderKey(), .position = position, .reason = DeathReason::kMaxLength});
      }
      return Refusal::kLength;
    }
  }
  Store(message, position);
  if (message.producer.has_value()) producers_.Store(*message.producer, config_.producers);
  if (has_id) deduplication_.Remember(message.deduplication_id, now_, *config_.deduplication);
  return Refusal::kNone;
}

bool QueueState::MustRefuseForLength(uint32_t size) const {
  if (config_.overflow == Overflow::kDropHead) return false;
  const uint64_t messages = ready_tally_.messages + dead_tally_.messages + 1;
  const uint64_t bytes = ready_tally_.bytes + dead_tally_.bytes + size;
  return (config_.max_length && messages > *config_.max_length) ||
         (config_.max_length_bytes && bytes > *config_.max_length_bytes);
}

MessageRecord QueueState::RecordOf(const NewMessage& message, Position position) const {
  MessageRecord record{.position = position,
                       .size = message.size,
                       .level = config_.LevelOf(message.priority),
                       .persistent = message.persistent,
                       .expires = {}};
  std::optional<Span> ttl = config_.message_ttl;
  if (message.ttl.has_value() && (!ttl || *message.ttl < *ttl)) ttl = message.ttl;
  if (ttl.has_value()) {
    const Time from = Planted(PlantedBug::kTtlByWrongClock) ? previous_now_ : now_;
    record.expires = After(After(from, message.delay), *ttl);
  }
  return record;
}

void QueueState::Store(const NewMessage& message, Position position) {
  const MessageRecord record = RecordOf(message, position);
  if (message.persistent) persistent_tally_ += {1, message.size};
  if (message.delay > 0) {
    const OrderKey delayed = delayed_messages_.Make().Append(record, now_);
    delayed_.Add(delayed, After(now_, message.delay));
    delayed_tally_ += {1, message.size};
    return;
  }
  const OrderKey key = messages_.Append(record, now_);
  ready_.Insert(record.level, {.first = key, .last = key});
  ready_tally_ += {1, message.size};
}

}  // namespace warren::queue
