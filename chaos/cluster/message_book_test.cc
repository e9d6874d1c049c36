#include "chaos/cluster/message_book.h"

#include "gtest/gtest.h"

namespace warren::cluster_sim {
namespace {

using Kind = replication::PublishOutcome::Kind;

class MessageBookTest : public testing::Test {
 protected:
  MessageName Publish(uint64_t sequence) {
    const MessageName name{.producer = 7, .sequence = sequence};
    book_.OnPublish(name);
    return name;
  }
  replication::DeliveredMessage Message(MessageName name, uint64_t key, uint32_t acquired = 0) {
    return {.key = OrderKey(key),
            .acquired = acquired,
            .failed = 0,
            .content = book_.MakeContent(name, 10).Flatten()};
  }
  ConsumerId Consumer(uint64_t session) {
    return {.session = SessionId(session), .number = queue::ConsumerNumber(1)};
  }
  std::string Rule() const {
    const auto& first = timeline_.verdict().first();
    return first.has_value() ? first->rule : "";
  }

  Timeline timeline_{1, nullptr};
  MessageBook book_{GroupId(3), /*is_strict=*/true, &timeline_};
};

TEST_F(MessageBookTest, AMessageThatIsSettledIsNotLost) {
  const MessageName name = Publish(1);
  book_.OnOutcome(name, Kind::kConfirmed);
  book_.OnHandedOut(SessionId(1), OrderKey(1));
  book_.OnDelivered(Consumer(1), Message(name, 1));
  book_.OnSettleAsked(SessionId(1), OrderKey(1));
  book_.OnSettled(Consumer(1), SessionNumber(2), OrderKey(1));
  book_.CheckNothingLost();
  EXPECT_EQ(Rule(), "");
}

TEST_F(MessageBookTest, AConfirmedMessageThatNobodyGotIsLost) {
  book_.OnOutcome(Publish(1), Kind::kConfirmed);
  book_.CheckNothingLost();
  EXPECT_EQ(Rule(), "NothingLost");
}

TEST_F(MessageBookTest, AConfirmedMessageThatNobodySettledIsLost) {
  const MessageName name = Publish(1);
  book_.OnOutcome(name, Kind::kConfirmed);
  book_.OnDelivered(Consumer(1), Message(name, 1));
  book_.CheckNothingLost();
  EXPECT_EQ(Rule(), "NothingLost");
}

TEST_F(MessageBookTest, AMessageOfUnknownOutcomeMayBeGone) {
  book_.OnOutcome(Publish(1), Kind::kUnknown);
  book_.CheckNothingLost();
  EXPECT_EQ(Rule(), "");
}

TEST_F(MessageBookTest, TwoOutcomesAreOneTooMany) {
  const MessageName name = Publish(1);
  book_.OnOutcome(name, Kind::kConfirmed);
  book_.OnOutcome(name, Kind::kConfirmed);
  EXPECT_EQ(Rule(), "OneOutcome");
}

TEST_F(MessageBookTest, OtherContentsAreSeen) {
  replication::DeliveredMessage message = Message(Publish(1), 1);
  std::string bytes(message.content.view());
  bytes[30] ^= 1;
  message.content = base::Bytes::Copy(bytes);
  EXPECT_FALSE(book_.OnDelivered(Consumer(1), message).has_value());
  EXPECT_EQ(Rule(), "ContentsAreWhatWasPublished");
}

TEST_F(MessageBookTest, AMessageHasOneKey) {
  const MessageName name = Publish(1);
  book_.OnDelivered(Consumer(1), Message(name, 1));
  book_.OnDelivered(Consumer(1), Message(name, 2));
  EXPECT_EQ(Rule(), "PublishedOnce");
}

TEST_F(MessageBookTest, AProducersMessagesKeepTheirOrder) {
  const MessageName first = Publish(1);
  const MessageName second = Publish(2);
  book_.OnDelivered(Consumer(1), Message(second, 1));
  book_.OnDelivered(Consumer(1), Message(first, 2));
  EXPECT_EQ(Rule(), "Order");
}

TEST_F(MessageBookTest, ALeaseHasOneHolder) {
  const MessageName name = Publish(1);
  book_.OnDelivered(Consumer(1), Message(name, 1, /*acquired=*/0));
  book_.OnDelivered(Consumer(2), Message(name, 1, /*acquired=*/1));
  EXPECT_EQ(Rule(), "");
  book_.OnDelivered(Consumer(3), Message(name, 1, /*acquired=*/1));
  EXPECT_EQ(Rule(), "OneHolder");
}

TEST_F(MessageBookTest, WhatWasSaidToBeSettledIsNotHandedOutAgain) {
  const MessageName name = Publish(1);
  book_.OnHandedOut(SessionId(1), OrderKey(1));
  book_.OnDelivered(Consumer(1), Message(name, 1));
  book_.OnSettleAsked(SessionId(1), OrderKey(1));
  book_.OnSettled(Consumer(1), SessionNumber(2), OrderKey(1));
  book_.OnHandedOut(SessionId(2), OrderKey(1));
  book_.OnToldApplied(SessionId(1), SessionNumber(2));
  // It left the leader before.
  book_.OnDelivered(Consumer(2), Message(name, 1, /*acquired=*/1));
  EXPECT_EQ(Rule(), "");
  book_.OnHandedOut(SessionId(3), OrderKey(1));
  book_.OnDelivered(Consumer(3), Message(name, 1, /*acquired=*/2));
  EXPECT_EQ(Rule(), "SettledIsGone");
}

TEST_F(MessageBookTest, NobodySettlesForOthers) {
  book_.OnSettled(Consumer(1), SessionNumber(2), OrderKey(1));
  EXPECT_EQ(Rule(), "SettledIfAsked");
}

}  // namespace
}  // namespace warren::cluster_sim
