#include "queue/testing/machine_fixture.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::queue::testing {
namespace {

NewMessage ToNew(const Message& message) {
  return {.priority = message.priority,
          .ttl = message.ttl,
          .delay = message.delay,
          .size = message.size,
          .persistent = message.persistent,
          .producer = message.producer,
          .deduplication_id = base::Bytes::Copy(message.id)};
}

// Ascending and apart, as commands have them.
std::vector<KeyRange> ToRanges(Keys keys) {
  std::sort(keys.begin(), keys.end());
  std::vector<KeyRange> ranges;
  for (const uint64_t key : keys) {
    if (!ranges.empty() && ranges.back().last + 1 == OrderKey(key)) {
      ranges.back().last = OrderKey(key);
    } else {
      ranges.push_back({OrderKey(key), OrderKey(key)});
    }
  }
  return ranges;
}

void Append(KeyRange range, Keys& keys) {
  for (OrderKey key = range.first; key <= range.last; key = key + 1) keys.push_back(key.value());
}

}  // namespace

ProducerStamp From(std::string_view producer, uint64_t sequence, uint64_t epoch, uint64_t floor) {
  return {.producer = base::Bytes::Copy(producer),
          .epoch = epoch,
          .sequence = sequence,
          .floor = floor};
}

bool AreSame(const Effects& a, const Effects& b) {
  return a.published == b.published && a.refused == b.refused && a.sessions == b.sessions &&
         a.consumers == b.consumers && a.lost == b.lost && a.deliveries == b.deliveries &&
         a.delivered == b.delivered && a.gets == b.gets && a.dead_letters == b.dead_letters &&
         a.freed == b.freed && a.freed_more == b.freed_more && a.departures == b.departures &&
         a.cancelled_delayed == b.cancelled_delayed && a.remove == b.remove && a.depth == b.depth &&
         a.queue_expired == b.queue_expired;
}

MachineFixture::MachineFixture(const QueueConfig& config) : machine_(config) {}

const Effects& MachineFixture::Apply(const Command& command) {
  index_ = index_ + 1;
  Machine twin = Restored();
  machine_.Apply(index_, now_, command, effects_);
  Effects twins;
  twin.Apply(index_, now_, command, twins);
  WARREN_CHECK(AreSame(effects_, twins));
  WARREN_CHECK(twin.Digest() == machine_.Digest());
  TakeIn();
  machine_.CheckInvariants();
  CheckBooks();
  return effects_;
}

Stamp MachineFixture::Next(SessionId session) {
  if (!sessions_.contains(session)) Open(session);
  Conversation& conversation = sessions_.at(session);
  conversation.last = conversation.last + 1;
  return {
      .session = session, .epoch = conversation.epoch, .number = conversation.last, .answered = {}};
}

// ---- Messages come ------------------------------------------------------------------------------

const Effects& MachineFixture::Publish(const std::vector<Message>& messages) {
  queue::Publish publish{.stamp = Next(kPublisher), .messages = {}};
  for (const Message& message : messages) publish.messages.push_back(ToNew(message));
  return Apply(publish);
}

const Effects& MachineFixture::PublishMany(size_t count) {
  while (count > 0) {
    const size_t batch = std::min<size_t>(count, kSlotsMax);
    Publish(std::vector<Message>(batch));
    count -= batch;
  }
  return effects_;
}

// ---- Sessions -----------------------------------------------------------------------------------

const Effects& MachineFixture::Open(SessionId session) { return OpenAgain(session); }

const Effects& MachineFixture::OpenAgain(SessionId session, const std::vector<HeldKeys>& held) {
  Conversation& conversation = sessions_[session];
  conversation.epoch = conversation.epoch + 1;
  return Apply(AttachSession{.session = session, .epoch = conversation.epoch, .held = held});
}

const Effects& MachineFixture::OpenAgain(SessionId session) {
  std::vector<HeldKeys> held;
  for (const auto& [consumer, keys] : held_) {
    if (consumer.session == session) held.push_back({consumer.number, ToRanges(keys)});
  }
  return OpenAgain(session, held);
}

const Effects& MachineFixture::Detach(SessionId session) {
  return Apply(DetachSession{.session = session, .epoch = sessions_.at(session).epoch});
}

const Effects& MachineFixture::Suspect(SessionId session) { return Apply(SuspectSession{session}); }
const Effects& MachineFixture::Trust(SessionId session) { return Apply(TrustSession{session}); }

// ---- Consumers ----------------------------------------------------------------------------------

