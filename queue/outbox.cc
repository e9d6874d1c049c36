#include "queue/outbox.h"

#include "base/check.h"

namespace warren::queue {
namespace {

Position Next(Position position, bool one_per_entry, uint64_t distance) {
  if (one_per_entry) return {.entry = position.entry + distance, .slot = position.slot};
  return {.entry = position.entry, .slot = position.slot + static_cast<uint32_t>(distance)};
}

// The first message of `range`, as a range.
DeliveredRange Head(const DeliveredRange& range) {
  DeliveredRange head = range;
  head.keys.last = head.keys.first;
  head.one_per_entry = false;
  return head;
}

// All but the first.
DeliveredRange Tail(const DeliveredRange& range) {
  DeliveredRange tail = range;
  tail.keys.first = tail.keys.first + 1;
  tail.first = Next(range.first, range.one_per_entry, 1);
  if (tail.keys.size() == 1) tail.one_per_entry = false;
  return tail;
}

// Does `to` go on where `from` ends?
bool Continues(const DeliveredRange& from, const DeliveredRange& to, bool one_per_entry) {
  return from.keys.last + 1 == to.keys.first && from.acquired == to.acquired &&
         from.failed == to.failed && Next(from.first, one_per_entry, from.keys.size()) == to.first;
}

}  // namespace

uint32_t Outbox::Open(ConsumerId consumer, bool again) {
  if (used_ == boxes_.size()) boxes_.emplace_back();
  Box& box = boxes_[used_];
  box.consumer = consumer;
  box.again = again;
  box.ranges.clear();
  return used_++;
}

void Outbox::Add(uint32_t delivery, const DeliveredRange& range) {
  WARREN_CHECK(delivery < used_);
  std::vector<DeliveredRange>& ranges = boxes_[delivery].ranges;
  if (ranges.empty()) {
    ranges.push_back(range);
    return;
  }
  DeliveredRange& last = ranges.back();
  // A single message goes on in the way of its successor.
  const bool decided = last.keys.size() > 1;
  bool one_per_entry = last.one_per_entry;
  if (!decided) one_per_entry = !Continues(last, range, false);
  if (!Continues(last, range, one_per_entry)) {
    ranges.push_back(range);
    return;
  }
  last.one_per_entry = one_per_entry;
  if (range.keys.size() == 1 || range.one_per_entry == one_per_entry) {
    last.keys.last = range.keys.last;
    return;
  }
  last.keys.last = Head(range).keys.last;
  ranges.push_back(Tail(range));
}

void Outbox::MoveTo(Effects& effects) {
  for (uint32_t i = 0; i < used_; ++i) {
    const Box& box = boxes_[i];
    effects.deliveries.push_back({.consumer = box.consumer,
                                  .first_range = static_cast<uint32_t>(effects.delivered.size()),
                                  .ranges = static_cast<uint32_t>(box.ranges.size()),
                                  .again = box.again});
    effects.delivered.insert(effects.delivered.end(), box.ranges.begin(), box.ranges.end());
  }
  used_ = 0;
}

}  // namespace warren::queue
