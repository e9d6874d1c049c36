// What the session knew and what the queue knows are made one.
#include <algorithm>
#include <utility>

#include "replication/session/session_impl.h"

namespace warren::replication {

// What the queue knows of the session is not what the session has been told.
bool Session::Impl::IsAnother(const AttachedSession& attached) const {
  return attached.number >= commands_.next() || attached.number < commands_.applied();
}

void Session::Impl::OnAttached(const AttachedSession& attached) {
  state_ = State::kAttached;
  attempts_ = 0;
  if (IsAnother(attached)) {
    SendDetach();
    End(absl::DataLossError("the queue has forgotten what it told this session"));
    return;
  }
  attached_at_ = attached.number;
  OnApplied(attached.number);
  if (config_.planted_bug == SessionPlantedBug::kPublishAppliedTwice) {
    PublishAgainUnderNewNumber(attached.number);
  }
  ReconcileGets(attached);
  ReconcileConsumers(attached);
  next_send_ = commands_.first();
}

void Session::Impl::ReconcileGets(const AttachedSession& attached) {
  const uint64_t unwanted = consumers_.Attached();
  uint64_t left = attached.got_again - std::min(attached.got_again, unwanted);
  // Those that were found and whose messages were on their way are among what is sent again.
  for (const bool found : {true, false}) {
    for (PendingGet& get : gets_) {
      if (get.number > attached.number || get.result.has_value() != found) continue;
      get.again = !get.auto_settle && left > 0;
      if (get.again) --left;
    }
  }
  std::erase_if(gets_, [&](const PendingGet& get) {
    if (get.number > attached.number || get.again) return false;
    events_.Got({.id = get.id, .kind = GetOutcome::Kind::kUnknown, .message = {}});
    return true;
  });
}

void Session::Impl::ReconcileConsumers(const AttachedSession& attached) {
  std::vector<ConsumerNumber> numbers;
  for (const auto& [number, consumer] : consumers_.all()) {
    if (!number.IsNone()) numbers.push_back(number);
  }
  for (const ConsumerNumber number : numbers) {
    const auto at =
        std::find_if(attached.consumers.begin(), attached.consumers.end(),
                     [number](const KnownConsumer& known) { return known.consumer == number; });
    Reconcile(number, at == attached.consumers.end() ? nullptr : &*at, attached.number);
  }
}

void Session::Impl::Reconcile(ConsumerNumber number, const KnownConsumer* known,
                              SessionNumber applied) {
  using Kind = queue::ConsumerEventKind;
  const BookedConsumer consumer = *consumers_.Find(number);
  if (consumer.attach > applied || consumer.cancelled) return;
  const bool was_cancelled = consumer.cancel != SessionNumber() && consumer.cancel <= applied;
  if (known == nullptr) {
    // If it was refused, that was for an exclusive one: numbers are the session's own affair.
    Kind kind = consumer.attached ? Kind::kTimedOut : Kind::kRefusedExclusive;
    if (was_cancelled) kind = Kind::kCancelled;
    OnConsumer({.consumer = number, .kind = kind});
    return;
  }
  OnConsumer({.consumer = number, .kind = Kind::kAttached});
  if (known->cancelled) {
    OnConsumer({.consumer = number, .kind = Kind::kCancelled});
    return;
  }
  OnConsumer({.consumer = number, .kind = known->active ? Kind::kActive : Kind::kInactive});
  if (consumer.drain != SessionNumber() && consumer.drain <= applied) {
    OnConsumer({.consumer = number, .kind = Kind::kDrained});
  }
  RepairCredit(number, *known);
}

// What was sent to a consumer that settles by itself and did not arrive is lost, which is what it
// asked for; the credit that it used is not.
void Session::Impl::RepairCredit(ConsumerNumber number, const KnownConsumer& known) {
  const BookedConsumer* consumer = consumers_.Find(number);
  if (consumer == nullptr || !consumer->auto_settle || consumer->prefetch > 0) return;
  uint64_t expected = known.credit;
  for (SessionNumber at = commands_.applied() + 1; at < commands_.next(); at = at + 1) {
    const UnresolvedCommand* command = commands_.Find(at);
    if (command != nullptr && command->consumer == number) expected += command->credit;
  }
  if (consumer->credit_left <= expected || closing_) return;
  const uint64_t lost = std::min<uint64_t>(consumer->credit_left - expected, UINT32_MAX);
  UnresolvedCommand command;
  command.consumer = number;
  command.credit = static_cast<uint32_t>(lost);
  Say(
      queue::GrantCredit{
          .stamp = {}, .consumer = number, .credit = static_cast<uint32_t>(lost), .drain = false},
      std::move(command));
}

// The planted bug.
void Session::Impl::PublishAgainUnderNewNumber(SessionNumber applied) {
  for (SessionNumber at = commands_.first(); at <= applied; at = at + 1) {
    const UnresolvedCommand* command = commands_.Find(at);
    if (command == nullptr || !command->IsPublish() || command->answered) continue;
    UnresolvedCommand moved = *command;
    commands_.Answer(at);
    moved.epoch = {};
    moved.answered = false;
    commands_.Push(std::move(moved));
  }
  commands_.DropDone();
}

}  // namespace warren::replication
