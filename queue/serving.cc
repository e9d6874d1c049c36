// Who gets what: service, Get, limits, dead letters.
#include <algorithm>

#include "queue/queue_state.h"

namespace warren::queue {

// ---- Service ------------------------------------------------------------------------------------

// What expires just now may still be served: it came with this Apply, or due work met its limit.
bool QueueState::HasExpired(OrderKey key) const {
  const Time expires = messages_.ExpiresOf(key);
  return expires != Time() && expires < now_;
}

// The run that goes next; what expired before it dies on the way.
std::optional<ReadySet::Run> QueueState::NextToServe() {
  const std::optional<Time> expiry = messages_.NextExpiry();
  const bool some_may_have = expiry.has_value() && *expiry < now_;
  while (std::optional<ReadySet::Run> run = ready_.First()) {
    if (!some_may_have) return run;
    const OrderKey first = run->keys.first;
    const KeyRange one{.first = first, .last = first};
    if (!HasExpired(first)) return ReadySet::Run{run->level, one};
    TakeFromReady(run->level, one);
    Die(first, DeathReason::kExpired);
    ++expired_now_;
  }
  return std::nullopt;
}

void QueueState::Serve() {
  while (true) {
    const Consumers::Turn turn = consumers_.Next();
    if (turn.consumer == nullptr) return;
    std::optional<ReadySet::Run> run = NextToServe();
    if (!run) return;
    const uint64_t most = turn.alone ? turn.consumer->Credit() : 1;
    if (run->keys.size() > most) run->keys.last = run->keys.first + (most - 1);
    HandOver(*turn.consumer, *run);
  }
}

void QueueState::HandOver(Consumer& consumer, const ReadySet::Run& run) {
  TakeFromReady(run.level, run.keys);
  if (consumer.delivered_in != applied_) {
    consumer.delivered_in = applied_;
    consumer.delivery = outbox_.Open(consumer.id, /*again=*/false);
  }
  Send(run.keys, consumer.delivery);
  if (consumer.prefetch == 0) consumer.granted -= std::min(consumer.granted, run.keys.size());
  if (consumer.auto_settle) {
    effects_->departures.settled += run.keys.size();
    Free(run.keys);
  } else {
    leased_tally_ += Count(run.keys);
    consumer.leases.Grant(run.keys, now_);
  }
  if (!consumer.IsForGet()) consumers_.Served(consumer);
  consumers_.Update(consumer, config_);
}

void QueueState::Send(KeyRange keys, uint32_t delivery) {
  while (true) {
    const TryCounts::Piece piece = tries_.FirstPiece(keys);
    uint64_t left = piece.keys.size();
    while (left > 0) {
      const OrderKey first = piece.keys.last - (left - 1);
      const PositionRun run = messages_.RunAt(first, left);
      outbox_.Add(delivery, {.keys = {first, first + (run.count - 1)},
                             .first = run.first,
                             .one_per_entry = run.one_per_entry,
                             .acquired = piece.tries.acquired,
                             .failed = piece.tries.failed});
      left -= run.count;
    }
    if (piece.keys.last == keys.last) return;
    keys.first = piece.keys.last + 1;
  }
}

void QueueState::VoidDrainedCredit() {
  for (const ConsumerId id : drained_) {
    Consumer* consumer = consumers_.Find(id);
    if (consumer == nullptr || consumer->cancelled) continue;
    consumer->granted = 0;
    consumers_.Update(*consumer, config_);
    Tell(ConsumerEventKind::kDrained, id);
  }
  drained_.clear();
}

void QueueState::On(const Get& command) {
  if (Admit(command.stamp) == nullptr) return;
  last_used_ = now_;
  GetResult result{.session = command.stamp.session, .number = command.stamp.number};
  if (!consumers_.HasExclusive() && !config_.single_active_consumer) {
    if (std::optional<ReadySet::Run> run = NextToServe()) {
      run->keys.last = run->keys.first;
      const ConsumerId id{command.stamp.session, ConsumerNumber()};
      Consumer* holder = consumers_.Find(id);
      if (holder == nullptr) {
        Consumer fresh;
        fresh.id = id;
        fresh.cancelled = true;  // Is never served: it takes.
        holder = &consumers_.Restore(std::move(fresh));
      }
      holder->auto_settle = command.auto_settle;
      HandOver(*holder, *run);
      ForgetIfDone(*holder);
      result.found = true;
    }
  }
  result.ready_left = ready_.size();
  effects_->gets.push_back(result);
}

// ---- Limits -------------------------------------------------------------------------------------

bool QueueState::IsOverLimits() const {
  const uint64_t messages = ready_tally_.messages + dead_tally_.messages;
  const uint64_t bytes = ready_tally_.bytes + dead_tally_.bytes;
  return (config_.max_length && messages > *config_.max_length) ||
         (config_.max_length_bytes && bytes > *config_.max_length_bytes);
}

void QueueState::EnforceLimits() {
  if (config_.overflow != Overflow::kDropHead) return;
  for (size_t dropped = 0; dropped < kWorkMax && !ready_.empty() && IsOverLimits(); ++dropped) {
    const OrderKey key = Planted(PlantedBug::kDropHeadOfWrongPriority)
                             ? *ready_.Oldest()
                             : ready_.FirstOfLowest()->keys.first;
    TakeFromReady(messages_.LevelOf(key), {.first = key, .last = key});
    Die(key, DeathReason::kMaxLength);
  }
}

// ---- Dead letters -------------------------------------------------------------------------------

void QueueState::HandOutDeadLetters() {
  while (const DeadLetterQueue::Letter* letter =
             dead_letters_.HandOut(config_.dead_letter_window)) {
    effects_->dead_letters.push_back(MakeDeadLetter(letter->key, letter->reason, true));
  }
}

void QueueState::On(const ResendDeadLetters&) {
  for (const DeadLetterQueue::Letter& letter : dead_letters_.Out()) {
    effects_->dead_letters.push_back(MakeDeadLetter(letter.key, letter.reason, true));
  }
}

void QueueState::On(const ConfirmDeadLetters& command) {
  scratch_keys_.clear();
  for (const KeyRange& keys : command.confirmed) dead_letters_.Confirm(keys, scratch_keys_);
  if (Planted(PlantedBug::kDeadLetterLostWhenRefused)) {
    for (const KeyRange& keys : command.refused) dead_letters_.Confirm(keys, scratch_keys_);
  }
  effects_->departures.dead_letters_confirmed += scratch_keys_.size();
  for (const OrderKey key : scratch_keys_) {
    const KeyRange one{.first = key, .last = key};
    dead_tally_ -= Count(one);
    Free(one);
  }
  for (const KeyRange& keys : command.refused) dead_letters_.Refuse(keys, now_, config_);
}

}  // namespace warren::queue
