// The bytes themselves, which logs hold for years: none of these may ever change.
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

#include "queue/command_codec.h"

namespace warren::queue {
namespace {

// `hex` may have spaces.
void ExpectBytes(const Command& command, const std::string& hex) {
  std::string bytes;
  EncodeCommand(command, &bytes);
  const std::string expected = absl::HexStringToBytes(absl::StrReplaceAll(hex, {{" ", ""}}));
  EXPECT_EQ(absl::BytesToHexString(bytes), absl::BytesToHexString(expected));
  const absl::StatusOr<Command> decoded = DecodeCommand(expected);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, command);
}

// 0807060504030201 02 ac02 03
const Stamp kStamp = {.session = SessionId(0x0102030405060708),
                      .epoch = SessionEpoch(2),
                      .number = SessionNumber(300),
                      .answered = SessionNumber(297)};
const std::string kStampHex = "0807060504030201 02 ac02 03";

constexpr KeyRange Range(uint64_t first, uint64_t last) {
  return {.first = OrderKey(first), .last = OrderKey(last)};
}

TEST(QueueCommandGoldenTest, PublishOfEqualMessages) {
  NewMessage message;
  message.size = 300;
  message.persistent = true;
  ExpectBytes(Publish{.stamp = kStamp, .messages = std::vector<NewMessage>(64, message)},
              "01 01" + kStampHex + "3f 88 3e ac02");
}

TEST(QueueCommandGoldenTest, PublishOfAllThatAMessageMayHave) {
  NewMessage plain;
  plain.size = 1;
  NewMessage rich;
  rich.priority = 9;
  rich.ttl = 1000;
  rich.delay = 5;
  rich.size = 2;
  rich.persistent = true;
  rich.producer = {.producer = base::Bytes::Copy("ab"), .epoch = 1, .sequence = 10, .floor = 8};
  rich.deduplication_id = base::Bytes::Copy("xyz");
  NewMessage further;
  further.producer = {.producer = base::Bytes::Copy("ab"), .epoch = 1, .sequence = 12, .floor = 9};
  NewMessage last = further;
  last.producer->sequence = 13;
  ExpectBytes(
      Publish{.stamp = kStamp, .messages = {plain, rich, further, last}},
      "01 01" + kStampHex + "03  00 01  5f 09 e807 05 02 026162 01 0a 08 0378797a  a0 00 00 01 01");
}

TEST(QueueCommandGoldenTest, Sessions) {
  const SessionId session(0x0102030405060708);
  ExpectBytes(AttachSession{.session = session,
                            .epoch = SessionEpoch(7),
                            .held = {{.consumer = ConsumerNumber(0), .keys = {Range(5, 5)}},
                                     {.consumer = ConsumerNumber(3),
                                      .keys = {Range(10, 19), Range(21, 21), Range(30, 30)}}}},
              "01 02 0807060504030201 07 02  00 01 05 00  02 03 0a 09 00 00 07 00");
  ExpectBytes(DetachSession{session, SessionEpoch(7)}, "01 03 0807060504030201 07");
  ExpectBytes(SuspectSession{session}, "01 04 0807060504030201");
  ExpectBytes(TrustSession{session}, "01 05 0807060504030201");
}

TEST(QueueCommandGoldenTest, Consumers) {
  ExpectBytes(AttachConsumer{.stamp = kStamp,
                             .consumer = ConsumerNumber(6),
                             .priority = -2,
                             .exclusive = false,
                             .auto_settle = true,
                             .prefetch = 250,
                             .timeout = 1000},
              "01 06" + kStampHex + "06 03 02 fa01 01 e807");
  ExpectBytes(AttachConsumer{.stamp = kStamp,
                             .consumer = ConsumerNumber(6),
                             .priority = 1,
                             .exclusive = true,
                             .auto_settle = false,
                             .prefetch = 0,
                             .timeout = std::nullopt},
              "01 06" + kStampHex + "06 02 01 00 00");
  ExpectBytes(CancelConsumer{kStamp, ConsumerNumber(6)}, "01 07" + kStampHex + "06");
  ExpectBytes(GrantCredit{kStamp, ConsumerNumber(6), 200, true},
              "01 08" + kStampHex + "06 c801 01");
  ExpectBytes(Get{kStamp, true}, "01 09" + kStampHex + "01");
}

TEST(QueueCommandGoldenTest, Settle) {
  const ConsumerNumber six(6);
  ExpectBytes(
      warren::queue::Settle{
          .stamp = kStamp,
          .settlements = {{six, Verdict::kSettle, Range(100, 100), Time()},
                          {six, Verdict::kSettle, Range(101, 103), Time()},
                          {six, Verdict::kReturn, Range(90, 90), Time(5)},
                          {ConsumerNumber(0), Verdict::kDeadLetter, Range(90, 90), Time()}}},
      "01 0a" + kStampHex + "04  04 06 c801 00  00 02 02  09 19 00 05  07 00 00 00");
}

TEST(QueueCommandGoldenTest, DeadLetters) {
  ExpectBytes(ConfirmDeadLetters{.confirmed = {Range(7, 9), Range(8, 8)}, .refused = {Range(1, 1)}},
              "01 0b 02 0e 02 01 00 01 02 00");
  ExpectBytes(ResendDeadLetters(), "01 0c");
}

TEST(QueueCommandGoldenTest, Configure) {
  ExpectBytes(warren::queue::Configure(),
              "01 0d 00 00 00 00 00 00 00 20 c0843d 808ece1c 01 14 00 00 00 00 "
              "01 80a4a7da06 808ece1c 8020 808004 80c08e87cd11 8080f5f9b74b 00 00");
  QueueConfig config;
  config.max_priority = 10;
  config.message_ttl = 1;
  config.expires = 2;
  config.max_length = 3;
  config.max_length_bytes = 4;
  config.overflow = Overflow::kRejectPublishDlx;
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  config.dead_letter_window = 5;
  config.dead_letter_retry_min = 6;
  config.dead_letter_retry_max = 7;
  config.delivery_limit = std::nullopt;
  config.delayed_retry = DelayedRetry::kReturned;
  config.delayed_retry_min = 8;
  config.delayed_retry_max = 9;
  config.single_active_consumer = true;
  config.consumer_timeout = std::nullopt;
  config.consumer_disconnected_timeout = 10;
  config.producers = {.window = 11, .producers_max = 12, .expires = 13, .forgotten = 14};
  config.deduplication = {.cache_size = 15, .ttl = 16};
  config.depth_threshold = 17;
  ExpectBytes(warren::queue::Configure{config},
              "01 0d 010a 0101 0102 0103 0104 02 02 05 06 07 00 03 08 0109 01 00 0a 0b 0c 0d 0e"
              "010f10 11");
}

TEST(QueueCommandGoldenTest, TheQueueAsAWhole) {
  ExpectBytes(Purge{.delayed = true}, "01 0e 01");
  ExpectBytes(CancelDelayed{{DelayKey(5), DelayKey(3), DelayKey(3)}}, "01 0f 03 0a 03 00");
  ExpectBytes(Remove{.if_unused = true, .if_empty = false}, "01 10 01");
  ExpectBytes(Remove{.if_unused = false, .if_empty = true}, "01 10 02");
  ExpectBytes(Touch(), "01 11");
  ExpectBytes(Tick(), "01 12");
  ExpectBytes(MoveSurvivors{{{EntryIndex(1000), 3}, {EntryIndex(1000), 255}, {EntryIndex(2), 0}}},
              "01 13 02 d00f 03 00 ff cb0f 00");
  ExpectBytes(Upgrade{300}, "01 14 ac02");
}

}  // namespace
}  // namespace warren::queue
