// What the leader says.
#include <algorithm>
#include <utility>

#include "replication/session/queue_entry.h"
#include "replication/session/session_impl.h"

namespace warren::replication {
namespace {

constexpr uint32_t kDamagedMax = 8;  // In a row: then it is no accident.

}  // namespace

void Session::Impl::OnMessage(NodeId from, SessionMessage&& message) {
  if (state_ == State::kEnded || state_ == State::kWaiting || from != target_) return;
  if (auto* outcome = std::get_if<Outcome>(&message)) {
    if (outcome->session == id_ && outcome->epoch == epoch_) OnOutcome(std::move(*outcome));
  } else if (const auto* refused = std::get_if<SessionRefused>(&message)) {
    if (refused->session == id_ && refused->epoch == epoch_) OnRefused(from, *refused);
  }
}

// ---- Refusals -----------------------------------------------------------------------------------

void Session::Impl::OnRefused(NodeId from, const SessionRefused& refused) {
  switch (refused.why) {
    case SessionRefusal::kNotLeader:
      if (refused.leader.IsNone() || refused.leader == from) {
        AttachNext();
      } else {
        AttachAgain(refused.leader);
      }
      return;
    case SessionRefusal::kBusy:
      if (state_ == State::kAttaching) {
        AttachLater(from, std::max(refused.retry_after, Delay()));
      } else if (refused.number < next_send_ && refused.number >= commands_.first()) {
        next_send_ = refused.number;
        hold_until_ = host_->Now() + refused.retry_after;
        owed_until_.reset();
      }
      return;
    case SessionRefusal::kGap:
      if (state_ != State::kAttached || refused.number >= next_send_) return;
      if (refused.number < commands_.first()) {
        AttachAgain(from);  // It waits for what we took for done.
      } else {
        next_send_ = refused.number;
      }
      return;
    case SessionRefusal::kAttachFirst:
      if (state_ == State::kAttached) AttachAgain(from);
      return;
    case SessionRefusal::kGone:
      return End(absl::NotFoundError("the queue is gone for ever"));
    case SessionRefusal::kDamaged:
      if (++damaged_ > kDamagedMax) {
        End(absl::InternalError("the leader does not take what this session sends"));
      } else {
        AttachLater(from, Delay());
      }
      return;
  }
}

// ---- Outcomes -----------------------------------------------------------------------------------

void Session::Impl::OnOutcome(Outcome&& outcome) {
  if (outcome.sequence == 0) {  // Of an attempt to attach that failed.
    OnFate(outcome.fate, true);
    return;
  }
  if (outcome.sequence != next_sequence_ ||
      (state_ == State::kAttaching) == outcome.attached.empty()) {
    if (outcome.sequence >= next_sequence_) AttachAgain(target_);  // Something was lost.
    return;
  }
  ++next_sequence_;
  damaged_ = 0;
  owed_until_.reset();
  if (outcome.attached.empty()) {
    silences_ = 0;
  } else {
    OnAttached(outcome.attached.front());
  }
  if (state_ != State::kAttached) return;
  OnApplied(outcome.applied);
  for (const PublishAnswer& answer : outcome.published) OnPublished(answer);
  commands_.DropDone();
  for (const ConsumerNews& news : outcome.consumers) OnConsumer(news);
  for (const LostKeys& lost : outcome.lost) {
    consumers_.Lose(lost.consumer, lost.keys,
                    [&](queue::KeyRange keys) { events_.Lost(lost.consumer, keys); });
  }
  for (const GotResult& got : outcome.gets) OnGot(got);
  for (DeliveredMessages& delivered : outcome.deliveries) OnDelivered(std::move(delivered));
  if (said_no_ && CanPublish()) {
    said_no_ = false;
    events_.Room();
  }
  if (outcome.fate != SessionFate::kGoesOn) OnFate(outcome.fate, false);
}

void Session::Impl::OnFate(SessionFate fate, bool attaching) {
  if (fate == SessionFate::kGoesOn) return;
  if (fate == SessionFate::kFenced) {
    AttachAgain(target_);  // By an attempt of ours that we had given up.
  } else if (detaching_ || (closing_ && commands_.empty() && gets_.empty())) {
    End(absl::OkStatus());  // It had been closed before, and we had not heard of it.
  } else if (attaching && !has_sent_) {
    End(absl::NotFoundError("the queue has been deleted"));
  } else {
    End(absl::AbortedError("the queue has given the session up, or has been deleted"));
  }
}

void Session::Impl::OnApplied(SessionNumber number) {
  if (number >= commands_.next()) return;
  commands_.Apply(number, [this](SessionNumber, UnresolvedCommand& command) {
    if (!command.settled.empty()) consumers_.Settled(command.settled);
  });
}

void Session::Impl::OnPublished(const PublishAnswer& answer) {
  const UnresolvedCommand* command = commands_.Find(answer.number);
  if (command == nullptr || !commands_.Answer(answer.number)) return;
  unresolved_bytes_ -= command->bytes;
  unresolved_messages_ -= command->messages;
  const uint64_t first = command->first_message;
  uint32_t at = 0;
  const auto confirm = [&](uint32_t end) {
    if (end <= at) return;
    events_.Published({.first = PublishId(first + at), .last = PublishId(first + end - 1)});
    at = end;
  };
  for (const queue::RefusedMessage& refused : answer.refused) {
    if (refused.slot < at || refused.slot >= command->messages) continue;
    confirm(refused.slot);
    events_.Published({.first = PublishId(first + at),
                       .last = PublishId(first + at),
                       .kind = PublishOutcome::Kind::kRefused,
                       .reason = refused.reason});
    ++at;
  }
  confirm(command->messages);
}

void Session::Impl::OnConsumer(const ConsumerNews& news) {
  BookedConsumer* consumer = consumers_.Find(news.consumer);
  if (consumer == nullptr || news.consumer.IsNone()) return;
  switch (news.kind) {
    case queue::ConsumerEventKind::kAttached:
      if (std::exchange(consumer->attached, true)) return;
      break;
    case queue::ConsumerEventKind::kRefusedExclusive:
    case queue::ConsumerEventKind::kRefusedInUse:
    case queue::ConsumerEventKind::kCancelled:
      if (std::exchange(consumer->cancelled, true)) return;
      break;
    case queue::ConsumerEventKind::kTimedOut:
      consumer->cancelled = true;
      consumer->held.Clear();
      consumer->settling.Clear();
      consumer->returning.Clear();
      break;
    case queue::ConsumerEventKind::kActive:
      if (std::exchange(consumer->active, true)) return;
      break;
    case queue::ConsumerEventKind::kInactive:
      if (!std::exchange(consumer->active, false)) return;
      break;
    case queue::ConsumerEventKind::kDrained:
      consumer->drain = {};
      consumer->credit_left = 0;
      break;
  }
  consumers_.EraseIfIdle(news.consumer);
  events_.Consumer(news.consumer, news.kind);
}

// ---- Deliveries ---------------------------------------------------------------------------------

void Session::Impl::OnDelivered(DeliveredMessages&& delivered) {
  if (delivered.consumer.IsNone()) {
    for (DeliveredMessage& message : delivered.messages) {
      OnGotMessage(delivered.again, std::move(message));
    }
    return;
  }
  if (closing_) return;  // It goes back when the session is over.
  if (consumers_.Find(delivered.consumer) == nullptr) {
    for (const DeliveredMessage& message : delivered.messages) {
      GiveBack(delivered.consumer, message.key);
    }
    return;
  }
  const bool again =
      delivered.again && config_.planted_bug != SessionPlantedBug::kLeaseLostOnAttach;
  consumers_.Deliver(delivered.consumer, again, delivered.messages);
  if (delivered.messages.empty()) return;
  events_.Delivered(delivered.consumer, std::move(delivered.messages));
}

// Sent again, and nobody wants it any more: to a consumer that was cancelled and held nothing as
// far as its user knew, or for a Get whose outcome has been told to be unknown.
void Session::Impl::GiveBack(ConsumerNumber consumer, OrderKey key) {
  settles_.push_back({.consumer = consumer,
                      .verdict = queue::Verdict::kReturn,
                      .keys = {.first = key, .last = key},
                      .not_before = {}});
}

void Session::Impl::OnGot(const GotResult& got) {
  const auto at = std::find_if(gets_.begin(), gets_.end(),
                               [&got](const PendingGet& get) { return get.number == got.number; });
  if (at == gets_.end()) return;
  at->result = got;
  if (got.found) return;
  events_.Got({.id = at->id,
               .kind = GetOutcome::Kind::kEmpty,
               .message = {},
               .ready_left = got.ready_left});
  gets_.erase(at);
}

void Session::Impl::OnGotMessage(bool again, DeliveredMessage&& message) {
  if (again) {
    std::vector<DeliveredMessage> one = {message};
    consumers_.Deliver(ConsumerNumber(), true, one);
    if (one.empty()) return;
  }
  const auto matches = [&](const PendingGet& get) {
    if (get.result.has_value() && get.result->key == message.key) return true;
    return again && get.again && !get.result.has_value();
  };
  const auto at = std::find_if(gets_.begin(), gets_.end(), matches);
  if (at == gets_.end()) {
    GiveBack(ConsumerNumber(), message.key);
    return;
  }
  if (!at->auto_settle && !again) {
    std::vector<DeliveredMessage> one = {message};
    consumers_.Deliver(ConsumerNumber(), false, one);
  }
  events_.Got({.id = at->id,
               .kind = GetOutcome::Kind::kFound,
               .message = std::move(message),
               .ready_left = at->result ? at->result->ready_left : 0});
  gets_.erase(at);
}

}  // namespace warren::replication
