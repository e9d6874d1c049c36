#include "queue/dead_letter_queue.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

KeyRange One(uint64_t key) { return {OrderKey(key), OrderKey(key)}; }

DeadLetterQueue WithLetters(std::initializer_list<uint64_t> keys) {
  DeadLetterQueue letters;
  for (const uint64_t key : keys) letters.Add(OrderKey(key), DeathReason::kExpired);
  return letters;
}

// What is handed out until nothing more is.
std::vector<uint64_t> HandOut(DeadLetterQueue& letters, uint32_t window) {
  std::vector<uint64_t> keys;
  while (const DeadLetterQueue::Letter* letter = letters.HandOut(window)) {
    keys.push_back(letter->key.value());
  }
  letters.CheckInvariants();
  return keys;
}

std::vector<uint64_t> Out(const DeadLetterQueue& letters) {
  std::vector<uint64_t> keys;
  for (const DeadLetterQueue::Letter& letter : letters.Out()) keys.push_back(letter.key.value());
  return keys;
}

TEST(DeadLetterQueueTest, TheyGoInTheOrderOfDying) {
  DeadLetterQueue letters = WithLetters({5, 3, 9});
  EXPECT_THAT(HandOut(letters, 10), ElementsAre(5, 3, 9));
  EXPECT_EQ(letters.size(), 3u);
}

TEST(DeadLetterQueueTest, TheWindowLimitsWhatIsOut) {
  DeadLetterQueue letters = WithLetters({1, 2, 3, 4});
  EXPECT_THAT(HandOut(letters, 2), ElementsAre(1, 2));
  std::vector<OrderKey> gone;
  letters.Confirm(One(1), gone);
  EXPECT_THAT(gone, ElementsAre(OrderKey(1)));
  EXPECT_THAT(HandOut(letters, 2), ElementsAre(3));
  EXPECT_THAT(Out(letters), ElementsAre(2, 3));
}

TEST(DeadLetterQueueTest, AnswersToWhatIsNotOutArePassedOver) {
  DeadLetterQueue letters = WithLetters({1, 2});
  HandOut(letters, 1);
  std::vector<OrderKey> gone;
  letters.Confirm({OrderKey(2), OrderKey(99)}, gone);
  EXPECT_THAT(gone, IsEmpty());
  letters.Refuse(One(2), Time(10), QueueConfig());
  EXPECT_EQ(letters.NextDue(), std::nullopt);
  EXPECT_EQ(letters.size(), 2u);
}

TEST(DeadLetterQueueTest, RefusedOnesWaitTwiceAsLongEachTime) {
  QueueConfig config;
  config.dead_letter_retry_min = 10;
  config.dead_letter_retry_max = 35;
  DeadLetterQueue letters = WithLetters({1});
  for (const uint64_t wait : {10u, 20u, 35u, 35u}) {
    EXPECT_THAT(HandOut(letters, 1), ElementsAre(1));
    letters.Refuse(One(1), Time(1000), config);
    EXPECT_EQ(letters.NextDue(), Time(1000 + wait));
    letters.Requeue(Time(1000 + wait - 1), 100);
    EXPECT_THAT(HandOut(letters, 1), IsEmpty());
    letters.Requeue(Time(1000 + wait), 100);
  }
}

TEST(DeadLetterQueueTest, ALongTimeOfRefusalsDoesNotOverflow) {
  QueueConfig config;
  config.dead_letter_retry_max = kSpanMax;
  DeadLetterQueue letters = WithLetters({1});
  for (int i = 0; i < 200; ++i) {
    HandOut(letters, 1);
    letters.Refuse(One(1), Time(1), config);
    EXPECT_LE(*letters.NextDue(), Time(1) + kSpanMax);
    letters.Requeue(*letters.NextDue(), 1);
  }
}

TEST(DeadLetterQueueTest, WhatIsDueAgainStandsAtTheEnd) {
  DeadLetterQueue letters = WithLetters({1, 2, 3});
  HandOut(letters, 2);
  letters.Refuse({OrderKey(1), OrderKey(2)}, Time(10), QueueConfig());
  EXPECT_THAT(HandOut(letters, 1), ElementsAre(3));
  letters.Requeue(Time(10) + kSecond, 1);  // No more than asked for.
  letters.Add(OrderKey(4), DeathReason::kRejected);
  letters.Requeue(Time(10) + kSecond, 1);
  EXPECT_THAT(HandOut(letters, 10), ElementsAre(1, 4, 2));
}

TEST(DeadLetterQueueTest, TakeAllAnswersThemInTheOrderOfDying) {
  DeadLetterQueue letters = WithLetters({5, 3, 9});
  HandOut(letters, 2);
  letters.Refuse(One(5), Time(10), QueueConfig());
  std::vector<OrderKey> keys;
  for (const DeadLetterQueue::Letter& letter : letters.TakeAll()) keys.push_back(letter.key);
  EXPECT_THAT(keys, ElementsAre(OrderKey(5), OrderKey(3), OrderKey(9)));
  EXPECT_EQ(letters.size(), 0u);
  EXPECT_EQ(letters.NextDue(), std::nullopt);
  letters.CheckInvariants();
}

TEST(DeadLetterQueueTest, ItIsRestoredAsItWas) {
  DeadLetterQueue letters = WithLetters({1, 2, 3});
  HandOut(letters, 2);
  letters.Refuse(One(1), Time(10), QueueConfig());
  DeadLetterQueue restored;
  ASSERT_TRUE(restored.Restore(letters.letters(), letters.line(), letters.next_number()));
  restored.CheckInvariants();
  EXPECT_EQ(restored.letters(), letters.letters());
  EXPECT_EQ(restored.NextDue(), letters.NextDue());
  EXPECT_THAT(Out(restored), ElementsAre(2));
  EXPECT_TRUE(restored.Contains(OrderKey(3)));
}

TEST(DeadLetterQueueTest, WhatCannotBeIsNotRestored) {
  const DeadLetterQueue letters = WithLetters({1, 2});
  DeadLetterQueue restored;
  EXPECT_FALSE(restored.Restore(letters.letters(), {1}, 3));        // 2 is in no place.
  EXPECT_FALSE(restored.Restore(letters.letters(), {1, 2, 2}, 3));  // Twice in line.
  EXPECT_FALSE(restored.Restore(letters.letters(), {1, 2}, 2));     // A number to come.
  auto same_key = letters.letters();
  same_key.at(2).key = OrderKey(1);
  EXPECT_FALSE(restored.Restore(same_key, {1, 2}, 3));
  EXPECT_EQ(restored.size(), 0u);
  EXPECT_TRUE(restored.Restore(letters.letters(), {2, 1}, 3));
}

}  // namespace
}  // namespace warren::queue
