#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes_pool.h"
#include "base/check.h"

namespace warren::base {

class BytesBuilder;
class BytesChain;

// An immutable run of bytes that shares its memory: a body is read from a socket once, and the
// log, every follower's stream and every consumer hold slices of that same block.
//
//      Bytes a          Bytes b = a.Slice(3, 4)
//        |                 |
//        v                 v
//   [refs|header payload payload payload ...]   one block, freed with its last slice
//
// A copy costs one atomic increment; small blocks are pooled per thread (base/bytes_pool.h).
// A slice keeps its whole block alive: Copy() a few bytes out of a large block that would
// otherwise stay for their sake. No implicit conversions: making Bytes may allocate, and a
// string_view taken from a temporary dangles.
//
// Invariant: the bytes of a block never change once a Bytes refers to it.
// Threads: as with shared_ptr. Bytes that share a block may be used, copied and dropped on
// different threads at once; one Bytes object may not be changed while another thread uses it.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes& other) noexcept
      : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_ != nullptr) AddReference(block_);
  }
  Bytes(Bytes&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, "")),
        size_(std::exchange(other.size_, 0)) {}
  Bytes& operator=(Bytes other) noexcept {
    swap(other);
    return *this;
  }
  ~Bytes() {
    if (block_ != nullptr) DropReference(block_);
  }

  static Bytes Copy(std::string_view bytes);
  // Takes the string's memory over; a short one is copied, which costs less than keeping it.
  static Bytes Adopt(std::string&& bytes);

  const char* data() const { return data_; }  // Never null, but not terminated by a zero byte.
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }  // Lives as long as a slice does.

  // Shares the block. Requires: offset + size <= size(). An empty slice holds no block.
  Bytes Slice(size_t offset, size_t size) const;
  Bytes Slice(size_t offset) const {
    WARREN_CHECK(offset <= size_);
    return Slice(offset, size_ - offset);
  }

  void swap(Bytes& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.view() == b.view(); }
  friend bool operator==(const Bytes& a, std::string_view b) { return a.view() == b; }

  template <typename H>
  friend H AbslHashValue(H state, const Bytes& bytes) {
    return H::combine(std::move(state), bytes.view());
  }

 private:
  friend class BytesBuilder;
  friend class BytesChain;

  // The head of every block. What follows it is the payload or, for an adopted string, the
  // string object.
  struct Block {
    std::atomic<uint32_t> references{1};
    bytes_pool::SizeClass size_class = bytes_pool::kUnpooled;
    bool holds_string = false;
  };
  struct StringBlock;

  // Takes over one reference to `block`.
  Bytes(Block* block, const char* data, size_t size) : block_(block), data_(data), size_(size) {}

  static char* Payload(Block* block) { return reinterpret_cast<char*>(block + 1); }

  static void AddReference(Block* block) {
    // Relaxed: whoever copies already holds a reference, so there is nothing to order.
    const uint32_t before = block->references.fetch_add(1, std::memory_order_relaxed);
    WARREN_CHECK(before < UINT32_MAX);
  }
  static void DropReference(Block* block) {
    // A sole owner need not pay for an atomic write: nobody is left who could copy. Acquire, so
    // that reads made through other slices happen before the memory is used again.
    if (block->references.load(std::memory_order_acquire) == 1 ||
        block->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      Destroy(block);
    }
  }
  static void Destroy(Block* block);

  Block* block_ = nullptr;
  const char* data_ = "";
  size_t size_ = 0;
};
static_assert(sizeof(Bytes) == 24);

// Writes bytes that become a Bytes without being copied. Grows by doubling; with the capacity
// known beforehand it allocates once. Threads: a plain value.
class BytesBuilder {
 public:
  BytesBuilder() = default;
  explicit BytesBuilder(size_t capacity) { Reserve(capacity); }
  BytesBuilder(BytesBuilder&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  BytesBuilder& operator=(BytesBuilder&& other) noexcept;
  BytesBuilder(const BytesBuilder&) = delete;
  BytesBuilder& operator=(const BytesBuilder&) = delete;
  ~BytesBuilder() {
    if (block_ != nullptr) Bytes::Destroy(block_);
  }

  void Reserve(size_t capacity);  // For this many bytes in all.

  // `size` more bytes, uninitialised, for the caller to write. The pointer, like data(), is good
  // until the builder next grows.
  char* Extend(size_t size);
  void Append(std::string_view bytes);

  char* data() { return block_ == nullptr ? nullptr : Bytes::Payload(block_); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  Bytes Freeze();  // What was written. The builder is empty afterwards and may be used again.

 private:
  Bytes::Block* block_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace warren::base

template <>
struct std::hash<warren::base::Bytes> {
  size_t operator()(const warren::base::Bytes& bytes) const noexcept {
    return std::hash<std::string_view>{}(bytes.view());
  }
};
