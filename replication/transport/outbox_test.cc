#include "replication/transport/outbox.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/transport/frame.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr OutboxLimits kLimits = {
    .queued_bytes_max = 1000, .frame_bytes_max = 100, .message_bytes_max = 500};

base::BytesChain Message(size_t size, char fill = 'x') {
  return base::BytesChain(base::Bytes::Copy(std::string(size, fill)));
}

std::vector<size_t> NextSizes(Outbox* outbox) {
  std::vector<base::BytesChain> frame;
  outbox->TakeFrame(&frame);
  std::vector<size_t> sizes;
  for (const base::BytesChain& message : frame) sizes.push_back(message.size());
  return sizes;
}

TEST(OutboxTest, PacksMessagesInOrderUpToTheFramesSize) {
  Outbox outbox(kLimits);
  for (const size_t size : {40u, 60u, 1u, 99u, 2u}) EXPECT_TRUE(outbox.Push(Message(size)));
  EXPECT_THAT(NextSizes(&outbox), ElementsAre(40, 60));
  EXPECT_THAT(NextSizes(&outbox), ElementsAre(1, 99));
  EXPECT_THAT(NextSizes(&outbox), ElementsAre(2));
  EXPECT_THAT(NextSizes(&outbox), IsEmpty());
  EXPECT_EQ(outbox.queued_bytes(), 0u);
}

TEST(OutboxTest, ALargeMessageHasAFrameOfItsOwn) {
  Outbox outbox(kLimits);
  for (const size_t size : {1u, 400u, 1u}) EXPECT_TRUE(outbox.Push(Message(size)));
  EXPECT_THAT(NextSizes(&outbox), ElementsAre(1));
  EXPECT_THAT(NextSizes(&outbox), ElementsAre(400));
  EXPECT_THAT(NextSizes(&outbox), ElementsAre(1));
}

TEST(OutboxTest, RefusesWhenFullAndTakesAgainWhenDrained) {
  Outbox outbox(kLimits);
  EXPECT_TRUE(outbox.Push(Message(500)));
  EXPECT_TRUE(outbox.Push(Message(372)));  // With the overhead, exactly 1000.
  EXPECT_EQ(outbox.queued_bytes(), 1000u);
  EXPECT_FALSE(outbox.Push(Message(1)));
  NextSizes(&outbox);
  EXPECT_TRUE(outbox.Push(Message(1)));
}

TEST(OutboxTest, TinyMessagesAreBoundedToo) {
  Outbox outbox(kLimits);
  size_t taken = 0;
  while (outbox.Push(Message(1))) ++taken;
  EXPECT_EQ(taken, 16u);
}

TEST(OutboxTest, RefusesWhatIsEmptyOrTooLarge) {
  Outbox outbox(kLimits);
  EXPECT_FALSE(outbox.Push({}));
  EXPECT_FALSE(outbox.Push(Message(501)));
  EXPECT_TRUE(outbox.empty());
}

TEST(OutboxTest, AFrameHasSoManyMessagesAtMost) {
  Outbox outbox({.queued_bytes_max = 1 << 30, .frame_bytes_max = 1 << 20, .message_bytes_max = 9});
  for (size_t i = 0; i <= kFrameMessagesMax; ++i) ASSERT_TRUE(outbox.Push(Message(1)));
  EXPECT_THAT(NextSizes(&outbox), SizeIs(kFrameMessagesMax));
  EXPECT_THAT(NextSizes(&outbox), SizeIs(1));
}

TEST(OutboxTest, ClearDropsEverything) {
  Outbox outbox(kLimits);
  outbox.Push(Message(10));
  outbox.Clear();
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.queued_bytes(), 0u);
}

}  // namespace
}  // namespace warren::replication
