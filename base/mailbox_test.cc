#include "base/mailbox.h"

#include <memory>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::base {
namespace {

using ::testing::ElementsAre;

TEST(MailboxTest, GivesWhatCameInItsOrder) {
  Mailbox<int> box(10);
  EXPECT_TRUE(box.TryPost(1));
  EXPECT_TRUE(box.TryPost(2));
  std::vector<int> out = {0};
  box.Drain(&out);
  EXPECT_THAT(out, ElementsAre(0, 1, 2));
  out.clear();
  box.Drain(&out);
  EXPECT_TRUE(out.empty());
}

TEST(MailboxTest, SaysNoWhenItIsFullButNotToWhatMustNotBeLost) {
  Mailbox<int> box(2);
  EXPECT_TRUE(box.TryPost(1));
  EXPECT_TRUE(box.TryPost(2));
  EXPECT_FALSE(box.TryPost(3));
  box.Post(4);
  std::vector<int> out;
  box.Drain(&out);
  EXPECT_THAT(out, ElementsAre(1, 2, 4));
  EXPECT_TRUE(box.TryPost(5));
}

TEST(MailboxTest, TakesWhatCannotBeCopied) {
  Mailbox<std::unique_ptr<int>> box(1);
  EXPECT_TRUE(box.TryPost(std::make_unique<int>(7)));
  std::vector<std::unique_ptr<int>> out;
  box.Drain(&out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(*out[0], 7);
}

TEST(MailboxTest, WakesOncePerBurst) {
  int wakes = 0;
  Mailbox<int> box(10, [&wakes] { ++wakes; });
  box.Post(1);
  box.Post(2);
  EXPECT_EQ(wakes, 1);
  std::vector<int> out;
  box.Drain(&out);
  box.Post(3);
  EXPECT_EQ(wakes, 2);
}

TEST(MailboxTest, NothingOfManyThreadsIsLostOrTurnedAround) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  Mailbox<std::pair<int, int>> box(SIZE_MAX);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&box, t] {
      for (int i = 0; i < kEach; ++i) box.Post({t, i});
    });
  }
  std::vector<int> next(kThreads, 0);
  int received = 0;
  std::vector<std::pair<int, int>> items;
  while (received < kThreads * kEach) {
    box.Wait(absl::Seconds(10));
    items.clear();
    box.Drain(&items);
    ASSERT_FALSE(items.empty()) << "waited in vain after " << received;
    for (const auto& [thread, number] : items) {
      ASSERT_EQ(number, next[static_cast<size_t>(thread)]++);
    }
    received += static_cast<int>(items.size());
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace warren::base
