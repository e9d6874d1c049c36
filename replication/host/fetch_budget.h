// What bringing back entries may take of a node.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/monotonic_time.h"

namespace warren::replication {

// All members of a shard that lack entries share it: so many requests under way, and so many bytes
// a second. A node that comes back after days must not take the disks and the network away from
// those that serve. Bytes are paid for when they are here: the next request waits until then. Pure.
class FetchBudget {
 public:
  FetchBudget(uint32_t requests_max, uint64_t bytes_per_second)
      : requests_max_(requests_max), bytes_per_second_(bytes_per_second) {}

  struct Room {
    uint32_t requests = 0;
    std::optional<base::MonotonicTime> more_at;  // Set: until then there is none.
  };
  Room RoomAt(base::MonotonicTime now) const {
    if (paid_until_ > now) return {.requests = 0, .more_at = paid_until_};
    return {.requests = requests_max_ - std::min(requests_max_, under_way_), .more_at = {}};
  }

  // Requests that were sent, or ended in whatever way.
  void OnUnderWay(int change) { under_way_ += static_cast<uint32_t>(change); }
  void OnBytes(base::MonotonicTime now, size_t bytes) {
    // What was not used for a while may be used at once, but not more than that.
    paid_until_ =
        std::max(paid_until_, now - kBurst) +
        absl::Seconds(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
  }

 private:
  static constexpr absl::Duration kBurst = absl::Milliseconds(100);

  const uint32_t requests_max_;
  const uint64_t bytes_per_second_;
  uint32_t under_way_ = 0;
  base::MonotonicTime paid_until_;
};

}  // namespace warren::replication
