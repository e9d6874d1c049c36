#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"

#include "base/coding.h"
#include "queue/types.h"

namespace warren::queue {

// Which chunks of messages must be looked through when: for each a time before which nothing in it
// expires that has to be seen to. Chunks that have no such time cost nothing.
//
// Cost: O(log chunks) for each operation. Those that are due stand apart, in order, since they may
// be many and are worked off over several calls. Threads: a plain value.
class ExpiryWatch {
 public:
  // Nothing to be seen to before `bound`; Set replaces what was, Lower only makes it earlier.
  void Set(uint64_t chunk, Time bound);
  void Lower(uint64_t chunk, Time bound);
  void Forget(uint64_t chunk);

  std::optional<Time> BoundOf(uint64_t chunk) const;
  std::optional<Time> First() const;  // The earliest of all.

  // The first chunk from `chunk` on whose time has come. `now` may not fall from call to call.
  std::optional<uint64_t> NextDue(Time now, uint64_t chunk);

  void AppendTo(std::string* out) const;
  static absl::StatusOr<ExpiryWatch> Read(base::Reader& reader);  // DATA_LOSS
  size_t HeapBytes() const;
  void CheckInvariants() const;
  const absl::btree_map<uint64_t, Time>& bounds() const { return bounds_; }

 private:
  absl::btree_map<uint64_t, Time> bounds_;            // By chunk.
  absl::btree_set<std::pair<Time, uint64_t>> order_;  // The same, by bound.
  absl::btree_set<uint64_t> due_;  // Those of them with a bound at or before due_until_.
  Time due_until_;                 // The latest `now`.
};

}  // namespace warren::queue
