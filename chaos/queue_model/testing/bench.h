// A model to try one rule on, with little ceremony.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "chaos/queue_model/model.h"

namespace warren::queue_model {

// Entries are numbered by themselves, and stand at the time that Wait() has led to; session 1 is
// attached, and sends what needs a session.
class Bench {
 public:
  explicit Bench(const QueueConfig& config = {}) : model(config) { Attach(1); }

  const Effects& Do(const queue::Command& command) {
    index = index + 1;
    model.Apply(index, time, command, effects);
    return effects;
  }
  Bench& Wait(Span span) {
    time = time + span;
    return *this;
  }

  queue::Stamp Next(uint64_t session = 1) const {
    const Session& known = model.sessions().all().at(SessionId(session));
    return {.session = SessionId(session),
            .epoch = known.epoch,
            .number = known.last + 1,
            .answered = {}};
  }
  const Effects& Attach(uint64_t session, uint64_t epoch = 1,
                        std::vector<queue::HeldKeys> held = {}) {
    return Do(queue::AttachSession{
        .session = SessionId(session), .epoch = SessionEpoch(epoch), .held = std::move(held)});
  }
  const Effects& Detach(uint64_t session) {
    return Do(queue::DetachSession{.session = SessionId(session), .epoch = SessionEpoch(9)});
  }
  const Effects& Suspect(uint64_t session) {
    return Do(queue::SuspectSession{.session = SessionId(session)});
  }

  static queue::NewMessage Message(uint32_t size = 1) {
    queue::NewMessage message;
    message.size = size;
    return message;
  }
  const Effects& Publish(std::vector<queue::NewMessage> messages) {
    return Do(queue::Publish{.stamp = Next(), .messages = std::move(messages)});
  }
  const Effects& Publish(size_t count) {
    return Publish(std::vector<queue::NewMessage>(count, Message()));
  }
  const Effects& PublishWith(Priority priority) {
    queue::NewMessage message = Message();
    message.priority = priority;
    return Publish({message});
  }

  queue::AttachConsumer Consumer(uint64_t number, uint32_t prefetch, uint64_t session = 1) const {
    queue::AttachConsumer attach;
    attach.stamp = Next(session);
    attach.consumer = ConsumerNumber(number);
    attach.prefetch = prefetch;
    return attach;
  }
  const Effects& Consume(uint64_t number, uint32_t prefetch, int32_t priority = 0,
                         uint64_t session = 1) {
    queue::AttachConsumer attach = Consumer(number, prefetch, session);
    attach.priority = priority;
    return Do(attach);
  }
  const Effects& Get() { return Do(queue::Get{.stamp = Next(), .auto_settle = false}); }
  const Effects& Say(queue::Verdict verdict, uint64_t consumer, uint64_t first, uint64_t last,
                     uint64_t session = 1, Time not_before = {}) {
    const queue::Settlement settlement{.consumer = ConsumerNumber(consumer),
                                       .verdict = verdict,
                                       .keys = Keys(first, last),
                                       .not_before = not_before};
    return Do(queue::Settle{.stamp = Next(session), .settlements = {settlement}});
  }
  const Effects& Tick() { return Do(queue::Tick{}); }

  static KeyRange Keys(uint64_t first, uint64_t last) {
    return {.first = OrderKey(first), .last = OrderKey(last)};
  }
  static ConsumerId Id(uint64_t session, uint64_t number) {
    return {.session = SessionId(session), .number = ConsumerNumber(number)};
  }
  // Who was sent what, key by key.
  std::vector<std::pair<ConsumerId, uint64_t>> Sent() const {
    std::vector<std::pair<ConsumerId, uint64_t>> sent;
    for (const queue::Delivery& delivery : effects.deliveries) {
      for (uint32_t i = 0; i < delivery.ranges; ++i) {
        const KeyRange keys = effects.delivered.at(delivery.first_range + i).keys;
        for (OrderKey key = keys.first; key <= keys.last; key = key + 1) {
          sent.emplace_back(delivery.consumer, key.value());
        }
      }
    }
    return sent;
  }

  Model model;
  Effects effects;
  EntryIndex index;
  Time time{1'000'000'000};
};

using Sent = std::vector<std::pair<ConsumerId, uint64_t>>;

}  // namespace warren::queue_model
