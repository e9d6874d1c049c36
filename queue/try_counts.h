// How often messages were handed out before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/interval_set.h"
#include "queue/key_pieces.h"
#include "queue/types.h"

namespace warren::queue {

struct Tries {
  uint32_t acquired = 0;
  uint32_t failed = 0;
  friend bool operator==(const Tries&, const Tries&) = default;
};

// Most messages have no counts, and cost nothing.
class TryCounts {
 public:
  Tries Of(OrderKey key) const { return counts_.Of(key).value_or(Tries()); }

  // The first part of `keys` with equal counts.
  struct Piece {
    KeyRange keys;
    Tries tries;
  };
  Piece FirstPiece(KeyRange keys) const {
    const Counts::Part part = counts_.FirstPart(keys);
    return {part.keys, part.value.value_or(Tries())};
  }

  // One try more for each of `keys`.
  void Count(KeyRange keys, bool failed) {
    while (true) {
      const Piece piece = FirstPiece(keys);
      counts_.Erase(piece.keys);
      counts_.Put(piece.keys, {.acquired = Plus(piece.tries.acquired, true),
                               .failed = Plus(piece.tries.failed, failed)});
      if (piece.keys.last == keys.last) return;
      keys.first = piece.keys.last + 1;
    }
  }

  // The same for a set. False, and nothing is done, if some of them, or of those in between, have
  // counts.
  [[nodiscard]] bool CountAll(const base::IntervalSet& keys, bool failed) {
    return counts_.PutAll(keys, {.acquired = 1, .failed = failed ? 1u : 0u});
  }

  void Forget(const base::IntervalSet& keys) { counts_.EraseAll(keys); }
  void Forget(KeyRange keys) { counts_.Erase(keys); }  // These messages are gone.

 private:
  struct NoWatcher {
    void Comes(const Tries&) {}
    void Goes(const Tries&) {}
  };
  using Counts = KeyPieces<Tries, NoWatcher>;

 public:
  using Changes = Counts::Changes;  // Which keys have which counts: for snapshots.
  const base::IntervalSet& keys() const { return counts_.keys(); }
  Changes ChangesByKey() const { return counts_.ChangesByKey(); }
  bool Restore(base::IntervalSet&& keys, const Changes& changes) {
    return counts_.Restore(std::move(keys), changes);
  }
  // Requires: no counts for any of `keys` yet, and not both zero.
  void Put(KeyRange keys, Tries tries) { counts_.Put(keys, tries); }

  size_t MemoryBytes() const { return sizeof(*this) + counts_.HeapBytes(); }
  void CheckInvariants() const { counts_.CheckInvariants(); }

 private:
  // Counts stand still rather than wrap.
  static uint32_t Plus(uint32_t count, bool one) {
    return count == UINT32_MAX || !one ? count : count + 1;
  }

  Counts counts_;
};

}  // namespace warren::queue
