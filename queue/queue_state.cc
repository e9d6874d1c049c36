// One Apply, and the ways of a message.
#include "queue/queue_state.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"

namespace warren::queue {

QueueState::QueueState(const QueueConfig& config, PlantedBug planted_bug)
    : planted_bug_(planted_bug), config_(config), producers_(planted_bug) {
  WARREN_CHECK(config.Validate().ok());
  if (Planted(PlantedBug::kTwoActiveConsumers)) consumers_.PlantTwoActive();
  consumers_.UpdateActive(config_.single_active_consumer);
}

void QueueState::Apply(EntryIndex index, Time time, const Command& command, Effects& effects) {
  WARREN_CHECK(index > applied_);
  applied_ = index;
  previous_now_ = now_;
  now_ = std::max(now_, time);
  effects.Clear();
  effects_ = &effects;
  if (removed_) {
    AnswerRemoved(command);
    return;
  }
  if (last_used_ == Time()) last_used_ = now_;
  expired_now_ = 0;
  const uint64_t ready_before = ready_.size();

  DoDueWork();
  std::visit([this](const auto& each) { On(each); }, command);
  if (removed_) return;
  UpdateActive();
  Serve();
  VoidDrainedCredit();
  ExpireReady();
  EnforceLimits();
  HandOutDeadLetters();
  outbox_.MoveTo(effects);
  const uint64_t threshold = config_.depth_threshold;
  if (threshold > 0 && (ready_before < threshold) != (ready_.size() < threshold)) {
    effects.depth = ready_before < threshold ? DepthEvent::kReached : DepthEvent::kLeft;
  }
}

std::optional<Time> QueueState::NextDeadline() const {
  if (removed_) return std::nullopt;
  std::optional<Time> next;
  const auto consider = [&](std::optional<Time> time) {
    if (time.has_value() && (!next || *time < *next)) next = time;
  };
  if (const auto since = sessions_.FirstSuspected()) {
    consider(After(*since, config_.consumer_disconnected_timeout));
  }
  consider(consumers_.NextTimeout());
  consider(delayed_.NextDue());
  consider(retrying_.NextDue());
  consider(dead_letters_.NextDue());
  consider(messages_.NextExpiry());
  consider(producers_.NextDeadline(config_.producers));
  if (config_.deduplication) consider(deduplication_.NextDeadline(*config_.deduplication));
  if (config_.expires.has_value() && consumers_.attached() == 0 && last_used_ != Time()) {
    consider(QueueExpiresAt());
  }
  if (config_.overflow == Overflow::kDropHead && !ready_.empty() && IsOverLimits()) consider(now_);
  return next;
}

// ---- The ways of a message ----------------------------------------------------------------------

void QueueState::MakeReady(KeyRange keys) {
  ready_tally_ += Count(keys);
  while (true) {
    // Neighbours of one level become ready together.
    const Priority level = messages_.LevelOf(keys.first);
    KeyRange same{.first = keys.first, .last = keys.first};
    while (same.last < keys.last && messages_.LevelOf(same.last + 1) == level) {
      same.last = same.last + 1;
    }
    ready_.Insert(level, same);
    if (same.last == keys.last) return;
    keys.first = same.last + 1;
  }
}

void QueueState::TakeFromReady(Priority level, KeyRange keys) {
  ready_.Erase(level, keys);
  ready_tally_ -= Count(keys);
}

DeadLetterStrategy QueueState::Strategy() const {
  const bool kept = config_.dead_letter == DeadLetterStrategy::kAtLeastOnce;
  // What makes room by dropping cannot keep what it drops.
  if (kept && config_.overflow == Overflow::kDropHead) return DeadLetterStrategy::kAtMostOnce;
  return config_.dead_letter;
}

void QueueState::Die(OrderKey key, DeathReason reason) {
  switch (reason) {
    case DeathReason::kRejected:
      ++effects_->departures.rejected;
      break;
    case DeathReason::kExpired:
      ++effects_->departures.expired;
      break;
    case DeathReason::kMaxLength:
      ++effects_->departures.max_length;
      break;
    case DeathReason::kDeliveryLimit:
      ++effects_->departures.delivery_limit;
      break;
  }
  Bury(key, reason, Strategy());
}

void QueueState::Bury(OrderKey key, DeathReason reason, DeadLetterStrategy strategy) {
  const KeyRange one{.first = key, .last = key};
  switch (strategy) {
    case DeadLetterStrategy::kAtLeastOnce:
      dead_letters_.Add(key, reason);
      dead_tally_ += Count(one);
      return;
    case DeadLetterStrategy::kAtMostOnce:
      effects_->dead_letters.push_back(MakeDeadLetter(key, reason, /*confirm=*/false));
      break;
    case DeadLetterStrategy::kNone:
      break;
  }
  Free(one);
}

DeadLetter QueueState::MakeDeadLetter(OrderKey key, DeathReason reason, bool confirm) const {
  const Tries tries = tries_.Of(key);
  return {.key = key,
          .position = messages_.PositionOf(key),
          .reason = reason,
          .acquired = tries.acquired,
          .failed = tries.failed,
          .confirm = confirm};
}

void QueueState::Free(KeyRange keys) {
  NameFreed(keys);
  persistent_tally_ -= {messages_.PersistentIn(keys), messages_.PersistentBytesIn(keys)};
  tries_.Forget(keys);
  messages_.Release(keys);
}

void QueueState::NameFreed(KeyRange keys) {
  uint64_t left = keys.size();
  while (left > 0) {
    if (effects_->freed.size() >= kFreedRangesMax) {
      effects_->freed_more = true;
      return;
    }
    const PositionRun run = messages_.RunAt(keys.last - (left - 1), left);
    FreedRange freed{.first = run.first, .last = run.first};
    if (run.one_per_entry) {
      freed.last.entry = freed.last.entry + (run.count - 1);
    } else {
      freed.last.slot += static_cast<uint32_t>(run.count - 1);
    }
    effects_->freed.push_back(freed);
    left -= run.count;
  }
}

}  // namespace warren::queue
