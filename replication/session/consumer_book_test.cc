#include "replication/session/consumer_book.h"

#include <initializer_list>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/command_codec.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using queue::KeyRange;
using queue::Settlement;
using queue::Verdict;

constexpr ConsumerNumber kSelf;  // What the session got.
constexpr ConsumerNumber kOne(1);
constexpr ConsumerNumber kTwo(2);

KeyRange Keys(uint64_t first, uint64_t last) { return {OrderKey(first), OrderKey(last)}; }

class ConsumerBookTest : public ::testing::Test {
 protected:
  ConsumerBookTest() {
    book_.Add(kOne).attached = true;
    book_.Add(kTwo).attached = true;
  }

  // The keys of those that the user is to see.
  std::vector<uint64_t> Deliver(ConsumerNumber to, bool again,
                                std::initializer_list<uint64_t> keys) {
    std::vector<DeliveredMessage> messages;
    for (const uint64_t key : keys) messages.push_back({.key = OrderKey(key)});
    book_.Deliver(to, again, messages);
    std::vector<uint64_t> left;
    for (const DeliveredMessage& message : messages) left.push_back(message.key.value());
    return left;
  }
  std::vector<Settlement> Settle(ConsumerNumber consumer, KeyRange keys,
                                 Verdict verdict = Verdict::kSettle) {
    std::vector<Settlement> out;
    book_.Settle({.consumer = consumer, .verdict = verdict, .keys = keys, .not_before = {}}, out);
    return out;
  }
  std::vector<KeyRange> Lose(ConsumerNumber consumer, KeyRange keys) {
    std::vector<KeyRange> told;
    book_.Lose(consumer, keys, [&told](KeyRange lost) { told.push_back(lost); });
    return told;
  }
  static std::vector<KeyRange> KeysOf(const std::vector<Settlement>& settlements) {
    std::vector<KeyRange> keys;
    for (const Settlement& settlement : settlements) keys.push_back(settlement.keys);
    return keys;
  }
  bool Holds(ConsumerNumber consumer, uint64_t key) {
    const BookedConsumer* found = book_.Find(consumer);
    return found != nullptr && found->held.Contains(key);
  }

  ConsumerBook book_;
};

// ---- Consumers ----------------------------------------------------------------------------------

TEST_F(ConsumerBookTest, TheSessionItselfIsAlwaysThere) {
  ASSERT_NE(book_.Find(kSelf), nullptr);
  EXPECT_TRUE(book_.Find(kSelf)->attached);
  book_.Find(kSelf)->cancelled = true;
  book_.EraseIfIdle(kSelf);
  EXPECT_NE(book_.Find(kSelf), nullptr);
}

TEST_F(ConsumerBookTest, ACancelledConsumerStaysWhileItHoldsAnything) {
  Deliver(kOne, false, {5});
  book_.Find(kOne)->cancelled = true;
  book_.EraseIfIdle(kOne);
  EXPECT_NE(book_.Find(kOne), nullptr);
  const std::vector<Settlement> settled = Settle(kOne, Keys(5, 5));
  EXPECT_NE(book_.Find(kOne), nullptr);
  book_.Settled(settled);
  EXPECT_EQ(book_.Find(kOne), nullptr);
}

TEST_F(ConsumerBookTest, WhoIsAttachedOrAttachingStaysThoughIdle) {
  book_.EraseIfIdle(kOne);
  EXPECT_NE(book_.Find(kOne), nullptr);
  book_.Find(kTwo)->attached = false;
  book_.Find(kTwo)->attach = SessionNumber(4);
  book_.EraseIfIdle(kTwo);
  EXPECT_NE(book_.Find(kTwo), nullptr);
  book_.Find(kTwo)->attach = SessionNumber();  // It was refused.
  book_.EraseIfIdle(kTwo);
  EXPECT_EQ(book_.Find(kTwo), nullptr);
}

// ---- Delivered ----------------------------------------------------------------------------------

TEST_F(ConsumerBookTest, WhatIsDeliveredIsHeldWhateverItsOrder) {
  EXPECT_FALSE(book_.HoldsAny());
  EXPECT_THAT(Deliver(kOne, false, {7, 8, 9, 3, 20}), ElementsAre(7, 8, 9, 3, 20));
  EXPECT_EQ(book_.Find(kOne)->held.size(), 5u);
  for (const uint64_t key : {3u, 7u, 8u, 9u, 20u}) EXPECT_TRUE(Holds(kOne, key)) << key;
  EXPECT_FALSE(Holds(kTwo, 7));
  EXPECT_TRUE(book_.HoldsAny());
}

