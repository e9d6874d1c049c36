// Messages come back from consumers, or go for good.
#include <algorithm>

#include "queue/queue_state.h"

namespace warren::queue {

void QueueState::On(const Settle& command) {
  if (Admit(command.stamp) == nullptr) return;
  for (const Settlement& settlement : command.settlements) {
    if (settlement.keys.last < settlement.keys.first) continue;
    Consumer* consumer = consumers_.Find({command.stamp.session, settlement.consumer});
    if (consumer != nullptr) Settled(settlement, *consumer);
  }
}

void QueueState::Settled(const Settlement& settlement, Consumer& consumer) {
  scratch_ranges_.clear();
  consumer.leases.Take(settlement.keys, scratch_ranges_);
  for (const KeyRange& keys : scratch_ranges_) {
    leased_tally_ -= Count(keys);
    switch (settlement.verdict) {
      case Verdict::kSettle:
        effects_->departures.settled += keys.size();
        Free(keys);
        break;
      case Verdict::kDeadLetter:
        for (OrderKey key = keys.first; key <= keys.last; key = key + 1) {
          Die(key, DeathReason::kRejected);
        }
        break;
      case Verdict::kReturn:
        Return(keys, ReturnKind::kReturned, settlement.not_before);
        break;
      case Verdict::kFail:
        Return(keys, ReturnKind::kFailed, settlement.not_before);
        break;
    }
  }
  consumers_.Update(consumer, config_);
  ForgetIfDone(consumer);
}

// A cancelled consumer is kept for what it holds.
void QueueState::ForgetIfDone(Consumer& consumer) {
  if (consumer.cancelled && consumer.leases.empty()) consumers_.Remove(consumer.id);
}

void QueueState::ReturnAll(Consumer& consumer, ReturnKind how) {
  const base::IntervalSet keys = consumer.leases.TakeAll();
  if (keys.empty()) return;
  const Tally tally{keys.size(), messages_.TotalsOf(keys).bytes};
  leased_tally_ -= tally;
  if (ReturnTogether(keys, tally, how)) return;
  for (const base::IntervalSet::Run& run : keys.Runs()) {
    Return({OrderKey(run.first), OrderKey(run.last)}, how, Time());
  }
}

// A consumer may hold millions of messages with millions of gaps between them. If all share their
// fate, they meet it in one step. False, and nothing is done, if they do not.
bool QueueState::ReturnTogether(const base::IntervalSet& keys, const Tally& tally, ReturnKind how) {
  const bool failed = how == ReturnKind::kFailed;
  const bool spent = failed && config_.delivery_limit == 0u;
  if (spent || Planted(PlantedBug::kReturnLosesPlace)) return false;
  if (RetryDelay({.acquired = 1, .failed = failed ? 1u : 0u}, how) > 0) return false;
  const std::optional<Priority> level = messages_.LevelOfLasting(keys);
  if (!level || !tries_.CountAll(keys, failed)) return false;
  ready_.Insert(*level, keys);
  ready_tally_ += tally;
  return true;
}

// Messages of equal counts share their fate, so a range of any length is a few steps.
void QueueState::Return(KeyRange keys, ReturnKind how, Time not_before) {
  tries_.Count(keys, how == ReturnKind::kFailed);
  while (true) {
    const TryCounts::Piece piece = tries_.FirstPiece(keys);
    ReturnPiece(piece.keys, piece.tries, how, not_before);
    if (piece.keys.last == keys.last) return;
    keys.first = piece.keys.last + 1;
  }
}

void QueueState::ReturnPiece(KeyRange keys, const Tries& tries, ReturnKind how, Time not_before) {
  const uint32_t slack = Planted(PlantedBug::kDeliveryLimitOffByOne) ? 1 : 0;
  const std::optional<uint32_t> limit = config_.delivery_limit;
  const bool spent = limit.has_value() && tries.failed > uint64_t{*limit} + slack;
  const Span delay = RetryDelay(tries, how);
  const Time due = not_before > now_ ? not_before : After(now_, delay);
  if (!spent && due <= now_) {
    if (Planted(PlantedBug::kReturnLosesPlace)) {
      for (OrderKey key = keys.first; key <= keys.last; key = key + 1) {
        const OrderKey moved = messages_.Append(messages_.Get(key), now_);
        tries_.Put({.first = moved, .last = moved}, tries);
        tries_.Forget({.first = key, .last = key});
        messages_.Release({.first = key, .last = key});
        MakeReady({.first = moved, .last = moved});
      }
      return;
    }
    MakeReady(keys);
  }
  for (OrderKey key = keys.first; key <= keys.last; key = key + 1) {
    if (spent) {
      Die(key, DeathReason::kDeliveryLimit);
    } else if (due > now_) {
      retrying_tally_ += Count({.first = key, .last = key});
      retrying_.Add(key, due);
    } else {
      messages_.WatchExpiry(key);
    }
  }
}

Span QueueState::RetryDelay(const Tries& tries, ReturnKind how) const {
  const bool failed = how == ReturnKind::kFailed;
  const bool covered = config_.delayed_retry == DelayedRetry::kAll ||
                       (failed && config_.delayed_retry == DelayedRetry::kFailed) ||
                       (!failed && config_.delayed_retry == DelayedRetry::kReturned);
  if (!covered) return 0;
  const uint64_t times = std::max<uint64_t>(failed ? tries.failed : tries.acquired, 1);
  const Span min = config_.delayed_retry_min;
  const Span delay = min > UINT64_MAX / times ? UINT64_MAX : min * times;
  return std::min(delay, config_.delayed_retry_max.value_or(UINT64_MAX));
}

}  // namespace warren::queue
