#include "chaos/sim/event_queue.h"

#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::sim {
namespace {

Time At(int64_t micros) { return Time(Microseconds(micros)); }

TEST(EventQueueTest, PopsInOrderOfTime) {
  EventQueue<int> queue;
  queue.Push(At(30), 3);
  queue.Push(At(10), 1);
  queue.Push(At(20), 2);

  EXPECT_EQ(queue.NextAt(), At(10));
  EXPECT_EQ(queue.Pop().what, 1);
  EXPECT_EQ(queue.Pop().what, 2);
  EXPECT_EQ(queue.Pop().what, 3);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueueTest, PopsInOrderOfPushAtEqualTimes) {
  EventQueue<int> queue;
  for (int i = 0; i < 100; ++i) queue.Push(At(i % 2), i);

  std::vector<int> popped;
  while (!queue.empty()) popped.push_back(queue.Pop().what);

  for (size_t i = 1; i < popped.size(); ++i) {
    if (i == 50) continue;  // From those of time 0 to those of time 1.
    EXPECT_LT(popped[i - 1], popped[i]);
  }
  EXPECT_EQ(popped[0], 0);
  EXPECT_EQ(popped[50], 1);
}

TEST(EventQueueTest, StaysOrderedWhilePushesAndPopsMix) {
  EventQueue<int64_t> queue;
  base::Rng rng(1);
  Time now;
  for (int i = 0; i < 10'000; ++i) {
    const int64_t at = now.time_since_epoch().count() + static_cast<int64_t>(rng.Below(50));
    queue.Push(At(at), at);
    if (!rng.OneIn(3)) continue;
    const auto due = queue.Pop();
    EXPECT_GE(due.at, now);
    EXPECT_EQ(due.at, At(due.what));
    now = due.at;
  }
}

TEST(EventQueueDeathTest, PopOfNothingStops) {
  EventQueue<int> queue;
  EXPECT_DEATH(queue.Pop(), "empty");
}

}  // namespace
}  // namespace warren::sim