TEST_F(ConsumerBookTest, WhatComesForNobodyIsDropped) {
  EXPECT_THAT(Deliver(ConsumerNumber(9), false, {1, 2}), IsEmpty());
  EXPECT_FALSE(book_.HoldsAny());
}

TEST_F(ConsumerBookTest, WhatComesAgainAndIsHeldIsNotShownAgain) {
  Deliver(kOne, false, {4, 5});
  EXPECT_THAT(Deliver(kOne, true, {3, 4, 5, 6}), ElementsAre(3, 6));
  EXPECT_EQ(book_.Find(kOne)->held.size(), 4u);
}

TEST_F(ConsumerBookTest, WithAutoSettleNothingIsHeldAndCreditGoesDownToNothing) {
  book_.Find(kOne)->auto_settle = true;
  book_.Find(kOne)->credit_left = 3;
  EXPECT_THAT(Deliver(kOne, false, {1, 2}), ElementsAre(1, 2));
  EXPECT_EQ(book_.Find(kOne)->credit_left, 1u);
  EXPECT_THAT(Deliver(kOne, true, {3, 4}), ElementsAre(3, 4));
  EXPECT_EQ(book_.Find(kOne)->credit_left, 0u);
  EXPECT_FALSE(book_.HoldsAny());
}

// ---- Settled ------------------------------------------------------------------------------------

TEST_F(ConsumerBookTest, OnlyWhatIsHeldAndNotSettledYetIsSettled) {
  Deliver(kOne, false, {2, 3, 5, 6, 9});
  EXPECT_THAT(KeysOf(Settle(kOne, Keys(3, 3))), ElementsAre(Keys(3, 3)));
  EXPECT_THAT(KeysOf(Settle(kOne, Keys(1, 6))), ElementsAre(Keys(2, 2), Keys(5, 6)));
  EXPECT_THAT(Settle(kOne, Keys(1, 6)), IsEmpty());
  EXPECT_THAT(Settle(kOne, Keys(3, 3)), IsEmpty());
  EXPECT_THAT(Settle(kTwo, Keys(9, 9)), IsEmpty());               // Another's.
  EXPECT_THAT(Settle(ConsumerNumber(9), Keys(9, 9)), IsEmpty());  // Nobody's.
  EXPECT_THAT(KeysOf(Settle(kOne, Keys(0, UINT64_MAX))), ElementsAre(Keys(9, 9)));
}

TEST_F(ConsumerBookTest, RangesThatCannotBeSettleAndLoseNothing) {
  Deliver(kOne, false, {5});
  for (const KeyRange keys :
       {Keys(6, 4), Keys(UINT64_MAX, UINT64_MAX), Keys(UINT64_MAX - 1, UINT64_MAX)}) {
    EXPECT_THAT(Settle(kOne, keys), IsEmpty());
    EXPECT_THAT(Lose(kOne, keys), IsEmpty());
  }
  EXPECT_TRUE(Holds(kOne, 5));
}

TEST_F(ConsumerBookTest, SettlementsThatFollowEachOtherAreJoined) {
  Deliver(kOne, false, {1, 2, 3, 4, 5, 6, 7, 9});
  Deliver(kTwo, false, {10});
  std::vector<Settlement> out;
  const auto settle = [&](ConsumerNumber consumer, uint64_t key, Verdict verdict,
                          uint64_t not_before = 0) {
    book_.Settle({.consumer = consumer,
                  .verdict = verdict,
                  .keys = Keys(key, key),
                  .not_before = queue::Time(not_before)},
                 out);
  };
  settle(kOne, 1, Verdict::kSettle);
  settle(kOne, 2, Verdict::kSettle);
  settle(kOne, 3, Verdict::kFail);  // Another verdict.
  settle(kOne, 4, Verdict::kFail);
  settle(kOne, 5, Verdict::kFail, 77);  // Another time.
  settle(kOne, 7, Verdict::kFail, 77);  // Not the next key.
  settle(kOne, 6, Verdict::kFail, 77);  // The one before.
  settle(kOne, 9, Verdict::kSettle);
  settle(kTwo, 10, Verdict::kSettle);  // Another consumer.
  EXPECT_THAT(KeysOf(out), ElementsAre(Keys(1, 2), Keys(3, 4), Keys(5, 5), Keys(7, 7), Keys(6, 6),
                                       Keys(9, 9), Keys(10, 10)));
}

