#include "chaos/queue_model/producers.h"

#include <algorithm>
#include <vector>

namespace warren::queue_model {

using queue::ProducerLimits;
using queue::ProducerStamp;
using queue::Refusal;

namespace {

void RaiseFloor(Producer& producer, uint64_t floor) {
  producer.floor = std::max(producer.floor, floor);
  producer.seen.erase(producer.seen.begin(), producer.seen.lower_bound(producer.floor));
}

// What falls out of the window is below the floor for good: a larger window, later, must not take
// for unseen what was forgotten.
void RaiseFloorToWindow(Producer& producer, uint32_t window) {
  if (producer.highest >= window) RaiseFloor(producer, producer.highest - window + 1);
}

}  // namespace

Producers::Verdict Producers::Judge(const ProducerStamp& stamp, const ProducerLimits& limits,
                                    Time now) {
  const std::string id(stamp.producer.view());
  if (!all_.contains(id)) {
    if (all_.size() >= limits.producers_max) return {.refusal = Refusal::kTooManyProducers};
    all_[id] = Producer{.epoch = stamp.epoch};
  }
  Producer& producer = all_[id];
  const bool fresh = producer.last_publish == Time(0);  // Entered just now.
  if (stamp.epoch < producer.epoch) return {.refusal = Refusal::kProducerFenced};
  if (stamp.epoch > producer.epoch) {
    producer = Producer{.epoch = stamp.epoch};
  } else if (!fresh && Later(producer.last_publish, limits.expires) <= now) {
    return {.refusal = Refusal::kProducerExpired};
  }
  producer.last_publish = now;
  RaiseFloor(producer, stamp.floor);
  RaiseFloorToWindow(producer, limits.window);
  if (stamp.sequence < producer.floor) return {.refusal = Refusal::kSequenceTooOld};
  return {.duplicate = producer.seen.contains(stamp.sequence)};
}

void Producers::Stored(const ProducerStamp& stamp, const ProducerLimits& limits) {
  Producer& producer = all_.at(std::string(stamp.producer.view()));
  producer.seen.insert(stamp.sequence);
  producer.highest = std::max(producer.highest, stamp.sequence);
  RaiseFloorToWindow(producer, limits.window);
}

void Producers::Forget(const ProducerLimits& limits, Time now) {
  std::vector<std::pair<Time, std::string>> over;
  for (const auto& [id, producer] : all_) {
    const Time end = Later(producer.last_publish, limits.forgotten);
    if (end <= now) over.emplace_back(end, id);
  }
  std::sort(over.begin(), over.end());
  if (over.size() > kWorkMax) over.resize(kWorkMax);
  for (const auto& [end, id] : over) all_.erase(id);
}

uint64_t Producers::CountLive(const ProducerLimits& limits, Time now) const {
  return static_cast<uint64_t>(std::count_if(all_.begin(), all_.end(), [&](const auto& entry) {
    return Later(entry.second.last_publish, limits.expires) > now;
  }));
}

std::optional<Time> Producers::NextForgotten(const ProducerLimits& limits) const {
  std::optional<Time> next;
  for (const auto& [id, producer] : all_) {
    const Time end = Later(producer.last_publish, limits.forgotten);
    next = std::min(end, next.value_or(end));
  }
  return next;
}

bool Deduplication::Knows(std::string_view id) const {
  return std::any_of(ids_.begin(), ids_.end(),
                     [&](const auto& known) { return known.first == id; });
}

void Deduplication::Remember(std::string_view id, const Config& config, Time now) {
  ids_.emplace_back(std::string(id), now);
  Configure(config);
}

void Deduplication::Configure(const Config& config) {
  const size_t most = config.has_value() ? config->cache_size : 0;
  while (ids_.size() > most) ids_.pop_front();
}

void Deduplication::Forget(const Config& config, Time now) {
  for (uint64_t i = 0; i < kWorkMax; ++i) {
    const std::optional<Time> next = NextForgotten(config);
    if (!next.has_value() || *next > now) return;
    ids_.pop_front();
  }
}

std::optional<Time> Deduplication::NextForgotten(const Config& config) const {
  if (!config.has_value() || config->ttl == 0 || ids_.empty()) return std::nullopt;
  return Later(ids_.front().second, config->ttl);
}

}  // namespace warren::queue_model