const Effects& MachineFixture::Attach(ConsumerId consumer, const ConsumerOptions& options) {
  const Stamp stamp = Next(consumer.session);
  if (options.auto_settle) auto_settling_.insert(consumer);
  return Apply(AttachConsumer{.stamp = stamp,
                              .consumer = consumer.number,
                              .priority = options.priority,
                              .exclusive = options.exclusive,
                              .auto_settle = options.auto_settle,
                              .prefetch = options.prefetch,
                              .timeout = options.timeout});
}

const Effects& MachineFixture::Cancel(ConsumerId consumer) {
  return Apply(CancelConsumer{.stamp = Next(consumer.session), .consumer = consumer.number});
}

const Effects& MachineFixture::Grant(ConsumerId consumer, uint32_t credit) {
  return Apply(
      GrantCredit{.stamp = Next(consumer.session), .consumer = consumer.number, .credit = credit});
}

const Effects& MachineFixture::Drain(ConsumerId consumer, uint32_t credit) {
  return Apply(GrantCredit{.stamp = Next(consumer.session),
                           .consumer = consumer.number,
                           .credit = credit,
                           .drain = true});
}

const Effects& MachineFixture::SettleAs(ConsumerId consumer, Verdict verdict, const Keys& keys,
                                        Time not_before) {
  queue::Settle settle{.stamp = Next(consumer.session), .settlements = {}};
  for (const KeyRange& range : ToRanges(keys)) {
    settle.settlements.push_back(
        {.consumer = consumer.number, .verdict = verdict, .keys = range, .not_before = not_before});
  }
  // The books first: what comes back may be delivered to the same consumer in the same Apply.
  for (const uint64_t key : keys) Drop(consumer, key);
  return Apply(settle);
}

const Effects& MachineFixture::Settle(ConsumerId consumer, const Keys& keys) {
  return SettleAs(consumer, Verdict::kSettle, keys, Time());
}
const Effects& MachineFixture::Return(ConsumerId consumer, const Keys& keys, Time not_before) {
  return SettleAs(consumer, Verdict::kReturn, keys, not_before);
}
const Effects& MachineFixture::Fail(ConsumerId consumer, const Keys& keys, Time not_before) {
  return SettleAs(consumer, Verdict::kFail, keys, not_before);
}
const Effects& MachineFixture::Reject(ConsumerId consumer, const Keys& keys) {
  return SettleAs(consumer, Verdict::kDeadLetter, keys, Time());
}

std::optional<uint64_t> MachineFixture::Get(SessionId session, bool auto_settle) {
  const ConsumerId taker{session, ConsumerNumber()};
  const Stamp stamp = Next(session);
  if (auto_settle) auto_settling_.insert(taker);
  Apply(queue::Get{.stamp = stamp, .auto_settle = auto_settle});
  auto_settling_.erase(taker);
  WARREN_CHECK(effects_.gets.size() == 1);
  if (!effects_.gets[0].found) return std::nullopt;
  return got_.at(taker).back();
}

// ---- Dead letters -------------------------------------------------------------------------------

const Effects& MachineFixture::ConfirmDeadLetters(const Keys& keys) {
  return Apply(queue::ConfirmDeadLetters{.confirmed = ToRanges(keys), .refused = {}});
}
const Effects& MachineFixture::RefuseDeadLetters(const Keys& keys) {
  return Apply(queue::ConfirmDeadLetters{.confirmed = {}, .refused = ToRanges(keys)});
}

// ---- Time, and the queue as a whole -------------------------------------------------------------

const Effects& MachineFixture::Pass(Span span) {
  PassQuietly(span);
  return Apply(Tick{});
}

const Effects& MachineFixture::Configure(const QueueConfig& config) {
  return Apply(queue::Configure{config});
}

Machine MachineFixture::Restored() const {
  absl::StatusOr<Machine> restored = Machine::Restore(machine_.TakeSnapshot().Serialize());
  WARREN_CHECK(restored.ok());
  restored->CheckInvariants();
  WARREN_CHECK(restored->Digest() == machine_.Digest());
  return std::move(*restored);
}

void MachineFixture::Restore() {
  machine_ = Restored();
  CheckBooks();
}

// ---- What is seen -------------------------------------------------------------------------------

Keys MachineFixture::Holds(ConsumerId consumer) const {
  const auto at = held_.find(consumer);
  return at == held_.end() ? Keys() : at->second;
}

Keys MachineFixture::Got(ConsumerId consumer) const {
  const auto at = got_.find(consumer);
  return at == got_.end() ? Keys() : at->second;
}

Keys MachineFixture::In(MessageState state) const {
  Keys keys;
  const ListRequest all{
      .from = {}, .state = state, .priority = std::nullopt, .messages_max = SIZE_MAX};
  for (const MessageView& view : machine_.ListMessages(all)) keys.push_back(view.key.value());
  return keys;
}

