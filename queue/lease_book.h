// What one consumer holds, and since when.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"

#include "queue/types.h"

namespace warren::queue {

// Leases as ranges of keys that were granted at one time. Costs memory per range.
//
// Invariant: ranges are apart, and times_ counts the keys of each time among them.
class LeaseBook {
 public:
  // Requires: it holds none of these keys.
  void Grant(KeyRange keys, Time now);
  // Ends those of the leases in `keys` that there are. Appends them to `taken`, ascending, in
  // maximal runs.
  void Take(KeyRange keys, std::vector<KeyRange>& taken);
  // The same time for all that is held in `keys`: it was sent again.
  void Renew(KeyRange keys, Time now);

  bool Holds(OrderKey key) const;
  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::optional<Time> Oldest() const;

  // All, ascending, in maximal runs.
  std::vector<KeyRange> Runs() const;
  struct Grants {
    OrderKey last;
    Time time;
    friend bool operator==(const Grants&, const Grants&) = default;
  };
  // By the first key of each.
  const absl::btree_map<OrderKey, Grants>& grants() const { return grants_; }

  void CheckInvariants() const;

 private:
  void CountTime(Time time, uint64_t keys);
  void DiscountTime(Time time, uint64_t keys);

  absl::btree_map<OrderKey, Grants> grants_;
  absl::btree_map<Time, uint64_t> times_;
  uint64_t size_ = 0;
};

}  // namespace warren::queue
