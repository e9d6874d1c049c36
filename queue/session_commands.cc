// Sessions and consumers come and go.
#include <algorithm>

#include "queue/queue_state.h"

namespace warren::queue {

void QueueState::Tell(SessionEventKind kind, SessionId session, SessionEpoch epoch,
                      SessionNumber number) {
  effects_->sessions.push_back(
      {.kind = kind, .session = session, .epoch = epoch, .number = number});
}

void QueueState::Tell(ConsumerEventKind kind, ConsumerId consumer) {
  effects_->consumers.push_back({.kind = kind, .consumer = consumer});
}

Session* QueueState::Admit(const Stamp& stamp, bool* repeated) {
  Session* session = sessions_.Find(stamp.session);
  if (session == nullptr || stamp.epoch > session->epoch) {
    Tell(SessionEventKind::kUnknown, stamp.session, stamp.epoch, stamp.number);
    return nullptr;
  }
  if (stamp.epoch < session->epoch) {
    Tell(SessionEventKind::kFenced, stamp.session, session->epoch, stamp.number);
    return nullptr;
  }
  session->refusals.erase(session->refusals.begin(), session->refusals.upper_bound(stamp.answered));
  if (stamp.number > session->last + 1) {
    Tell(SessionEventKind::kGap, stamp.session, session->epoch, session->last + 1);
    return nullptr;
  }
  if (stamp.number <= session->last) {
    if (repeated == nullptr) return nullptr;
    *repeated = true;
    return session;
  }
  session->last = stamp.number;
  return session;
}

// ---- Sessions -----------------------------------------------------------------------------------

void QueueState::On(const AttachSession& command) {
  Session* session = sessions_.Find(command.session);
  if (session != nullptr && command.epoch <= session->epoch) {
    Tell(SessionEventKind::kFenced, command.session, session->epoch, SessionNumber());
    return;
  }
  if (session == nullptr) session = &sessions_.Open(command.session);
  session->epoch = command.epoch;
  sessions_.Trust(command.session);
  consumers_.SetTrusted(command.session, true);
  Tell(SessionEventKind::kAttached, command.session, session->epoch, session->last);

  absl::btree_map<ConsumerNumber, base::IntervalSet> held;
  for (const HeldKeys& keys : command.held) {
    base::IntervalSet& set = held[keys.consumer];
    for (const KeyRange& range : keys.keys) {
      if (range.last < range.first || range.last.value() > base::IntervalSet::kPositionMax)
        continue;
      set.InsertRange(range.first.value(), range.last.value());
    }
  }
  for (const ConsumerId id : consumers_.Of(command.session)) {
    SendAgain(*consumers_.Find(id), held[id.number]);
  }
  for (auto& [number, keys] : held) {
    const ConsumerId id{command.session, number};
    if (const Consumer* consumer = consumers_.Find(id)) keys.Subtract(consumer->leases.keys());
    for (const base::IntervalSet::Run& run : keys.Runs()) {
      effects_->lost.push_back({id, {OrderKey(run.first), OrderKey(run.last)}});
    }
  }
}

// What the consumer holds by our books, and does not know of.
void QueueState::SendAgain(Consumer& consumer, const base::IntervalSet& held) {
  base::IntervalSet unknown = consumer.leases.keys();
  unknown.Subtract(held);
  if (unknown.empty()) return;
  const uint32_t delivery = outbox_.Open(consumer.id, /*again=*/true);
  for (const base::IntervalSet::Run& run : unknown.Runs()) {
    const KeyRange keys{OrderKey(run.first), OrderKey(run.last)};
    Send(keys, delivery);
    consumer.leases.Renew(keys, now_);
  }
  consumers_.Update(consumer, config_);
}

void QueueState::On(const DetachSession& command) {
  const Session* session = sessions_.Find(command.session);
  if (session == nullptr) {
    Tell(SessionEventKind::kUnknown, command.session, command.epoch, SessionNumber());
  } else if (command.epoch < session->epoch) {
    Tell(SessionEventKind::kFenced, command.session, session->epoch, SessionNumber());
  } else {
    EndSession(command.session, SessionEventKind::kDetached, ReturnKind::kFailed);
  }
}

uint64_t QueueState::EndSession(SessionId id, SessionEventKind kind, ReturnKind how) {
  uint64_t returned = 0;
  const std::vector<ConsumerId> consumers = consumers_.Of(id);
  for (const ConsumerId each : consumers) {
    Consumer& consumer = *consumers_.Find(each);
    if (consumer.cancelled) continue;
    consumers_.Cancel(consumer);
    Tell(ConsumerEventKind::kCancelled, each);
    last_used_ = now_;
  }
  for (const ConsumerId each : consumers) {
    Consumer& consumer = *consumers_.Find(each);
    if (Planted(PlantedBug::kLeaseLeakedOnDetach) && !consumer.leases.empty()) {
      const OrderKey leaked = OrderKey(*consumer.leases.keys().First());
      scratch_ranges_.clear();
      consumer.leases.Take({.first = leaked, .last = leaked}, scratch_ranges_);
    }
    returned += consumer.leases.size();
    ReturnAll(consumer, how);
    consumers_.Remove(each);
  }
  const Session& session = *sessions_.Find(id);
  Tell(kind, id, session.epoch, session.last);
  consumers_.SetTrusted(id, true);
  sessions_.Close(id);
  UpdateActive();
  return returned;
}

void QueueState::On(const SuspectSession& command) {
  const Session* session = sessions_.Find(command.session);
  if (session == nullptr || session->IsSuspected()) return;
  sessions_.Suspect(command.session, now_);
  consumers_.SetTrusted(command.session, false);
}

void QueueState::On(const TrustSession& command) {
  const Session* session = sessions_.Find(command.session);
  if (session == nullptr || !session->IsSuspected()) return;
  sessions_.Trust(command.session);
  consumers_.SetTrusted(command.session, true);
}

// ---- Consumers ----------------------------------------------------------------------------------

void QueueState::On(const AttachConsumer& command) {
  const Session* session = Admit(command.stamp);
  if (session == nullptr) return;
  const ConsumerId id{command.stamp.session, command.consumer};
  if (command.consumer.IsNone() || consumers_.Find(id) != nullptr) {
    Tell(ConsumerEventKind::kRefusedInUse, id);
    return;
  }
  if (consumers_.HasExclusive() || (command.exclusive && consumers_.attached() > 0)) {
    Tell(ConsumerEventKind::kRefusedExclusive, id);
    return;
  }
  Consumer consumer;
  consumer.id = id;
  consumer.priority = command.priority;
  consumer.exclusive = command.exclusive;
  consumer.auto_settle = command.auto_settle;
  consumer.prefetch = command.prefetch;
  consumer.timeout = command.timeout;
  consumers_.Attach(std::move(consumer));
  last_used_ = now_;
  Tell(ConsumerEventKind::kAttached, id);
}

void QueueState::On(const CancelConsumer& command) {
  if (Admit(command.stamp) == nullptr) return;
  Consumer* consumer = consumers_.Find({command.stamp.session, command.consumer});
  if (consumer == nullptr || consumer->cancelled) return;
  consumers_.Cancel(*consumer);
  last_used_ = now_;
  Tell(ConsumerEventKind::kCancelled, consumer->id);
  ForgetIfDone(*consumer);
}

void QueueState::On(const GrantCredit& command) {
  if (Admit(command.stamp) == nullptr) return;
  Consumer* consumer = consumers_.Find({command.stamp.session, command.consumer});
  if (consumer == nullptr || consumer->cancelled || consumer->prefetch > 0) return;
  consumer->granted += command.credit;
  consumers_.Update(*consumer, config_);
  if (command.drain) drained_.push_back(consumer->id);
}

void QueueState::UpdateActive() {
  const Consumers::Change change = consumers_.UpdateActive(config_.single_active_consumer);
  if (change.inactive) Tell(ConsumerEventKind::kInactive, *change.inactive);
  if (change.active) Tell(ConsumerEventKind::kActive, *change.active);
}

}  // namespace warren::queue