Keys MachineFixture::Ready() const {
  Keys keys;
  while (const std::optional<MessageView> view = machine_.Peek(keys.size())) {
    keys.push_back(view->key.value());
  }
  return keys;
}

std::optional<MessageView> MachineFixture::Find(uint64_t key) const {
  const ListRequest one{
      .from = OrderKey(key), .state = std::nullopt, .priority = std::nullopt, .messages_max = 1};
  const std::vector<MessageView> views = machine_.ListMessages(one);
  if (views.empty() || views[0].key != OrderKey(key)) return std::nullopt;
  return views[0];
}

bool MachineFixture::IsActive(ConsumerId consumer) const {
  const std::vector<ConsumerView> all = machine_.ListConsumers();
  return std::any_of(all.begin(), all.end(), [&](const ConsumerView& view) {
    return view.consumer == consumer && view.active;
  });
}

Keys MachineFixture::Sent(ConsumerId consumer) const {
  Keys keys;
  for (const Delivery& delivery : effects_.deliveries) {
    if (delivery.consumer != consumer) continue;
    for (uint32_t i = 0; i < delivery.ranges; ++i) {
      Append(effects_.delivered.at(delivery.first_range + i).keys, keys);
    }
  }
  return keys;
}

Keys MachineFixture::DeadLetters() const {
  Keys keys;
  for (const DeadLetter& letter : effects_.dead_letters) keys.push_back(letter.key.value());
  return keys;
}

std::vector<Refusal> MachineFixture::Refusals() const {
  std::vector<Refusal> reasons;
  for (const RefusedMessage& refused : effects_.refused) reasons.push_back(refused.reason);
  return reasons;
}

bool MachineFixture::Told(ConsumerEventKind kind, ConsumerId consumer) const {
  const ConsumerEvent event{.kind = kind, .consumer = consumer};
  return std::count(effects_.consumers.begin(), effects_.consumers.end(), event) == 1;
}

bool MachineFixture::Told(SessionEventKind kind, SessionId session) const {
  return std::any_of(
      effects_.sessions.begin(), effects_.sessions.end(),
      [&](const SessionEvent& event) { return event.kind == kind && event.session == session; });
}

// ---- Books --------------------------------------------------------------------------------------

void MachineFixture::Drop(ConsumerId consumer, uint64_t key) {
  const auto at = held_.find(consumer);
  if (at != held_.end()) std::erase(at->second, key);
}

// Leases end before anything is delivered, so the order is: ends, then deliveries.
void MachineFixture::TakeIn() {
  for (const SessionEvent& event : effects_.sessions) {
    const bool ended =
        event.kind == SessionEventKind::kDetached || event.kind == SessionEventKind::kTimedOut;
    if (!ended) continue;
    sessions_.erase(event.session);
    std::erase_if(held_, [&](const auto& each) { return each.first.session == event.session; });
  }
  for (const ConsumerEvent& event : effects_.consumers) {
    if (event.kind == ConsumerEventKind::kTimedOut) held_.erase(event.consumer);
  }
  for (const LostLeases& lost : effects_.lost) {
    Keys keys;
    Append(lost.keys, keys);
    for (const uint64_t key : keys) Drop(lost.consumer, key);
  }
  if (effects_.remove == RemoveResult::kRemoved) held_.clear();
  for (const Delivery& delivery : effects_.deliveries) {
    Keys keys;
    for (uint32_t i = 0; i < delivery.ranges; ++i) {
      Append(effects_.delivered.at(delivery.first_range + i).keys, keys);
    }
    Keys& got = got_[delivery.consumer];
    got.insert(got.end(), keys.begin(), keys.end());
    if (delivery.again || auto_settling_.contains(delivery.consumer)) continue;
    Keys& held = held_[delivery.consumer];
    held.insert(held.end(), keys.begin(), keys.end());
  }
}

void MachineFixture::CheckBooks() const {
  std::map<ConsumerId, Keys> leased;
  const ListRequest all{.from = {},
                        .state = MessageState::kLeased,
                        .priority = std::nullopt,
                        .messages_max = SIZE_MAX};
  for (const MessageView& view : machine_.ListMessages(all)) {
    leased[view.consumer.value()].push_back(view.key.value());
  }
  std::map<ConsumerId, Keys> held = held_;
  std::erase_if(held, [](const auto& each) { return each.second.empty(); });
  for (auto& [consumer, keys] : held) std::sort(keys.begin(), keys.end());
  WARREN_CHECK(leased == held);
}

}  // namespace warren::queue::testing
