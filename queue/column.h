#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"

#include "base/coding.h"
#include "queue/bit_packed.h"

namespace warren::queue {

// A growing sequence of numbers that costs next to nothing where it is regular: one field of many
// messages. It is a list of linear pieces, or packed bits once these are smaller:
//
//      7 7 7 7 7 7 7 7                one piece:  from 7, step 0
//      256 512 768 | 2560 2816 3072   two pieces, each with step 256
//      812 90 4711 3 1800 ...         packed, 13 bits each
//
// Pieces are greedy: each is as long as can be before the next begins, so that one sequence has
// one list of pieces. A piece does not run through 2^64: its ends are its bounds.
//
// Cost: Append is amortised O(1); Get is O(log pieces), which is O(1) for one piece and for packed
// bits. Threads: a plain value.
class Column {
 public:
  Column() = default;

  void Append(uint64_t value);
  void Clear();  // Gives the memory back.

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  uint64_t Get(uint64_t i) const;  // Requires: i < size().

  // Of values [first, first + count), modulo 2^64. O(pieces), or a fast loop over packed bits.
  uint64_t Sum(uint64_t first, uint64_t count) const;

  struct Bounds {
    uint64_t min = 0;
    uint64_t max = 0;
  };
  Bounds GetBounds() const;  // O(pieces), or O(size). Requires: !empty().
  bool IsConstant() const;   // May say no before Compact() though it is. O(1).
  bool IsAscending() const;  // Each value is at least the one before. O(pieces), or O(size).

  // The values from i on, as long as they are linear: value, value + step, ... (modulo 2^64).
  struct Stretch {
    uint64_t value = 0;
    uint64_t step = 0;  // 0 if count is 1.
    uint64_t count = 0;
  };
  Stretch StretchAt(uint64_t i) const;  // The longest. O(log pieces), or O(count). i < size().

  // From every value. Requires: no value is less than `base`.
  void Subtract(uint64_t base);

  // Chooses the smaller form, and gives spare memory back. Worth its O(pieces) or O(size) when
  // the sequence is complete; from then on equal sequences are equal in every bit.
  void Compact();

  // Equal only if both are compact or came about alike; never equal if the values differ.
  friend bool operator==(const Column&, const Column&) = default;

  // Equal sequences give equal bytes, compact or not. The other is the same for what is compact,
  // and does not look at every value.
  void AppendTo(std::string* out) const;
  void AppendCompactTo(std::string* out) const;
  // DATA_LOSS for what AppendTo() never wrote, or for more than `size_max` values. What it gives
  // is compact, and takes at most kDecodedBytesPerByte bytes of memory per byte read.
  static absl::StatusOr<Column> Read(base::Reader& reader, uint64_t size_max);
  static constexpr size_t kDecodedBytesPerByte = 16;

  size_t HeapBytes() const;
  size_t MemoryBytes() const { return sizeof(*this) + HeapBytes(); }
  void CheckInvariants() const;  // For tests.

 private:
  struct Piece {
    uint64_t start = 0;  // Its first value is this one of the sequence.
    uint64_t first = 0;
    uint64_t step = 0;  // Of one value, 0. Downwards modulo 2^64; see Continues().
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  using Pieces = absl::InlinedVector<Piece, 1>;

  static uint64_t LastOf(const Piece& piece, uint64_t length) {
    return piece.first + piece.step * (length - 1);
  }
  // Whether a piece of `length` values could have `value` as its next.
  static bool Continues(const Piece& piece, uint64_t length, uint64_t value);
  // Adds `value`, the sequence's number `size`, to the pieces.
  static void AppendToPieces(Pieces& pieces, uint64_t size, uint64_t value);
  static absl::StatusOr<Column> ReadPieces(base::Reader& reader, uint64_t size, uint64_t count);
  static absl::StatusOr<Column> ReadPacked(base::Reader& reader, uint64_t size, uint64_t bits);
  // Whether so many pieces take no more memory than packed bits.
  static bool PiecesAreSmaller(uint64_t pieces, uint64_t size, Bounds bounds);

  uint64_t EndOf(const Pieces& pieces, size_t piece) const {
    return piece + 1 < pieces.size() ? pieces[piece + 1].start : size_;
  }
  static size_t PieceOf(const Pieces& pieces, uint64_t i);
  bool PiecesAreGreedy(const Pieces& pieces) const;
  void CompactPacked();
  void Repack(BitPacked::Frame frame);
  void AppendPacked(BitPacked& packed, uint64_t value);

  uint64_t size_ = 0;
  std::variant<Pieces, BitPacked> form_;
};

}  // namespace warren::queue
