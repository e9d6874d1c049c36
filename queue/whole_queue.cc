// Commands about the queue as a whole.
#include <algorithm>
#include <variant>

#include "queue/machine.h"
#include "queue/queue_state.h"

namespace warren::queue {

void QueueState::On(const Configure& command) {
  if (!command.config.Validate().ok()) return;
  const DeadLetterStrategy before = Strategy();
  config_ = command.config;
  if (before == DeadLetterStrategy::kAtLeastOnce && Strategy() != before) {
    dead_tally_ = {};
    for (const DeadLetterQueue::Letter& letter : dead_letters_.TakeAll()) {
      Bury(letter.key, letter.reason, Strategy());
    }
  }
  if (!config_.deduplication) {
    deduplication_.Clear();
  } else {
    deduplication_.Shrink(*config_.deduplication);
  }
  consumers_.UpdateAll(config_);  // The timeout may be another.
}

void QueueState::On(const Purge& command) {
  effects_->departures.purged += ready_.size();
  for (const ReadySet::Level& level : ready_.levels()) {
    for (auto run = level.keys.NextRun(0); run && !effects_->freed_more;
         run = level.keys.NextRun(run->last + 1)) {
      NameFreed({OrderKey(run->first), OrderKey(run->last)});
    }
    const MessageTable::Totals totals = messages_.TotalsOf(level.keys);
    persistent_tally_ -= {totals.persistent, totals.persistent_bytes};
    tries_.Forget(level.keys);
    messages_.Release(level.keys);
  }
  ready_.Clear();
  ready_tally_ = {};
  if (!command.delayed) return;
  effects_->departures.purged += delayed_.size();
  while (const std::optional<OrderKey> key = delayed_.TakeAny()) FreeDelayed(*key);
}

void QueueState::FreeDelayed(OrderKey key) {
  const MessageRecord record = delayed_messages_->Get(key);
  if (effects_->freed.size() < kFreedRangesMax) {
    effects_->freed.push_back({record.position, record.position});
  } else {
    effects_->freed_more = true;
  }
  delayed_tally_ -= {1, record.size};
  if (record.persistent) persistent_tally_ -= {1, record.size};
  delayed_messages_.Make().Release({.first = key, .last = key});
}

void QueueState::On(const CancelDelayed& command) {
  for (const DelayKey delayed : command.keys) {
    const OrderKey key(delayed.value());
    if (!delayed_.Remove(key)) continue;
    FreeDelayed(key);
    ++effects_->cancelled_delayed;
  }
}

void QueueState::On(const Remove& command) {
  if (command.if_unused && consumers_.attached() > 0) {
    effects_->remove = RemoveResult::kInUse;
    return;
  }
  if (command.if_empty && !ready_.empty()) {
    effects_->remove = RemoveResult::kNotEmpty;
    return;
  }
  QueueImage nothing;
  nothing.config = config_;
  nothing.version = version_;
  nothing.applied = applied_;
  nothing.now = now_;
  nothing.removed = true;
  Effects& effects = *effects_;
  Become(std::move(nothing));
  effects.Clear();
  effects.remove = RemoveResult::kRemoved;
  effects.freed_more = true;
}

void QueueState::AnswerRemoved(const Command& command) {
  const auto unknown = [&](const Stamp& stamp) {
    Tell(SessionEventKind::kUnknown, stamp.session, stamp.epoch, stamp.number);
  };
  if (const auto* publish = std::get_if<Publish>(&command)) {
    const size_t count = std::min<size_t>(publish->messages.size(), kSlotsMax);
    for (uint32_t slot = 0; slot < count; ++slot) {
      effects_->refused.push_back({slot, Refusal::kRemoved});
    }
    effects_->published.push_back({.session = publish->stamp.session,
                                   .number = publish->stamp.number,
                                   .refused = static_cast<uint32_t>(count)});
  } else if (const auto* attach = std::get_if<AttachConsumer>(&command)) {
    unknown(attach->stamp);
  } else if (const auto* cancel = std::get_if<CancelConsumer>(&command)) {
    unknown(cancel->stamp);
  } else if (const auto* grant = std::get_if<GrantCredit>(&command)) {
    unknown(grant->stamp);
  } else if (const auto* get = std::get_if<Get>(&command)) {
    unknown(get->stamp);
  } else if (const auto* settle = std::get_if<Settle>(&command)) {
    unknown(settle->stamp);
  } else if (const auto* session = std::get_if<AttachSession>(&command)) {
    unknown({session->session, session->epoch, {}, {}});
  } else if (const auto* detach = std::get_if<DetachSession>(&command)) {
    unknown({detach->session, detach->epoch, {}, {}});
  }
}

void QueueState::On(const Touch&) { last_used_ = now_; }

void QueueState::On(const Tick&) {}

void QueueState::On(const MoveSurvivors& command) {
  const size_t count = std::min<size_t>(command.from.size(), kSlotsMax);
  for (uint32_t slot = 0; slot < count; ++slot) {
    const Position from = command.from[slot];
    const Position to{.entry = applied_, .slot = slot};
    for (const OrderKey key : messages_.KeysOf(from.entry)) {
      const bool meant = messages_.PositionOf(key) == from && IsLive(key);
      if (meant) messages_.SetPosition(key, to);
    }
    for (const OrderKey key : delayed_messages_->KeysOf(from.entry)) {
      const bool meant = delayed_messages_->PositionOf(key) == from && delayed_.DueOf(key);
      if (meant) delayed_messages_.Make().SetPosition(key, to);
    }
  }
}

void QueueState::On(const Upgrade& command) {
  if (command.version > version_ && command.version <= Machine::kVersionMax) {
    version_ = command.version;
  }
}

}  // namespace warren::queue
