// Keys, and a value for each that is the same for many neighbours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"

#include "base/check.h"
#include "base/interval_set.h"
#include "queue/types.h"

namespace warren::queue {

// A set of keys, and pieces of the key space with the value of all keys in them. Erasing takes keys
// out of the set, and leaves a piece as it is until no key is left in it: so that keys that go in
// any order cost memory per gap, and a value per run of equal ones, whatever lies between.
//
//      keys     ..###.#..####......#####.#
//      pieces     [ v=5  ][v=7]    [ v=7  ]
//
// `Watcher` is told of each piece's value when the piece comes and goes.
//
// Invariant: pieces are apart, each key lies in one, and in each piece lies a key.
template <typename Value, typename Watcher>
class KeyPieces {
 public:
  const base::IntervalSet& keys() const { return keys_; }
  const Watcher& watcher() const { return watcher_; }
  size_t pieces() const { return pieces_.size(); }

  // Requires: none of these keys is in it.
  void Put(KeyRange keys, const Value& value) {
    CutOut(keys);
    const uint64_t added = keys_.InsertRange(keys.first.value(), keys.last.value());
    WARREN_CHECK(added == keys.size());
    const auto next = pieces_.upper_bound(keys.first);
    if (next != pieces_.begin() && std::prev(next)->second.value == value) {
      std::prev(next)->second.last = keys.last;
    } else {
      AddPiece(keys, value);
    }
  }

  // All of a set, which may have any number of gaps. False, and nothing is done, if other keys have
  // a value in between. Requires: none of them is in it.
  [[nodiscard]] bool PutAll(const base::IntervalSet& keys, const Value& value) {
    if (keys.empty()) return true;
    const KeyRange span{OrderKey(*keys.First()), OrderKey(*keys.Last())};
    const auto next = PieceFrom(span.first);
    if (next != pieces_.end() && next->first <= span.last) return false;
    keys_.UnionWith(keys);
    AddPiece(span, value);
    return true;
  }

  void EraseAll(const base::IntervalSet& keys) {
    if (keys_.empty() || keys.empty()) return;
    keys_.Subtract(keys);
    DropIfEmpty({OrderKey(*keys.First()), OrderKey(*keys.Last())});
  }

  void Erase(KeyRange keys) {
    if (keys_.EraseRange(keys.first.value(), keys.last.value()) > 0) DropIfEmpty(keys);
  }

  std::optional<Value> Of(OrderKey key) const {
    if (!keys_.Contains(key.value())) return std::nullopt;
    return std::prev(pieces_.upper_bound(key))->second.value;
  }

  // The first part of `keys` of which none is in it (no value), or all are, with one value.
  struct Part {
    KeyRange keys;
    std::optional<Value> value;
  };
  Part FirstPart(KeyRange keys) const {
    const auto run = keys_.NextRun(keys.first.value());
    if (!run || run->first > keys.last.value()) return {keys, std::nullopt};
    if (run->first > keys.first.value()) {
      return {{keys.first, OrderKey(run->first - 1)}, std::nullopt};
    }
    const Piece& piece = std::prev(pieces_.upper_bound(keys.first))->second;
    const OrderKey last = std::min({keys.last, OrderKey(run->last), piece.last});
    return {{keys.first, last}, piece.value};
  }

  // From which key on the keys have which value: ascending, each another than the one before. With
  // the keys, this is all there is to it.
  using Changes = std::vector<std::pair<OrderKey, Value>>;
  Changes ChangesByKey() const {
    Changes changes;
    for (const auto& [first, piece] : pieces_) {
      if (!changes.empty() && changes.back().second == piece.value) continue;
      changes.emplace_back(OrderKey(keys_.NextRun(first.value())->first), piece.value);
    }
    return changes;
  }

  // False if nothing has these keys and changes: then it is as it was.
  bool Restore(base::IntervalSet&& keys, const Changes& changes) {
    KeyPieces restored;
    restored.keys_ = std::move(keys);
    if (restored.keys_.empty() != changes.empty()) return false;
    for (size_t i = 0; i < changes.size(); ++i) {
      const auto& [first, value] = changes[i];
      if (!restored.keys_.Contains(first.value())) return false;
      if (i == 0 && *restored.keys_.First() != first.value()) return false;
      if (i > 0 && (first <= changes[i - 1].first || value == changes[i - 1].second)) return false;
      const OrderKey end(*restored.keys_.Last());
      const OrderKey last = i + 1 < changes.size() ? changes[i + 1].first - 1 : end;
      if (last < first) return false;
      restored.AddPiece({first, last}, value);
    }
    *this = std::move(restored);
    return true;
  }

  size_t HeapBytes() const {
    return keys_.MemoryBytes() - sizeof(keys_) +
           pieces_.size() * (sizeof(OrderKey) + sizeof(Piece));
  }

  void CheckInvariants() const {
    keys_.CheckInvariants();
    uint64_t covered = 0;
    OrderKey end;
    for (const auto& [first, piece] : pieces_) {
      WARREN_CHECK((end == OrderKey() || first > end) && piece.last >= first);
      end = piece.last;
      const uint64_t held = keys_.Rank(piece.last.value() + 1) - keys_.Rank(first.value());
      WARREN_CHECK(held > 0);
      covered += held;
    }
    WARREN_CHECK(covered == keys_.size());
  }

 private:
  struct Piece {
    OrderKey last;
    Value value;
  };
  using Pieces = absl::btree_map<OrderKey, Piece>;  // By first key.

  void AddPiece(KeyRange keys, const Value& value) {
    pieces_.emplace(keys.first, Piece{.last = keys.last, .value = value});
    watcher_.Comes(value);
  }

  typename Pieces::iterator ErasePiece(typename Pieces::iterator at) {
    watcher_.Goes(at->second.value);
    return pieces_.erase(at);
  }

  // The first piece that reaches to `key` or lies behind it.
  typename Pieces::iterator PieceFrom(OrderKey key) {
    auto at = pieces_.upper_bound(key);
    if (at != pieces_.begin() && std::prev(at)->second.last >= key) --at;
    return at;
  }

  // Makes room: no piece reaches into `keys` afterwards, in which no key lies.
  void CutOut(KeyRange keys) {
    for (auto at = PieceFrom(keys.first); at != pieces_.end() && at->first <= keys.last;
         at = PieceFrom(keys.first)) {
      const KeyRange whole{at->first, at->second.last};
      const Value value = at->second.value;
      ErasePiece(at);
      if (whole.first < keys.first) {
        AddPiece({whole.first, keys.first - 1}, value);
        DropIfEmpty({whole.first, whole.first});
      }
      if (whole.last > keys.last) {
        AddPiece({keys.last + 1, whole.last}, value);
        DropIfEmpty({whole.last, whole.last});
      }
    }
  }

  // Drops the pieces that reach into `keys` and in which no key is left.
  void DropIfEmpty(KeyRange keys) {
    auto at = PieceFrom(keys.first);
    while (at != pieces_.end() && at->first <= keys.last) {
      const auto run = keys_.NextRun(at->first.value());
      const bool holds = run.has_value() && run->first <= at->second.last.value();
      at = holds ? std::next(at) : ErasePiece(at);
    }
  }

  base::IntervalSet keys_;
  Pieces pieces_;
  Watcher watcher_;
};

}  // namespace warren::queue
