#include "base/bytes_pool.h"

#include <array>
#include <new>

#include "base/check.h"

namespace warren::base::bytes_pool {
namespace {

constexpr std::array<size_t, 15> kClassBytes = {32,  48,  64,   96,   128,  192,  256, 384,
                                                512, 768, 1024, 1536, 2048, 3072, 4096};
constexpr size_t kGrain = 16;
static_assert(kClassBytes.back() == kPooledBytesMax);

// kClassOfGrain[g] is the smallest class that holds g * kGrain bytes.
constexpr auto kClassOfGrain = [] {
  std::array<SizeClass, kPooledBytesMax / kGrain + 1> table = {};
  SizeClass size_class = 0;
  for (size_t grain = 0; grain < table.size(); ++grain) {
    while (kClassBytes[size_class] < grain * kGrain) ++size_class;
    table[grain] = size_class;
  }
  return table;
}();

// A free block holds the link to the next one in its own first bytes.
struct FreeBlock {
  FreeBlock* next = nullptr;
};

struct FreeList {
  FreeBlock* head = nullptr;
  size_t bytes = 0;
};

// Constant-initialised and trivially destructible, so that it may be used at any time of a
// thread's life, also by destructors that run after ThreadDrain's.
struct ThreadPool {
  std::array<FreeList, kClassBytes.size()> lists;
  ThreadStats stats;
  bool drained = false;
};
constinit thread_local ThreadPool t_pool;

struct ThreadDrain {
  ThreadDrain() = default;
  ThreadDrain(const ThreadDrain&) = delete;
  ThreadDrain& operator=(const ThreadDrain&) = delete;
  ~ThreadDrain() {
    t_pool.drained = true;
    for (FreeList& list : t_pool.lists) {
      while (list.head != nullptr) {
        FreeBlock* block = list.head;
        list.head = block->next;
        ::operator delete(block);
      }
      list.bytes = 0;
    }
  }
  void Arm() {}  // A thread-local object is made, and its destructor registered, on first use.
};
thread_local ThreadDrain t_drain;

}  // namespace

Allocation Allocate(size_t bytes) {
  if (!kEnabled || bytes > kPooledBytesMax) {
    return {.memory = ::operator new(bytes), .bytes = bytes, .size_class = kUnpooled};
  }
  const SizeClass size_class = kClassOfGrain[(bytes + kGrain - 1) / kGrain];
  const size_t class_bytes = kClassBytes[size_class];
  FreeList& list = t_pool.lists[size_class];
  FreeBlock* block = list.head;
  if (block == nullptr) {
    ++t_pool.stats.misses;
    return {.memory = ::operator new(class_bytes), .bytes = class_bytes, .size_class = size_class};
  }
  ++t_pool.stats.hits;
  list.head = block->next;
  list.bytes -= class_bytes;
  return {.memory = block, .bytes = class_bytes, .size_class = size_class};
}

void Release(void* memory, SizeClass size_class) {
  if (size_class == kUnpooled) {
    ::operator delete(memory);
    return;
  }
  WARREN_CHECK(size_class < kClassBytes.size());
  const size_t class_bytes = kClassBytes[size_class];
  FreeList& list = t_pool.lists[size_class];
  if (t_pool.drained || list.bytes + class_bytes > kThreadClassBytesMax) {
    ++t_pool.stats.overflows;
    ::operator delete(memory);
    return;
  }
  if (list.head == nullptr) t_drain.Arm();
  list.head = ::new (memory) FreeBlock{.next = list.head};
  list.bytes += class_bytes;
}

ThreadStats GetThreadStats() {
  ThreadStats stats = t_pool.stats;
  for (const FreeList& list : t_pool.lists) stats.free_bytes += list.bytes;
  return stats;
}

}  // namespace warren::base::bytes_pool