TEST_F(ConsumerBookTest, WhatIsSettledIsHeldUntilThatIsCarriedOut) {
  Deliver(kOne, false, {1, 2, 3});
  const std::vector<Settlement> settled = Settle(kOne, Keys(1, 2));
  EXPECT_TRUE(Holds(kOne, 1));
  EXPECT_THAT(Deliver(kOne, true, {1}), IsEmpty());  // Sent again: not shown again.
  book_.Settled(settled);
  EXPECT_FALSE(Holds(kOne, 1));
  EXPECT_TRUE(Holds(kOne, 3));
  EXPECT_TRUE(book_.Find(kOne)->settling.empty());
}

TEST_F(ConsumerBookTest, WhatIsCarriedOutForNobodyIsPassedOver) {
  book_.Settled({{.consumer = ConsumerNumber(9), .keys = Keys(1, 2), .not_before = {}}});
  EXPECT_EQ(book_.Find(ConsumerNumber(9)), nullptr);
}

TEST_F(ConsumerBookTest, WhatWasReturnedAndCarriedOutMayBeHeldAgain) {
  Deliver(kOne, false, {4});
  book_.Settled(Settle(kOne, Keys(4, 4), Verdict::kReturn));
  EXPECT_FALSE(Holds(kOne, 4));
  EXPECT_THAT(Deliver(kOne, false, {4}), ElementsAre(4));
  EXPECT_THAT(KeysOf(Settle(kOne, Keys(4, 4))), ElementsAre(Keys(4, 4)));
}

// ---- Lost ---------------------------------------------------------------------------------------

TEST_F(ConsumerBookTest, OfWhatIsLostTheUserHearsWhatItStillHeld) {
  Deliver(kOne, false, {1, 2, 3, 4, 8});
  Settle(kOne, Keys(2, 2));
  EXPECT_THAT(Lose(kOne, Keys(0, 4)), ElementsAre(Keys(1, 1), Keys(3, 4)));
  EXPECT_EQ(book_.Find(kOne)->held.size(), 1u);
  EXPECT_TRUE(book_.Find(kOne)->settling.empty());
  EXPECT_THAT(Lose(kOne, Keys(0, 4)), IsEmpty());
  EXPECT_THAT(Lose(ConsumerNumber(9), Keys(0, 4)), IsEmpty());
  EXPECT_THAT(Lose(kOne, Keys(0, UINT64_MAX)), ElementsAre(Keys(8, 8)));
  EXPECT_FALSE(book_.HoldsAny());
}

// ---- Attaching anew -----------------------------------------------------------------------------

TEST_F(ConsumerBookTest, PresentsWhatEachHoldsInOrderAndPassesOverWhoHoldsNothing) {
  Deliver(kTwo, false, {5, 6, 9});
  Deliver(kSelf, false, {1});
  const std::vector<queue::HeldKeys> held = book_.Present();
  EXPECT_THAT(held,
              ElementsAre(queue::HeldKeys{.consumer = kSelf, .keys = {Keys(1, 1)}},
                          queue::HeldKeys{.consumer = kTwo, .keys = {Keys(5, 6), Keys(9, 9)}}));
}

TEST_F(ConsumerBookTest, WhatIsSettledForGoodIsPresentedAndWhatIsReturnedIsNot) {
  Deliver(kOne, false, {1, 2, 3, 4, 5});
  Settle(kOne, Keys(1, 1), Verdict::kSettle);
  Settle(kOne, Keys(2, 2), Verdict::kDeadLetter);
  Settle(kOne, Keys(3, 3), Verdict::kReturn);
  Settle(kOne, Keys(4, 4), Verdict::kFail);
  EXPECT_THAT(book_.Present(),
              ElementsAre(queue::HeldKeys{.consumer = kOne, .keys = {Keys(1, 2), Keys(5, 5)}}));
}

// The queue did not carry the return out: it sends again what was not presented, for nothing.
TEST_F(ConsumerBookTest, AReturnThatWasNotCarriedOutIsSentAgainForNothing) {
  Deliver(kOne, false, {3});
  const std::vector<Settlement> returned = Settle(kOne, Keys(3, 3), Verdict::kReturn);
  EXPECT_THAT(book_.Present(), IsEmpty());
  book_.Attached();
  EXPECT_THAT(Deliver(kOne, true, {3}), IsEmpty());
  book_.Settled(returned);
  EXPECT_FALSE(Holds(kOne, 3));
}

