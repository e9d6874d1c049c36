// What each command says.
#include <algorithm>

#include "chaos/queue_model/key_ranges.h"
#include "chaos/queue_model/model.h"

namespace warren::queue_model {

using queue::ConsumerEventKind;
using queue::Refusal;
using queue::SessionEventKind;
using queue::Verdict;
using Standing = Sessions::Standing;

// ---- Messages come
// -------------------------------------------------------------------------------

namespace {

Priority LevelOf(std::optional<Priority> wanted, const QueueConfig& config) {
  if (config.max_priority.has_value()) return std::min(wanted.value_or(0), *config.max_priority);
  return std::min<Priority>(wanted.value_or(4), 31);
}

}  // namespace

void Model::Do(const queue::Publish& command) {
  const Standing standing = sessions_.Admit(command.stamp, *effects_);
  if (standing == Standing::kRefused) return;
  Session& session = *sessions_.Find(command.stamp.session);
  queue::PublishResult result{.session = command.stamp.session, .number = command.stamp.number};
  if (standing == Standing::kNext) {
    for (uint32_t slot = 0; slot < command.messages.size(); ++slot) {
      const Reception reception = Receive(command.messages[slot], {.entry = index_, .slot = slot});
      if (reception.duplicate) ++result.duplicates;
      if (reception.refusal != Refusal::kNone) {
        session.refusals[command.stamp.number].push_back(
            {.slot = slot, .reason = reception.refusal});
      }
    }
  }
  const auto refusals = session.refusals.find(command.stamp.number);
  if (refusals != session.refusals.end()) effects_->refused = refusals->second;
  result.refused = static_cast<uint32_t>(effects_->refused.size());
  effects_->published.push_back(result);
}

Model::Reception Model::Receive(const queue::NewMessage& message, Position position) {
  if (message.producer.has_value()) {
    const auto verdict = producers_.Judge(*message.producer, config_.producers, now_);
    if (verdict.refusal != Refusal::kNone) return {.refusal = verdict.refusal};
    if (verdict.duplicate) return {.duplicate = true};
  }
  const std::string_view id = message.deduplication_id.view();
  if (config_.deduplication.has_value() && !id.empty() && deduplication_.Knows(id)) {
    return {.duplicate = true};
  }
  if (message.delay == 0 && RefuseForLength(message, position)) {
    return {.refusal = Refusal::kLength};
  }
  if (message.producer.has_value()) producers_.Stored(*message.producer, config_.producers);
  if (!id.empty()) deduplication_.Remember(id, config_.deduplication, now_);
  Store(message, position);
  return {};
}

bool Model::RefuseForLength(const queue::NewMessage& message, Position position) {
  if (config_.overflow == queue::Overflow::kDropHead) return false;
  if (IsWithinLimits(1, message.size)) return false;
  Serve();
  if (IsWithinLimits(1, message.size)) return false;
  ++effects_->departures.max_length;
  const bool is_told = config_.overflow == queue::Overflow::kRejectPublishDlx &&
                       config_.dead_letter != queue::DeadLetterStrategy::kNone;
  if (is_told) {
    effects_->dead_letters.push_back(
        {.key = OrderKey(0), .position = position, .reason = DeathReason::kMaxLength});
  }
  return true;
}

void Model::Store(const queue::NewMessage& message, Position position) {
  Message stored{.position = position,
                 .level = LevelOf(message.priority, config_),
                 .size = message.size,
                 .persistent = message.persistent,
                 .accepted = now_};
  const Time available = Later(now_, message.delay);
  if (message.ttl.has_value() || config_.message_ttl.has_value()) {
    stored.expires = Later(available, std::min(message.ttl.value_or(UINT64_MAX),
                                               config_.message_ttl.value_or(UINT64_MAX)));
  }
  if (message.delay == 0) {
    messages_.Add(stored);
  } else {
    messages_.Delay({.due = available, .message = stored});
  }
}

// ---- Sessions and consumers come and go
// ----------------------------------------------------------

void Model::Do(const queue::AttachSession& command) {
  Session* const known = sessions_.Find(command.session);
  if (known != nullptr && command.epoch <= known->epoch) {
    effects_->sessions.push_back({.kind = SessionEventKind::kFenced,
                                  .session = command.session,
                                  .epoch = known->epoch,
                                  .number = {}});
    return;
  }
  Session& session = sessions_.all()[command.session];
  session.epoch = command.epoch;
  session.suspected_since.reset();
  effects_->sessions.push_back({.kind = SessionEventKind::kAttached,
                                .session = command.session,
                                .epoch = session.epoch,
                                .number = session.last});
  std::map<ConsumerId, std::vector<KeyRange>> held;
  for (const ConsumerId id : consumers_.IdsOf(command.session)) held[id];
  for (const queue::HeldKeys& one : command.held) {
    auto& keys = held[{.session = command.session, .number = one.consumer}];
    keys.insert(keys.end(), one.keys.begin(), one.keys.end());
  }
  for (const auto& [id, keys] : held) Compare(id, keys);
}

// What a session says that a consumer holds, with our books.
void Model::Compare(ConsumerId id, const std::vector<KeyRange>& held) {
  Consumer* const consumer = consumers_.Find(id);
  std::vector<OrderKey> ours;
  if (consumer != nullptr) {
    for (auto& [key, since] : consumer->leases) {
      ours.push_back(key);
      if (Includes(held, key)) continue;
      since = now_;
      deliveries_.AddAgain(id, key, messages_.At(key));
    }
  }
  for (const KeyRange& range : Without(held, ours)) {
    effects_->lost.push_back({.consumer = id, .keys = range});
  }
}

void Model::Do(const queue::DetachSession& command) {
  const Session* const session = sessions_.Find(command.session);
  if (session == nullptr) {
    effects_->sessions.push_back({.kind = SessionEventKind::kUnknown,
                                  .session = command.session,
                                  .epoch = command.epoch,
                                  .number = {}});
  } else if (command.epoch < session->epoch) {
    effects_->sessions.push_back({.kind = SessionEventKind::kFenced,
                                  .session = command.session,
                                  .epoch = session->epoch,
                                  .number = {}});
  } else {
    EndSession(command.session, Back::kFailed, SessionEventKind::kDetached);
  }
}

void Model::Do(const queue::SuspectSession& command) {
  Session* const session = sessions_.Find(command.session);
  if (session == nullptr || session->suspected_since.has_value()) return;
  session->suspected_since = now_;
}

void Model::Do(const queue::TrustSession& command) {
  Session* const session = sessions_.Find(command.session);
  if (session != nullptr) session->suspected_since.reset();
}

void Model::Do(const queue::AttachConsumer& command) {
  if (sessions_.Admit(command.stamp, *effects_) != Standing::kNext) return;
  const ConsumerId id{.session = command.stamp.session, .number = command.consumer};
  const auto tell = [&](ConsumerEventKind kind) {
    effects_->consumers.push_back({.kind = kind, .consumer = id});
  };
  if (id.number.IsNone() || consumers_.Find(id) != nullptr) {
    return tell(ConsumerEventKind::kRefusedInUse);
  }
  const bool is_refused =
      consumers_.HasExclusive() || (command.exclusive && consumers_.CountLive() > 0);
  if (is_refused) return tell(ConsumerEventKind::kRefusedExclusive);
  consumers_.Attach(command);
  NoteUse();
  tell(ConsumerEventKind::kAttached);
}

void Model::Do(const queue::CancelConsumer& command) {
  if (sessions_.Admit(command.stamp, *effects_) != Standing::kNext) return;
  const ConsumerId id{.session = command.stamp.session, .number = command.consumer};
  Consumer* const consumer = consumers_.Find(id);
  if (consumer == nullptr || consumer->cancelled) return;
  Cancel(*consumer, ConsumerEventKind::kCancelled);
  consumers_.ForgetIfGone(id);
}

void Model::Do(const queue::GrantCredit& command) {
  if (sessions_.Admit(command.stamp, *effects_) != Standing::kNext) return;
  Consumer* const consumer =
      consumers_.Find({.session = command.stamp.session, .number = command.consumer});
  if (consumer == nullptr || consumer->cancelled || consumer->prefetch > 0) return;
  consumer->credit += command.credit;
  consumer->draining = command.drain;
}

// ---- Messages go
// ---------------------------------------------------------------------------------

bool Model::MayGet() const { return !config_.single_active_consumer && !consumers_.HasExclusive(); }

void Model::Do(const queue::Get& command) {
  if (sessions_.Admit(command.stamp, *effects_) != Standing::kNext) return;
  NoteUse();
  std::optional<OrderKey> key;
  if (MayGet()) key = TakeNext();
  if (key.has_value()) {
    Consumer& holder = consumers_.OfSession(command.stamp.session);
    HandTo(holder, *key, command.auto_settle);
    consumers_.ForgetIfGone(holder.id);
  }
  effects_->gets.push_back({.session = command.stamp.session,
                            .number = command.stamp.number,
                            .found = key.has_value(),
                            .ready_left = messages_.ready_count()});
}

void Model::Do(const queue::Settle& command) {
  if (sessions_.Admit(command.stamp, *effects_) != Standing::kNext) return;
  for (const queue::Settlement& settlement : command.settlements) {
    const ConsumerId id{.session = command.stamp.session, .number = settlement.consumer};
    Consumer* const consumer = consumers_.Find(id);
    if (consumer == nullptr) continue;
    std::vector<OrderKey> keys;
    for (const auto& [key, since] : consumer->leases) {
      if (Includes({settlement.keys}, key)) keys.push_back(key);
    }
    for (const OrderKey key : keys) {
      consumer->leases.erase(key);
      Pronounce(settlement, key);
    }
    consumers_.ForgetIfGone(id);
  }
}

void Model::Pronounce(const queue::Settlement& settlement, OrderKey key) {
  switch (settlement.verdict) {
    case Verdict::kSettle:
      ++effects_->departures.settled;
      return messages_.Free(key);
    case Verdict::kReturn:
      return Return(key, Back::kReturned, settlement.not_before);
    case Verdict::kFail:
      return Return(key, Back::kFailed, settlement.not_before);
    case Verdict::kDeadLetter:
      return Die(key, DeathReason::kRejected);
  }
}

void Model::Do(const queue::ConfirmDeadLetters& command) {
  for (const Letter& letter : dead_letters_.Unanswered()) {
    if (!Includes(command.confirmed, letter.key)) continue;
    ++effects_->departures.dead_letters_confirmed;
    dead_letters_.Erase(letter.key);
    messages_.Free(letter.key);
  }
  for (const Letter& letter : dead_letters_.Unanswered()) {
    if (Includes(command.refused, letter.key)) dead_letters_.Refuse(letter.key, config_, now_);
  }
}

void Model::Do(const queue::ResendDeadLetters&) {
  for (const Letter& letter : dead_letters_.Unanswered()) Tell(letter, true);
}

// ---- The queue as a whole
// ------------------------------------------------------------------------

void Model::Do(const queue::Configure& command) {
  if (!command.config.Validate().ok()) return;
  config_ = command.config;
  deduplication_.Configure(config_.deduplication);
  const queue::DeadLetterStrategy strategy = StrategyOf(config_);
  if (strategy == queue::DeadLetterStrategy::kAtLeastOnce) return;
  for (const Letter& letter : dead_letters_.TakeAll()) {
    if (strategy == queue::DeadLetterStrategy::kAtMostOnce) Tell(letter, false);
    messages_.Free(letter.key);
  }
}

void Model::Do(const queue::Purge& command) {
  for (const OrderKey key : messages_.Ready()) {
    messages_.Free(key);
    ++effects_->departures.purged;
  }
  if (!command.delayed) return;
  while (!messages_.delayed().empty()) {
    messages_.FreeDelayed(messages_.delayed().begin()->first);
    ++effects_->departures.purged;
  }
}

void Model::Do(const queue::CancelDelayed& command) {
  for (const DelayKey key : command.keys) {
    effects_->cancelled_delayed += messages_.FreeDelayed(key) ? 1 : 0;
  }
}

void Model::Do(const queue::Remove& command) {
  if (command.if_unused && !IsUnused()) {
    effects_->remove = queue::RemoveResult::kInUse;
    return;
  }
  if (command.if_empty && messages_.ready_count() > 0) {
    effects_->remove = queue::RemoveResult::kNotEmpty;
    return;
  }
  messages_.FreeAll();
  dead_letters_.TakeAll();
  sessions_.all().clear();
  consumers_.Clear();
  producers_ = {};
  deduplication_ = {};
  removed_ = true;
  effects_->Clear();  // Nothing else that happened in this Apply matters any more.
  effects_->remove = queue::RemoveResult::kRemoved;
  effects_->freed_more = true;
}

void Model::Do(const queue::Touch&) { NoteUse(); }

void Model::Do(const queue::MoveSurvivors& command) {
  for (uint32_t slot = 0; slot < command.from.size(); ++slot) {
    messages_.Move(command.from[slot], {.entry = index_, .slot = slot});
  }
}

}  // namespace warren::queue_model
