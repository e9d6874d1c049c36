#include "base/ring.h"

#include <deque>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base {
namespace {

using ::testing::ElementsAre;

Ring<int> RingOf(int count) {
  Ring<int> ring;
  for (int i = 1; i <= count; ++i) ring.PushBack(i);
  return ring;
}

TEST(RingTest, IsReadLikeAVector) {
  const Ring<int> ring = RingOf(3);
  EXPECT_THAT(ring, ElementsAre(1, 2, 3));
  EXPECT_EQ(ring[1], 2);
  EXPECT_EQ(ring.front(), 1);
  EXPECT_EQ(ring.back(), 3);
}

TEST(RingTest, PopFrontMovesTheStart) {
  Ring<int> ring = RingOf(5);
  ring.PopFront(2);
  EXPECT_THAT(ring, ElementsAre(3, 4, 5));
  ring.PopFront();
  EXPECT_THAT(ring, ElementsAre(4, 5));
}

TEST(RingTest, TruncateKeepsTheStart) {
  Ring<int> ring = RingOf(5);
  ring.Truncate(2);
  EXPECT_THAT(ring, ElementsAre(1, 2));
}

TEST(RingTest, EmptyRingTakesEmptyRequests) {
  Ring<int> ring;
  ring.PopFront(0);
  ring.Truncate(0);
  ring.Clear();
  EXPECT_TRUE(ring.empty());
}

// What elements hold is shared: a slot that kept it until its reuse would hold memory of others.
TEST(RingTest, WhatLeavesIsGivenUpAtOnce) {
  const auto payload = std::make_shared<int>(7);
  Ring<std::shared_ptr<int>> ring;
  for (int i = 0; i < 4; ++i) ring.PushBack(payload);
  EXPECT_EQ(payload.use_count(), 5);
  ring.PopFront(2);
  EXPECT_EQ(payload.use_count(), 3);
  ring.Truncate(1);
  EXPECT_EQ(payload.use_count(), 2);
  ring.Clear();
  EXPECT_EQ(payload.use_count(), 1);
}

TEST(RingTest, KeepsOrderWhenItGrowsWhileWrapped) {
  Ring<int> ring = RingOf(16);
  ring.PopFront(10);
  for (int i = 17; i <= 60; ++i) ring.PushBack(i);
  ASSERT_EQ(ring.size(), 50u);
  for (size_t i = 0; i < ring.size(); ++i) EXPECT_EQ(ring[i], 11 + static_cast<int>(i));
}

TEST(RingTest, TakesUpAgainAfterABurst) {
  Ring<int> ring = RingOf(1000);
  ring.PopFront(1000);
  for (int i = 1; i <= 3; ++i) ring.PushBack(i);
  EXPECT_THAT(ring, ElementsAre(1, 2, 3));
}

TEST(RingTest, ElementsMayOnlyMove) {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 9; ++i) ring.PushBack(std::make_unique<int>(i));
  ring.PopFront();
  EXPECT_EQ(*ring.front(), 1);
}

TEST(RingTest, BehavesLikeADequeUnderRandomOperations) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    Ring<std::string> ring;
    std::deque<std::string> model;
    for (uint64_t step = 1; step < 1500; ++step) {
      const uint64_t kind = rng.Below(20);
      if (kind < 16) {
        ring.PushBack(std::to_string(step));
        model.push_back(std::to_string(step));
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
      ASSERT_TRUE(std::equal(model.begin(), model.end(), ring.begin()));
    }
  }
}

TEST(RingDeathTest, NothingIsPoppedThatIsNotThere) {
  Ring<int> ring = RingOf(2);
  EXPECT_DEATH(ring.PopFront(3), "check failed");
  EXPECT_DEATH(ring.Truncate(3), "check failed");
}

}  // namespace
}  // namespace warren::base