TEST_F(ConsumerBookTest, ItIsDroppedEvenIfTheReturnIsCarriedOutMeanwhile) {
  Deliver(kOne, false, {3});
  const std::vector<Settlement> returned = Settle(kOne, Keys(3, 3), Verdict::kFail);
  book_.Present();
  book_.Attached();
  book_.Settled(returned);
  EXPECT_THAT(Deliver(kOne, true, {3}), IsEmpty());
  EXPECT_FALSE(Holds(kOne, 3));
  EXPECT_THAT(Deliver(kOne, true, {3}), ElementsAre(3));  // For nothing once: this one is ours.
}

// The queue carried the return out and gave the message to us again, which was lost on the way.
TEST_F(ConsumerBookTest, AReturnThatWasCarriedOutBeforeIsShownWhenItIsSentAgain) {
  Deliver(kOne, false, {3});
  const std::vector<Settlement> returned = Settle(kOne, Keys(3, 3), Verdict::kReturn);
  book_.Present();
  book_.Settled(returned);  // Heard with the answer to the attachment, before the deliveries.
  book_.Attached();
  EXPECT_THAT(Deliver(kOne, true, {3}), ElementsAre(3));
  EXPECT_TRUE(Holds(kOne, 3));
}

TEST_F(ConsumerBookTest, AttachedCountsWhatTheSessionItselfIsSentForNothing) {
  Deliver(kSelf, false, {1, 2, 3});
  Deliver(kOne, false, {4});
  std::vector<Settlement> first = Settle(kSelf, Keys(1, 1), Verdict::kReturn);
  Settle(kSelf, Keys(2, 2), Verdict::kFail);
  Settle(kSelf, Keys(3, 3), Verdict::kSettle);
  Settle(kOne, Keys(4, 4), Verdict::kReturn);  // Not the session's own.
  book_.Present();
  book_.Settled(first);
  EXPECT_EQ(book_.Attached(), 1u);
}

TEST_F(ConsumerBookTest, WhatOneAttachmentWasSentForNothingDoesNotCountForTheNext) {
  Deliver(kOne, false, {3});
  const std::vector<Settlement> returned = Settle(kOne, Keys(3, 3), Verdict::kReturn);
  book_.Present();  // Nobody answered this one.
  book_.Settled(returned);
  book_.Present();
  book_.Attached();
  EXPECT_THAT(Deliver(kOne, true, {3}), ElementsAre(3));
}

// ---- Limits -------------------------------------------------------------------------------------

// What cannot be presented is sent again, and dropped, since it is held.
TEST_F(ConsumerBookTest, PresentsNoMoreConsumersThanACommandHolds) {
  for (uint64_t i = 1; i <= queue::kHeldConsumersMax + 5; ++i) {
    book_.Add(ConsumerNumber(i)).held.Insert(1);
  }
  const std::vector<queue::HeldKeys> held = book_.Present();
  EXPECT_EQ(held.size(), queue::kHeldConsumersMax);
  EXPECT_THAT(Deliver(ConsumerNumber(queue::kHeldConsumersMax + 5), true, {1}), IsEmpty());
}

TEST_F(ConsumerBookTest, PresentsNoMoreRangesThanACommandHolds) {
  for (uint64_t i = 0; i < queue::kHeldRangesMax - 1; ++i) {
    book_.Find(kOne)->held.Insert(1 + 2 * i);
  }
  for (const uint64_t key : {1u, 3u, 5u}) book_.Find(kTwo)->held.Insert(key);
  const std::vector<queue::HeldKeys> held = book_.Present();
  ASSERT_EQ(held.size(), 2u);
  EXPECT_EQ(held[0].keys.size(), queue::kHeldRangesMax - 1);
  EXPECT_THAT(held[1].keys, ElementsAre(Keys(1, 1)));
  std::string bytes;
  queue::EncodeCommand(
      queue::AttachSession{.session = SessionId(1), .epoch = SessionEpoch(1), .held = held},
      &bytes);  // Keeps to its requirements.
  EXPECT_FALSE(bytes.empty());
  EXPECT_THAT(Deliver(kTwo, true, {1, 3, 5}), IsEmpty());
}

}  // namespace
}  // namespace warren::replication
