// From a state to its image and back.
#include <utility>

#include "queue/queue_state.h"

namespace warren::queue {

QueueState::QueueState(QueueImage image, PlantedBug planted_bug) : planted_bug_(planted_bug) {
  if (Planted(PlantedBug::kTwoActiveConsumers)) consumers_.PlantTwoActive();
  Become(std::move(image));
}

QueueImage QueueState::TakeImage() const {
  QueueImage image;
  image.config = config_;
  image.version = version_;
  image.applied = applied_;
  image.now = now_;
  image.removed = removed_;
  image.last_used = last_used_;
  image.told_expired = told_expired_;
  image.messages = messages_;
  image.ready = ready_;
  image.tries = tries_;
  image.consumers = consumers_.all();
  image.active = consumers_.active();
  image.turns = consumers_.Turns();
  image.next_order = consumers_.next_order();
  image.sessions = sessions_.all();
  image.retrying = retrying_;
  image.dead_letters = dead_letters_;
  image.delayed_messages = delayed_messages_;
  image.delayed = delayed_;
  image.producers = producers_;
  image.deduplication = deduplication_;
  return image;
}

void QueueState::Become(QueueImage image) {
  config_ = image.config;
  version_ = image.version;
  applied_ = image.applied;
  now_ = image.now;
  removed_ = image.removed;
  last_used_ = image.last_used;
  told_expired_ = image.told_expired;
  messages_ = std::move(image.messages);
  ready_ = std::move(image.ready);
  tries_ = std::move(image.tries);
  retrying_ = std::move(image.retrying);
  dead_letters_ = std::move(image.dead_letters);
  delayed_messages_ = std::move(image.delayed_messages);
  delayed_ = std::move(image.delayed);
  producers_ = std::move(image.producers);
  deduplication_ = std::move(image.deduplication);
  outbox_ = Outbox();
  drained_.clear();

  sessions_ = Sessions();
  for (auto& [id, session] : image.sessions) sessions_.Restore(id, std::move(session));
  consumers_ = Consumers();
  if (Planted(PlantedBug::kTwoActiveConsumers)) consumers_.PlantTwoActive();
  for (const auto& [id, session] : sessions_.all()) {
    if (session.IsSuspected()) consumers_.SetTrusted(id, false);
  }
  for (auto& [id, consumer] : image.consumers) consumers_.Restore(std::move(consumer));
  for (const auto& [priority, order] : image.turns) consumers_.RestoreTurn(priority, order);
  consumers_.RestoreActive(image.active);
  consumers_.set_next_order(image.next_order);
  consumers_.UpdateActive(config_.single_active_consumer);
  consumers_.UpdateAll(config_);
  CountAll();
}

void QueueState::CountAll() {
  ready_tally_ = leased_tally_ = retrying_tally_ = dead_tally_ = {};
  delayed_tally_ = persistent_tally_ = {};
  const auto count = [this](KeyRange keys, Tally& tally) {
    tally += Count(keys);
    persistent_tally_ += {messages_.PersistentIn(keys), messages_.PersistentBytesIn(keys)};
  };
  const auto count_all = [this](const base::IntervalSet& keys, Tally& tally) {
    const MessageTable::Totals totals = messages_.TotalsOf(keys);
    tally += {keys.size(), totals.bytes};
    persistent_tally_ += {totals.persistent, totals.persistent_bytes};
  };
  for (const ReadySet::Level& level : ready_.levels()) count_all(level.keys, ready_tally_);
  for (const auto& [id, consumer] : consumers_.all()) {
    count_all(consumer.leases.keys(), leased_tally_);
  }
  for (const auto& [key, due] : retrying_.by_key()) count({key, key}, retrying_tally_);
  for (const auto& [number, letter] : dead_letters_.letters()) {
    count({letter.key, letter.key}, dead_tally_);
  }
  for (const auto& [key, due] : delayed_.by_key()) {
    const MessageRecord record = delayed_messages_->Get(key);
    delayed_tally_ += {1, record.size};
    if (record.persistent) persistent_tally_ += {1, record.size};
  }
}

}  // namespace warren::queue
