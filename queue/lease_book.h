// What one consumer holds, and since when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"

#include "base/interval_set.h"
#include "queue/key_pieces.h"
#include "queue/types.h"

namespace warren::queue {

// Leases that are settled in any order cost memory per gap, and a time per grant.
class LeaseBook {
 public:
  // Requires: it holds none of these keys.
  void Grant(KeyRange keys, Time now) { leases_.Put(keys, now); }
  // Ends those of the leases in `keys` that there are. Appends them to `taken`, ascending, in
  // maximal runs.
  void Take(KeyRange keys, std::vector<KeyRange>& taken);
  base::IntervalSet TakeAll() {
    base::IntervalSet all = keys();
    leases_ = Leases();
    return all;
  }
  // All that is held in `keys` counts as granted now: it was sent again.
  void Renew(KeyRange keys, Time now);

  bool Holds(OrderKey key) const { return keys().Contains(key.value()); }
  uint64_t size() const { return keys().size(); }
  bool empty() const { return keys().empty(); }
  const base::IntervalSet& keys() const { return leases_.keys(); }
  std::optional<Time> Oldest() const;

 private:
  // How many pieces each time has: so that the oldest is at hand.
  struct Times {
    void Comes(Time time) { ++pieces[time]; }
    void Goes(Time time);
    absl::btree_map<Time, uint64_t> pieces;
  };
  using Leases = KeyPieces<Time, Times>;

 public:
  using Changes = Leases::Changes;  // Which keys were granted when: for snapshots.
  Changes ChangesByKey() const { return leases_.ChangesByKey(); }
  bool Restore(base::IntervalSet&& keys, const Changes& changes) {
    return leases_.Restore(std::move(keys), changes);
  }

  size_t MemoryBytes() const;
  void CheckInvariants() const { leases_.CheckInvariants(); }

 private:
  Leases leases_;
};

}  // namespace warren::queue
