// Which message goes first.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"

namespace warren::queue::testing {
namespace {

using ::testing::ElementsAre;

TEST(MachinePriorityTest, HigherGoesFirstAndEqualsInOrder) {
  MachineFixture queue;
  queue.Publish({{.priority = 1}, {.priority = 9}, {.priority = 5}, {.priority = 9}});
  queue.Attach(kAnna, {.prefetch = 10});
  EXPECT_THAT(queue.Got(kAnna), ElementsAre(2, 4, 3, 1));
}

TEST(MachinePriorityTest, WithoutPrioritiesMessagesGoInOrder) {
  MachineFixture queue;
  queue.PublishMany(3);
  queue.PublishMany(2);
  queue.Attach(kAnna, {.prefetch = 10});
  EXPECT_THAT(queue.Got(kAnna), ElementsAre(1, 2, 3, 4, 5));
}

TEST(MachinePriorityTest, UnsetIsFourAndAboveThirtyOneIsThirtyOne) {
  MachineFixture queue;
  queue.Publish(
      {{.priority = 3}, {.size = 1}, {.priority = 5}, {.priority = 31}, {.priority = 255}});
  EXPECT_THAT(queue.Ready(), ElementsAre(4, 5, 3, 2, 1));
  EXPECT_EQ(queue.Find(2)->priority, 4);
  EXPECT_EQ(queue.Find(5)->priority, 31);
}

TEST(MachinePriorityTest, WithMaxPriorityUnsetIsZeroAndAboveIsClamped) {
  QueueConfig config;
  config.max_priority = 2;
  MachineFixture queue(config);
  queue.Publish({{.size = 1}, {.priority = 1}, {.priority = 9}, {.priority = 2}});
  EXPECT_THAT(queue.Ready(), ElementsAre(3, 4, 2, 1));
}

TEST(MachinePriorityTest, MaxPriorityZeroIsPlainOrder) {
  QueueConfig config;
  config.max_priority = 0;
  MachineFixture queue(config);
  queue.Publish({{.priority = 1}, {.priority = 200}, {.size = 1}});
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3));
}

TEST(MachinePriorityTest, All256LevelsAreStrict) {
  QueueConfig config;
  config.max_priority = 255;
  MachineFixture queue(config);
  std::vector<Message> messages;
  Keys descending;
  for (uint32_t level = 0; level < 256; ++level) {
    messages.push_back({.priority = static_cast<Priority>(level)});
    descending.push_back(256 - level);
  }
  queue.Publish(messages);
  EXPECT_EQ(queue.Ready(), descending);
}

TEST(MachinePriorityTest, AReturnedMessageKeepsItsPlaceAndPriority) {
  MachineFixture queue;
  queue.Publish({{.priority = 5}, {.priority = 5}, {.priority = 5}, {.priority = 9}});
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 3);
  EXPECT_THAT(queue.Holds(kAnna), ElementsAre(4, 1, 2));
  queue.Return(kAnna, {2});
  queue.Return(kAnna, {4});
  queue.Fail(kAnna, {1});
  EXPECT_THAT(queue.Ready(), ElementsAre(4, 1, 2, 3));
}

TEST(MachinePriorityTest, ManyReturnedInAnyOrderGoInTheOldOrder) {
  MachineFixture queue;
  queue.PublishMany(6);
  queue.Attach(kAnna, {});
  queue.Grant(kAnna, 6);
  queue.Return(kAnna, {5, 3});
  queue.Return(kAnna, {1, 6});
  queue.Return(kAnna, {4, 2});
  EXPECT_THAT(queue.Ready(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(MachinePriorityTest, ANewcomerOfHigherPriorityOvertakesABacklog) {
  MachineFixture queue;
  queue.PublishMany(1000);
  queue.Publish({{.priority = 10}});
  EXPECT_EQ(queue.Get(kAnna.session), 1001u);
  EXPECT_EQ(queue.Get(kAnna.session), 1u);
}

TEST(MachinePriorityTest, ReconfiguringLeavesWhatIsThereAtItsLevel) {
  MachineFixture queue;
  queue.Publish({{.priority = 20}});
  QueueConfig config;
  config.max_priority = 3;
  queue.Configure(config);
  queue.Publish({{.priority = 20}});
  EXPECT_EQ(queue.Find(1)->priority, 20);
  EXPECT_EQ(queue.Find(2)->priority, 3);
}

}  // namespace
}  // namespace warren::queue::testing
