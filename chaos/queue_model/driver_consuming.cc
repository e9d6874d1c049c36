// What the driver's sessions do with what they get.
#include <algorithm>

#include "chaos/queue_model/driver.h"

namespace warren::queue_model {

queue::Stamp Driver::NextStamp() {
  queue::Stamp stamp{.session = DrawSession(), .epoch = {}, .number = {}, .answered = {}};
  const auto& sessions = model_->sessions().all();
  const auto found = sessions.find(stamp.session);
  const uint64_t behind = rng_.Below(5);
  if (found == sessions.end()) {
    stamp.epoch = SessionEpoch(1);
    stamp.number = SessionNumber(1);
    return stamp;
  }
  stamp.epoch = found->second.epoch;
  stamp.number = found->second.last + 1;
  const uint64_t last = found->second.last.value();
  stamp.answered = SessionNumber(last - std::min(last, behind));
  return stamp;
}

SessionId Driver::DrawSession() {
  const uint64_t drawn = rng_.Between(1, setup_.sessions_max + 1);
  std::vector<SessionId> known;
  for (const auto& [id, session] : model_->sessions().all()) known.push_back(id);
  if (known.empty() || Happens(setup_.strange)) return SessionId(drawn);
  return known[drawn % known.size()];
}

SessionEpoch Driver::EpochOf(SessionId session) const {
  const auto found = model_->sessions().all().find(session);
  return found == model_->sessions().all().end() ? SessionEpoch(1) : found->second.epoch;
}

ConsumerNumber Driver::DrawConsumer(SessionId session) {
  const uint64_t drawn = rng_.Between(0, setup_.consumers_max);
  const std::vector<ConsumerId> known = model_->consumers().IdsOf(session);
  if (known.empty() || rng_.OneIn(10)) return ConsumerNumber(drawn);
  return known[drawn % known.size()].number;
}

KeyRange Driver::DrawStaleKeys() {
  if (delivered_.empty()) return {.first = OrderKey(1), .last = OrderKey(rng_.Between(0, 3))};
  return delivered_[rng_.Below(delivered_.size())];
}

queue::AttachSession Driver::DrawAttachSession() {
  const SessionId id(rng_.Between(1, setup_.sessions_max));
  SessionEpoch& highest = epochs_[id];
  if (!Happens(setup_.strange)) highest = highest + 1;
  queue::AttachSession attach{.session = id, .epoch = highest, .held = {}};
  for (const ConsumerId consumer : model_->consumers().IdsOf(id)) {
    queue::HeldKeys held{.consumer = consumer.number, .keys = {}};
    const uint64_t lost_one_in = rng_.Between(0, 4);
    for (const auto& [key, since] : model_->consumers().all().at(consumer).leases) {
      if (rng_.OneIn(lost_one_in)) continue;
      if (!held.keys.empty() && held.keys.back().last + 1 == key) {
        held.keys.back().last = key;
      } else {
        held.keys.push_back({.first = key, .last = key});
      }
    }
    const KeyRange stale = DrawStaleKeys();
    const bool goes_behind = held.keys.empty() || held.keys.back().last + 1 < stale.first;
    if (rng_.OneIn(3) && goes_behind && stale.first <= stale.last) held.keys.push_back(stale);
    if (!held.keys.empty()) attach.held.push_back(held);
  }
  if (attach.held.empty() && rng_.OneIn(3)) {
    const KeyRange stale = DrawStaleKeys();
    const ConsumerNumber number(rng_.Between(0, setup_.consumers_max));
    if (stale.first <= stale.last) attach.held.push_back({.consumer = number, .keys = {stale}});
  }
  return attach;
}

queue::AttachConsumer Driver::DrawAttachConsumer() {
  const queue::Stamp stamp = NextStamp();
  const uint64_t number = rng_.Between(Happens(setup_.strange) ? 0 : 1, setup_.consumers_max);
  queue::AttachConsumer attach{.stamp = stamp,
                               .consumer = ConsumerNumber(number),
                               .priority = static_cast<int32_t>(rng_.Below(3)) - 1,
                               .exclusive = rng_.OneIn(12),
                               .auto_settle = rng_.OneIn(6),
                               .prefetch = 0,
                               .timeout = {}};
  const uint64_t prefetch = rng_.Between(1, setup_.prefetch_max);
  if (!rng_.OneIn(4)) attach.prefetch = static_cast<uint32_t>(prefetch);
  const Span timeout = rng_.Below(4) * 4 * setup_.unit;
  if (rng_.OneIn(5)) attach.timeout = timeout;
  return attach;
}

Time Driver::DrawNotBefore() {
  const uint64_t kind = rng_.Below(12);
  const Span few = rng_.Below(6) * setup_.unit;
  if (kind == 0) return model_->now() + few;
  if (kind == 1) return model_->now() - few;
  return Time(0);
}

queue::Settlement Driver::DrawSettlement(SessionId session) {
  queue::Settlement settlement{.consumer = DrawConsumer(session),
                               .verdict = queue::Verdict::kSettle,
                               .keys = DrawStaleKeys(),
                               .not_before = DrawNotBefore()};
  if (rng_.OneIn(2)) settlement.verdict = static_cast<queue::Verdict>(rng_.Below(4));
  const auto& all = model_->consumers().all();
  const auto found = all.find({.session = session, .number = settlement.consumer});
  const uint64_t how = rng_.Below(10);
  if (how == 0 || found == all.end() || found->second.leases.empty()) return settlement;
  std::vector<OrderKey> keys;
  for (const auto& [key, since] : found->second.leases) keys.push_back(key);
  const OrderKey one = OneOf(keys);
  const OrderKey other = OneOf(keys);
  if (how < 5) {
    settlement.keys = {.first = one, .last = one};
  } else if (how < 7) {
    settlement.keys = {.first = std::min(one, other), .last = std::max(one, other)};
  } else if (how < 9) {
    settlement.keys = {.first = keys.front(), .last = one};
  } else {
    settlement.keys = {.first = OrderKey(0), .last = keys.back() + 5};
  }
  return settlement;
}

queue::Settle Driver::DrawSettle(const queue::Stamp& stamp) {
  queue::Settle settle{.stamp = stamp, .settlements = {}};
  // Whoever holds something is asked first.
  std::vector<SessionId> holders;
  for (const auto& [id, consumer] : model_->consumers().all()) {
    if (!consumer.leases.empty()) holders.push_back(id.session);
  }
  if (!holders.empty() && !Happens(setup_.strange)) {
    const SessionId session = OneOf(holders);
    const Session& known = model_->sessions().all().at(session);
    settle.stamp.session = session;
    settle.stamp.epoch = known.epoch;
    settle.stamp.number = known.last + 1;
    settle.stamp.answered = std::min(settle.stamp.answered, known.last);
  }
  const uint64_t settlements = rng_.OneIn(4) ? 3 : 1;
  for (uint64_t i = 0; i < settlements; ++i) {
    settle.settlements.push_back(DrawSettlement(settle.stamp.session));
  }
  return settle;
}

queue::ConfirmDeadLetters Driver::DrawConfirm() {
  queue::ConfirmDeadLetters answer;
  const uint64_t refused_percent = 25 * rng_.Below(4);
  for (const Letter& letter : model_->dead_letters().Unanswered()) {
    const KeyRange range{.first = letter.key, .last = letter.key};
    if (rng_.OneIn(3)) continue;
    (Happens(refused_percent) ? answer.refused : answer.confirmed).push_back(range);
  }
  if (rng_.OneIn(6)) answer.confirmed.push_back(DrawStaleKeys());
  if (rng_.OneIn(8)) answer.refused.push_back(DrawStaleKeys());
  return answer;
}

}  // namespace warren::queue_model
