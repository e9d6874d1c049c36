#include "chaos/queue_model/deliveries.h"

#include <cstdint>

namespace warren::queue_model {

using queue::DeliveredRange;

namespace {

// False: this message does not continue the range.
bool Extend(DeliveredRange& range, OrderKey key, const Message& message) {
  const bool same_counts = range.acquired == message.acquired && range.failed == message.failed;
  if (range.keys.last + 1 != key || !same_counts) return false;
  const uint64_t size = range.keys.size();
  const Position next_slot{.entry = range.first.entry,
                           .slot = range.first.slot + static_cast<uint32_t>(size)};
  const Position next_entry{.entry = range.first.entry + size, .slot = range.first.slot};
  const bool may_go_by_slots = size == 1 || !range.one_per_entry;
  const bool may_go_by_entries = size == 1 || range.one_per_entry;
  if (may_go_by_slots && message.position == next_slot) {
    range.one_per_entry = false;
  } else if (may_go_by_entries && message.position == next_entry) {
    range.one_per_entry = true;
  } else {
    return false;
  }
  range.keys.last = key;
  return true;
}

void Append(std::vector<DeliveredRange>& ranges, OrderKey key, const Message& message) {
  if (!ranges.empty() && Extend(ranges.back(), key, message)) return;
  ranges.push_back({.keys = {.first = key, .last = key},
                    .first = message.position,
                    .acquired = message.acquired,
                    .failed = message.failed});
}

}  // namespace

Deliveries::Parcel& Deliveries::For(ConsumerId consumer, bool again) {
  for (Parcel& parcel : parcels_) {
    if (parcel.consumer == consumer && parcel.again == again) return parcel;
  }
  return parcels_.emplace_back(Parcel{.consumer = consumer, .again = again, .ranges = {}});
}

void Deliveries::Add(ConsumerId consumer, OrderKey key, const Message& message) {
  Append(For(consumer, false).ranges, key, message);
}

void Deliveries::AddAgain(ConsumerId consumer, OrderKey key, const Message& message) {
  Append(For(consumer, true).ranges, key, message);
}

void Deliveries::MoveTo(Effects& effects) {
  for (const Parcel& parcel : parcels_) {
    effects.deliveries.push_back({.consumer = parcel.consumer,
                                  .first_range = static_cast<uint32_t>(effects.delivered.size()),
                                  .ranges = static_cast<uint32_t>(parcel.ranges.size()),
                                  .again = parcel.again});
    effects.delivered.insert(effects.delivered.end(), parcel.ranges.begin(), parcel.ranges.end());
  }
  parcels_.clear();
}

}  // namespace warren::queue_model
