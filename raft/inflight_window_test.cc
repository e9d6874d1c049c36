#include "raft/inflight_window.h"

#include <deque>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::raft {
namespace {

TEST(InflightWindowTest, IsFullByMessages) {
  InflightWindow window(/*messages_max=*/2, /*bytes_max=*/1000);
  window.Add(Index(1), 1);
  EXPECT_FALSE(window.IsFull());
  window.Add(Index(2), 1);
  EXPECT_TRUE(window.IsFull());
}

TEST(InflightWindowTest, IsFullByBytesOfWhichTheLastMayExceed) {
  InflightWindow window(/*messages_max=*/100, /*bytes_max=*/10);
  window.Add(Index(1), 9);
  EXPECT_FALSE(window.IsFull());
  window.Add(Index(2), 500);
  EXPECT_TRUE(window.IsFull());
}

TEST(InflightWindowTest, FreeUpToFreesWholeAppendsOnly) {
  InflightWindow window(3, 1000);
  window.Add(Index(10), 1);
  window.Add(Index(20), 1);
  window.FreeUpTo(Index(9));
  EXPECT_EQ(window.count(), 2u);
  window.FreeUpTo(Index(19));
  EXPECT_EQ(window.count(), 1u);
  window.FreeUpTo(Index(20));
  EXPECT_EQ(window.count(), 0u);
}

TEST(InflightWindowTest, FreeUpToGivesBackTheBytes) {
  InflightWindow window(100, 10);
  window.Add(Index(1), 6);
  window.Add(Index(2), 6);
  window.FreeUpTo(Index(1));
  EXPECT_FALSE(window.IsFull());
  window.Add(Index(3), 4);
  EXPECT_TRUE(window.IsFull());
}

TEST(InflightWindowTest, FreeUpToBeyondTheLastEmptiesIt) {
  InflightWindow window(2, 1000);
  window.Add(Index(1), 1);
  window.FreeUpTo(Index(500));
  EXPECT_EQ(window.count(), 0u);
  window.FreeUpTo(Index(501));
  EXPECT_EQ(window.count(), 0u);
}

TEST(InflightWindowTest, ResetForgetsMessagesAndBytes) {
  InflightWindow window(2, 10);
  window.Add(Index(1), 10);
  ASSERT_TRUE(window.IsFull());
  window.Reset();
  EXPECT_EQ(window.count(), 0u);
  EXPECT_FALSE(window.IsFull());
}

TEST(InflightWindowDeathTest, NothingIsAddedToAFullWindow) {
  InflightWindow window(1, 1000);
  window.Add(Index(1), 1);
  EXPECT_DEATH(window.Add(Index(2), 1), "check failed");
}

// Grows while it is wrapped around, which is where a ring goes wrong.
TEST(InflightWindowTest, BehavesLikeAQueueUnderRandomOperations) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    base::Rng rng(seed);
    const size_t messages_max = rng.Between(1, 40);
    const size_t bytes_max = rng.Between(1, 200);
    InflightWindow window(messages_max, bytes_max);
    struct Sent {
      uint64_t last;
      size_t bytes;
    };
    std::deque<Sent> model;
    size_t model_bytes = 0;
    uint64_t next = 1;
    for (int step = 0; step < 400; ++step) {
      if (!window.IsFull() && rng.Below(3) != 0) {
        next += rng.Between(1, 5);
        const size_t bytes = rng.Below(30);
        window.Add(Index(next), bytes);
        model.push_back({next, bytes});
        model_bytes += bytes;
      } else {
        const uint64_t upto = next - std::min<uint64_t>(next, rng.Below(20));
        window.FreeUpTo(Index(upto));
        while (!model.empty() && model.front().last <= upto) {
          model_bytes -= model.front().bytes;
          model.pop_front();
        }
      }
      ASSERT_EQ(window.count(), model.size());
      ASSERT_EQ(window.IsFull(), model.size() >= messages_max || model_bytes >= bytes_max);
    }
  }
}

}  // namespace
}  // namespace warren::raft
