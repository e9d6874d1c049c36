#include "raft/entry_ring.h"

#include <deque>
#include <string>

#include "gtest/gtest.h"

#include "base/bytes_pool.h"
#include "base/rng.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::MakeEntry;

EntryRing RingOf(uint64_t count) {
  EntryRing ring;
  for (uint64_t i = 1; i <= count; ++i) ring.PushBack(MakeEntry(i, 1));
  return ring;
}

TEST(EntryRingTest, IsReadLikeAVector) {
  const EntryRing ring = RingOf(3);
  ASSERT_EQ(ring.size(), 3u);
  EXPECT_EQ(ring[0].id.index, Index(1));
  EXPECT_EQ(ring.back().id.index, Index(3));
}

TEST(EntryRingTest, PopFrontMovesTheStart) {
  EntryRing ring = RingOf(5);
  ring.PopFront(2);
  ASSERT_EQ(ring.size(), 3u);
  EXPECT_EQ(ring[0].id.index, Index(3));
}

TEST(EntryRingTest, TruncateKeepsTheStart) {
  EntryRing ring = RingOf(5);
  ring.Truncate(2);
  ASSERT_EQ(ring.size(), 2u);
  EXPECT_EQ(ring.back().id.index, Index(2));
}

TEST(EntryRingTest, EmptyRingTakesEmptyRequests) {
  EntryRing ring;
  ring.PopFront(0);
  ring.Truncate(0);
  EXPECT_TRUE(ring.empty());
}

// Payloads are shared: a slot that kept one until its reuse would hold the memory of others.
TEST(EntryRingTest, PopFrontAndTruncateGiveUpThePayloads) {
  if (!base::bytes_pool::kEnabled) GTEST_SKIP() << "nothing is pooled in this build";
  EntryRing ring;
  for (uint64_t i = 1; i <= 4; ++i) ring.PushBack(MakeEntry(i, 1, std::string(100, 'x')));
  const auto free_bytes = [] { return base::bytes_pool::GetThreadStats().free_bytes; };
  const uint64_t at_first = free_bytes();
  ring.PopFront(2);
  const uint64_t after_pop = free_bytes();
  EXPECT_GE(after_pop, at_first + 200);
  ring.Truncate(0);
  EXPECT_GE(free_bytes(), after_pop + 200);
}

TEST(EntryRingTest, KeepsOrderWhenItGrowsWhileWrapped) {
  EntryRing ring = RingOf(16);
  ring.PopFront(10);
  for (uint64_t i = 17; i <= 60; ++i) ring.PushBack(MakeEntry(i, 1));
  ASSERT_EQ(ring.size(), 50u);
  for (size_t i = 0; i < ring.size(); ++i) EXPECT_EQ(ring[i].id.index, Index(11 + i));
}

TEST(EntryRingTest, BehavesLikeADequeUnderRandomOperations) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    base::Rng rng(seed);
    EntryRing ring;
    std::deque<Entry> model;
    for (uint64_t step = 1; step < 1500; ++step) {
      const uint64_t kind = rng.Below(20);
      if (kind < 16) {
        const Entry entry = MakeEntry(step, rng.Below(5), std::to_string(step));
        ring.PushBack(entry);
        model.push_back(entry);
      } else if (kind < 18) {
        const size_t count = rng.Below(model.size() + 1);
        ring.PopFront(count);
        model.erase(model.begin(), model.begin() + static_cast<ptrdiff_t>(count));
      } else {
        const size_t size = rng.Below(model.size() + 1);
        ring.Truncate(size);
        model.resize(size);
      }
      ASSERT_EQ(ring.size(), model.size());
      ASSERT_EQ(ring.empty(), model.empty());
      for (size_t i = 0; i < model.size(); ++i) ASSERT_EQ(ring[i], model[i]);
    }
  }
}

TEST(EntryRingDeathTest, NothingIsPoppedThatIsNotThere) {
  EntryRing ring = RingOf(2);
  EXPECT_DEATH(ring.PopFront(3), "check failed");
  EXPECT_DEATH(ring.Truncate(3), "check failed");
}

}  // namespace
}  // namespace warren::raft
