// One consumer, or what a session got by Get.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "queue/config.h"
#include "queue/lease_book.h"
#include "queue/types.h"

namespace warren::queue {

struct Consumer {
  ConsumerId id;
  uint64_t order = 0;  // Of attaching; the earlier is served first.
  int32_t priority = 0;
  bool exclusive = false;
  bool auto_settle = false;
  bool cancelled = false;  // Is sent nothing more, but may hold leases. A Get's always is.
  uint32_t prefetch = 0;
  uint64_t granted = 0;  // Credit not used yet; without prefetch.
  std::optional<Span> timeout;
  LeaseBook leases;

  // Not part of what it is: where indexes and the present Apply have it.
  std::optional<Time> watched_at;  // Its place in the index of timeouts.
  EntryIndex delivered_in;         // The Apply that `delivery` belongs to.
  uint32_t delivery = 0;           // Its delivery in the outbox.

  bool IsForGet() const { return id.number.IsNone(); }

  uint64_t Credit() const {
    if (prefetch == 0) return granted;
    if (auto_settle) return UINT64_MAX;
    return prefetch - std::min<uint64_t>(prefetch, leases.size());
  }

  // nullopt: it holds nothing, or may hold it for ever.
  std::optional<Time> TimesOutAt(const QueueConfig& config) const {
    const std::optional<Time> oldest = leases.Oldest();
    const std::optional<Span> limit = timeout.has_value() ? timeout : config.consumer_timeout;
    if (IsForGet() || !oldest || !limit || *limit == 0) return std::nullopt;
    return After(*oldest, *limit);
  }
};

}  // namespace warren::queue
