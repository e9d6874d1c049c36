#include "bench/allocation_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace warren::bench {
namespace {

std::atomic<uint64_t> allocations{0};

void* CountedAllocation(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();  // A benchmark without memory has nothing to say.
}

}  // namespace

uint64_t AllocationCount() { return allocations.load(std::memory_order_relaxed); }

}  // namespace warren::bench

void* operator new(size_t size) { return warren::bench::CountedAllocation(size); }
void* operator new[](size_t size) { return warren::bench::CountedAllocation(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
