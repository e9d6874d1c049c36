#include "replication/transport/frame.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kMessageMax = 100'000;

base::BytesChain Message(std::string_view text) {
  return base::BytesChain(base::Bytes::Copy(text));
}

absl::StatusCode CodeOf(std::string_view frame, size_t message_bytes_max = kMessageMax) {
  std::vector<base::Bytes> messages;
  const absl::Status status = DecodeFrame(base::Bytes::Copy(frame), message_bytes_max, &messages);
  EXPECT_EQ(status.ok(), !messages.empty());
  return status.code();
}

TEST(FrameTest, TheBytesAreThoseOfTheFormat) {
  const std::vector<base::BytesChain> messages = {Message("abc"), Message(std::string(300, 'x'))};
  EXPECT_EQ(EncodeFrame(messages),
            "\x01\x03"
            "abc\xac\x02" +
                std::string(300, 'x'));
}

TEST(FrameTest, WhatIsWrittenIsRead) {
  std::vector<base::BytesChain> sent;
  for (const size_t size : {1u, 1023u, 1024u, 5u, 70'000u, 2u}) {
    base::BytesChain message = Message(std::string(size, 'a'));
    message.Append(base::Bytes::Copy(std::string(size, 'b')));
    sent.push_back(std::move(message));
  }
  const base::BytesChain frame = EncodeFrame(sent);
  std::vector<base::Bytes> received;
  WARREN_ASSERT_OK(DecodeFrame(frame.Flatten(), 2 * kMessageMax, &received));
  ASSERT_THAT(received, SizeIs(sent.size()));
  size_t bytes = 0;
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i], received[i].view());
    bytes += sent[i].size();
  }
  EXPECT_LE(frame.size(), bytes + FrameOverheadMax(sent.size()));
}

TEST(FrameTest, LargePiecesAreSharedAndSmallOnesCopiedTogether) {
  const base::Bytes large = base::Bytes::Copy(std::string(5'000, 'x'));
  base::BytesChain message = Message("head");
  message.Append(large);
  message.Append(base::Bytes::Copy("tail"));
  const std::vector<base::BytesChain> messages = {Message("small"), message, Message("small")};
  const base::BytesChain frame = EncodeFrame(messages);
  ASSERT_THAT(frame.pieces(), SizeIs(3));
  EXPECT_EQ(frame.pieces()[1].data(), large.data());
}

TEST(FrameTest, MessagesShareTheFramesMemory) {
  const std::vector<base::BytesChain> sent = {Message("one"), Message("two")};
  const base::Bytes frame = EncodeFrame(sent).Flatten();
  std::vector<base::Bytes> messages;
  WARREN_ASSERT_OK(DecodeFrame(frame, kMessageMax, &messages));
  EXPECT_EQ(messages[1].data(), frame.data() + 6);
}

TEST(FrameTest, DamageIsAnError) {
  EXPECT_EQ(CodeOf("\x01\x01x"), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf(""), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("\x02\x01x"), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf("\x01"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("\x01\x02x"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf({"\x01\x01x\x00", 4}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("\x01\x81"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"),
            absl::StatusCode::kInvalidArgument);
}

TEST(FrameTest, LimitsHold) {
  EXPECT_EQ(CodeOf("\x01\x03xyz", 3), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf("\x01\x03xyz", 2), absl::StatusCode::kInvalidArgument);
  std::string frame = "\x01";
  for (size_t i = 0; i < kFrameMessagesMax; ++i) frame += "\x01x";
  EXPECT_EQ(CodeOf(frame), absl::StatusCode::kOk);
  EXPECT_EQ(CodeOf(frame + "\x01x"), absl::StatusCode::kInvalidArgument);
}

TEST(FrameTest, WhatWasThereBeforeIsReplaced) {
  std::vector<base::Bytes> messages = {base::Bytes::Copy("old")};
  WARREN_ASSERT_OK(DecodeFrame(base::Bytes::Copy("\x01\x01x"), kMessageMax, &messages));
  EXPECT_THAT(messages, ElementsAre(base::Bytes::Copy("x")));
  EXPECT_FALSE(DecodeFrame(base::Bytes::Copy("\x01\x01x\x05"), kMessageMax, &messages).ok());
  EXPECT_THAT(messages, IsEmpty());
}

}  // namespace
}  // namespace warren::replication
