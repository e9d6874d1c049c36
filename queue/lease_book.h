// What one consumer holds, and since when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"

#include "base/interval_set.h"
#include "queue/types.h"

namespace warren::queue {

// A set of keys, and pieces of the key space with the time at which what is held in them was
// granted. Settling takes keys out of the set, and leaves a piece as it is until nothing is held in
// it: so that leases that are settled in any order cost memory per gap, and a time per grant.
//
//      keys     ..###.#..####......#####.#
//      pieces     [ t=5  ][t=7]    [ t=7  ]
//
// Invariant: pieces are apart, each key lies in one, and in each piece lies a key.
class LeaseBook {
 public:
  // Requires: it holds none of these keys.
  void Grant(KeyRange keys, Time now);
  // Ends those of the leases in `keys` that there are. Appends them to `taken`, ascending, in
  // maximal runs.
  void Take(KeyRange keys, std::vector<KeyRange>& taken);
  // All that is held in `keys` counts as granted now: it was sent again.
  void Renew(KeyRange keys, Time now);

  bool Holds(OrderKey key) const { return keys_.Contains(key.value()); }
  uint64_t size() const { return keys_.size(); }
  bool empty() const { return keys_.empty(); }
  std::optional<Time> Oldest() const;
  const base::IntervalSet& keys() const { return keys_; }

  // From which key on what is held was granted when: ascending, each time another than the one
  // before. With the keys, this is all there is to a book.
  using Times = std::vector<std::pair<OrderKey, Time>>;
  Times TimesByKey() const;
  // False if no book has these keys and times: then it is empty.
  bool Restore(base::IntervalSet keys, const Times& times);

  size_t MemoryBytes() const;
  void CheckInvariants() const;

 private:
  struct Piece {
    OrderKey last;
    Time time;
  };
  using Pieces = absl::btree_map<OrderKey, Piece>;  // By first key.

  void AddPiece(KeyRange keys, Time time);
  Pieces::iterator ErasePiece(Pieces::iterator at);
  // Makes room: no piece reaches into `keys` afterwards.
  void CutOut(KeyRange keys);
  void DropIfEmpty(KeyRange keys);

  base::IntervalSet keys_;
  Pieces pieces_;
  absl::btree_map<Time, uint64_t> times_;  // How many pieces each time has.
};

}  // namespace warren::queue
