#include "base/bytes_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "base/bytes.h"

namespace warren::base {
namespace {

using bytes_pool::GetThreadStats;
using bytes_pool::ThreadStats;

#define SKIP_WITHOUT_POOL()                                          \
  if (!bytes_pool::kEnabled)                                         \
  GTEST_SKIP() << "the pool is off under AddressSanitizer, so that " \
                  "use after free is found"

TEST(BytesPoolTest, SteadyStateNeverReachesTheAllocator) {
  SKIP_WITHOUT_POOL();
  const std::string body(64, 'x');
  const auto churn = [&body] {
    std::deque<Bytes> window;
    for (int i = 0; i < 10'000; ++i) {
      window.push_back(Bytes::Copy(body));
      if (window.size() > 100) window.pop_front();
    }
  };
  churn();
  const ThreadStats warm = GetThreadStats();
  churn();
  const ThreadStats after = GetThreadStats();
  EXPECT_EQ(after.misses, warm.misses);
  EXPECT_EQ(after.hits, warm.hits + 10'000);
  EXPECT_EQ(after.free_bytes, warm.free_bytes);
}

TEST(BytesPoolTest, BlockIsFreedWithItsLastReferenceAndNotBefore) {
  SKIP_WITHOUT_POOL();
  Bytes whole = Bytes::Copy(std::string(64, 'x'));
  Bytes slice = whole.Slice(10, 10);
  const size_t before = GetThreadStats().free_bytes;
  whole = Bytes();
  EXPECT_EQ(GetThreadStats().free_bytes, before);
  slice = Bytes();
  EXPECT_EQ(GetThreadStats().free_bytes, before + 96);  // The class of 64 bytes and a header.
}

TEST(BytesPoolTest, FreeListsAreBounded) {
  SKIP_WITHOUT_POOL();
  const ThreadStats before = GetThreadStats();
  std::vector<Bytes> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(Bytes::Copy(std::string(200, 'x')));
  many.clear();
  const ThreadStats after = GetThreadStats();
  EXPECT_GT(after.overflows, before.overflows);
  EXPECT_LE(after.free_bytes, before.free_bytes + bytes_pool::kThreadClassBytesMax);
}

TEST(BytesPoolTest, LargeBlocksPassThePoolBy) {
  SKIP_WITHOUT_POOL();
  const ThreadStats before = GetThreadStats();
  Bytes::Copy(std::string(bytes_pool::kPooledBytesMax, 'x'));  // Plus its header: too large.
  const ThreadStats after = GetThreadStats();
  EXPECT_EQ(after.hits, before.hits);
  EXPECT_EQ(after.misses, before.misses);
  EXPECT_EQ(after.free_bytes, before.free_bytes);
}

TEST(BytesPoolTest, BlockGoesToThePoolOfTheThreadThatFreesIt) {
  SKIP_WITHOUT_POOL();
  Bytes bytes = Bytes::Copy(std::string(64, 'x'));
  const char* data = bytes.data();
  std::thread([bytes = std::move(bytes), data]() mutable {
    bytes = Bytes();
    const ThreadStats freed = GetThreadStats();
    EXPECT_GT(freed.free_bytes, 0u);
    const Bytes again = Bytes::Copy(std::string(64, 'y'));
    EXPECT_EQ(again.data(), data);
    EXPECT_EQ(GetThreadStats().hits, freed.hits + 1);
  }).join();
}

// The pool must survive destructors of thread-locals that run after its own.
struct LateHolder {
  Bytes bytes;
};
thread_local LateHolder t_late_holder;

TEST(BytesPoolTest, BytesInThreadLocalsAreReleasedAtThreadEnd) {
  std::thread([] {
    t_late_holder.bytes = Bytes::Copy(std::string(64, 'x'));
    Bytes::Copy(std::string(64, 'y'));  // Frees into the pool: it registers after the holder.
    EXPECT_EQ(t_late_holder.bytes.size(), 64u);
  }).join();
}

TEST(BytesPoolTest, MemoryIsAlignedForAnyObject) {
  for (size_t bytes = 1; bytes <= 5000; bytes = bytes * 3 / 2 + 1) {
    const bytes_pool::Allocation allocation = bytes_pool::Allocate(bytes);
    EXPECT_GE(allocation.bytes, bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(allocation.memory) % alignof(std::max_align_t), 0u);
    std::fill_n(static_cast<char*>(allocation.memory), allocation.bytes, 'x');
    bytes_pool::Release(allocation.memory, allocation.size_class);
  }
}

// Four threads drop references to the same blocks, each in its own order: every block is freed
// once, by whoever comes last. Freed twice or too early, the sanitizers would tell.
TEST(BytesThreadTest, ReferencesAreDroppedOnManyThreads) {
  constexpr size_t kBlocks = 2003;  // A prime, so that every stride visits every block once.
  std::vector<Bytes> blocks;
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(Bytes::Copy(std::string(32 + i % 100, static_cast<char>('a' + i % 26))));
  }
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([mine = blocks, t]() mutable {
      for (size_t i = 0; i < kBlocks; ++i) {
        Bytes& bytes = mine[(i * (2 * t + 1)) % kBlocks];
        const Bytes slice = bytes.Slice(bytes.size() / 2);
        bytes = Bytes();
        EXPECT_EQ(slice.data()[0], slice.data()[slice.size() - 1]);
      }
    });
  }
  blocks.clear();
  for (std::thread& thread : threads) thread.join();
}

// Two threads drop their references to the same blocks in step, so that many are dropped at the
// same moment: exactly one of the two must free each.
TEST(BytesThreadTest, BlockDroppedByTwoThreadsAtOnceIsFreedOnce) {
  constexpr size_t kBlocks = 50'000;
  std::vector<Bytes> first;
  for (size_t i = 0; i < kBlocks; ++i) first.push_back(Bytes::Copy(std::string(64, 'x')));
  std::vector<Bytes> second = first;
  std::atomic<size_t> turns{0};
  std::atomic<uint64_t> freed{0};
  const auto drop_all = [&](std::vector<Bytes>& blocks) {
    const ThreadStats before = GetThreadStats();
    for (size_t i = 0; i < kBlocks; ++i) {
      ++turns;
      for (int spins = 0; turns.load() < 2 * (i + 1); ++spins) {
        if (spins > 2000) std::this_thread::yield();  // The other one may need this processor.
      }
      blocks[i] = Bytes();
    }
    const ThreadStats after = GetThreadStats();
    freed += (after.free_bytes - before.free_bytes) / 96 + after.overflows - before.overflows;
  };
  std::thread one([&] { drop_all(first); });
  std::thread other([&] { drop_all(second); });
  one.join();
  other.join();
  // Without the pool nothing is counted, but AddressSanitizer's leak checker looks on.
  EXPECT_EQ(freed.load(), bytes_pool::kEnabled ? kBlocks : 0u);
}

TEST(BytesThreadTest, BlocksFlowFromProducerToConsumer) {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Bytes> queue;
  constexpr int kMessages = 20'000;
  size_t consumed_bytes = 0;
  std::thread consumer([&] {
    for (int i = 0; i < kMessages; ++i) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !queue.empty(); });
      const Bytes bytes = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      consumed_bytes += bytes.size();
      EXPECT_EQ(bytes.data()[0], static_cast<char>(i % 100));
    }
  });
  for (int i = 0; i < kMessages; ++i) {
    Bytes bytes = Bytes::Copy(std::string(100, static_cast<char>(i % 100)));
    const std::lock_guard lock(mutex);
    queue.push_back(std::move(bytes));
    changed.notify_one();
  }
  consumer.join();
  EXPECT_EQ(consumed_bytes, 100u * kMessages);
}

}  // namespace
}  // namespace warren::base
