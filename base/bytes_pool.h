// Memory for the blocks behind Bytes. Apart from base/bytes.h because it is the one piece of
// this folder with state per thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace warren::base::bytes_pool {

// A broker allocates and frees a few small blocks per message, often on two threads: the shard
// that read a body and the one that dropped the last reference to it. Here a thread takes blocks
// from its own free lists and puts them back there, without a lock, also those that another
// thread allocated, so a steady state never reaches the allocator.
//
//   request 1..4,096 bytes   rounded up to a size class (2 per doubling, at most a third lost)
//   request above            straight from and to the allocator
//
// Bound: a thread keeps at most kThreadClassBytesMax of free blocks per class; what is over goes
// to the allocator. When a thread ends its free lists are released. A one-way flow between two
// threads is therefore not pooled (one side misses, the other overflows), but stays bounded.
//
// Under AddressSanitizer every request goes to the allocator with its exact size, so that use
// after free and overruns are found as if there were no pool.
//
// Threads: any.
inline constexpr size_t kPooledBytesMax = 4096;
inline constexpr size_t kThreadClassBytesMax = 256 * 1024;

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kEnabled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kEnabled = false;
#else
inline constexpr bool kEnabled = true;
#endif
#else
inline constexpr bool kEnabled = true;
#endif

// Where a block came from, kept in the block; Release() needs it back.
using SizeClass = uint8_t;
inline constexpr SizeClass kUnpooled = UINT8_MAX;

struct Allocation {
  void* memory = nullptr;
  size_t bytes = 0;  // At least what was asked for; all of it is usable.
  SizeClass size_class = kUnpooled;
};

// Aligned for any object. Never null: without memory the process stops.
Allocation Allocate(size_t bytes);
void Release(void* memory, SizeClass size_class);

// What the calling thread did since it began. Requests above kPooledBytesMax count nowhere.
struct ThreadStats {
  uint64_t hits = 0;        // Allocations served by a free list.
  uint64_t misses = 0;      // Allocations that had to go to the allocator.
  uint64_t overflows = 0;   // Releases handed to the allocator, the free list being full.
  uint64_t free_bytes = 0;  // Held in the free lists now.
};
ThreadStats GetThreadStats();

}  // namespace warren::base::bytes_pool
