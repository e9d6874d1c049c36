#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"

#include "base/bytes.h"

namespace warren::base {

// Bytes put end to end without being copied: a frame header, a body that arrived in three reads
// and a frame end, written to a socket with one gathering call over pieces().
//
// Invariants: no piece is empty; size() is the sum of the pieces'. Neighbouring slices of one
// block are joined again, so cutting and appending does not fragment.
// Threads: a plain value; its pieces follow the rules of Bytes.
class BytesChain {
 public:
  BytesChain() = default;
  explicit BytesChain(Bytes bytes) { Append(std::move(bytes)); }
  BytesChain(const BytesChain&) = default;
  BytesChain& operator=(const BytesChain&) = default;
  BytesChain(BytesChain&& other) noexcept
      : pieces_(std::exchange(other.pieces_, {})), size_(std::exchange(other.size_, 0)) {}
  BytesChain& operator=(BytesChain&& other) noexcept {
    pieces_ = std::exchange(other.pieces_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~BytesChain() = default;

  void Append(Bytes bytes);
  void Append(const BytesChain& chain);
  void Append(BytesChain&& chain);
  void Clear();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  absl::Span<const Bytes> pieces() const { return pieces_; }

  // Shares the blocks; costs O(pieces). Requires: offset + size <= size().
  BytesChain Slice(size_t offset, size_t size) const;

  void CopyTo(char* out) const;  // Writes size() bytes.
  Bytes Flatten() const;         // One contiguous run; copies unless there is one piece already.

  // By content: how it is cut into pieces does not matter.
  friend bool operator==(const BytesChain& a, const BytesChain& b);
  friend bool operator==(const BytesChain& chain, std::string_view bytes);

 private:
  // Most messages are a header and one or two reads.
  absl::InlinedVector<Bytes, 3> pieces_;
  size_t size_ = 0;
};

}  // namespace warren::base
