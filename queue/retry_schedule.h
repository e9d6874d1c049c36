// Messages that wait for a time before they are delivered again.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

#include "queue/types.h"

namespace warren::queue {

// Ordered by the time they are due, then by key.
class RetrySchedule {
 public:
  // Requires: it does not wait yet.
  void Add(OrderKey key, Time due) {
    due_.emplace(key, due);
    order_.emplace(due, key);
  }
  // The next one that is due at `now`, which is taken out; nullopt if none is.
  std::optional<OrderKey> TakeDue(Time now) {
    if (order_.empty() || order_.begin()->first > now) return std::nullopt;
    const OrderKey key = order_.begin()->second;
    order_.erase(order_.begin());
    due_.erase(key);
    return key;
  }

  // Whichever; nullopt if none waits.
  std::optional<OrderKey> TakeAny() {
    if (due_.empty()) return std::nullopt;
    const OrderKey key = due_.begin()->first;
    Remove(key);
    return key;
  }
  // False if it does not wait.
  bool Remove(OrderKey key) {
    const auto at = due_.find(key);
    if (at == due_.end()) return false;
    order_.erase({at->second, key});
    due_.erase(at);
    return true;
  }

  std::optional<Time> NextDue() const {
    if (order_.empty()) return std::nullopt;
    return order_.begin()->first;
  }
  std::optional<Time> DueOf(OrderKey key) const {
    const auto at = due_.find(key);
    if (at == due_.end()) return std::nullopt;
    return at->second;
  }
  uint64_t size() const { return due_.size(); }
  const absl::btree_map<OrderKey, Time>& by_key() const { return due_; }

  size_t MemoryBytes() const { return sizeof(*this) + size() * 4 * sizeof(uint64_t); }

 private:
  absl::btree_map<OrderKey, Time> due_;
  absl::btree_set<std::pair<Time, OrderKey>> order_;
};

}  // namespace warren::queue
