#include "queue/command_codec.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/rng.h"
#include "queue/testing/random_command.h"
#include "tests/support/status_matchers.h"

namespace warren::queue {
namespace {

using testing::AnyCommand;
using ::testing::HasSubstr;
using testing::kCommandAlternatives;
using warren::testing::IsOk;
using warren::testing::StatusIs;

std::string Encoded(const Command& command) {
  std::string bytes;
  EncodeCommand(command, &bytes);
  return bytes;
}

auto Refused(const std::string& why) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
}

Command BatchOf(size_t count, const NewMessage& message) {
  return Publish{.stamp = {.session = SessionId(0xA1B2C3D4E5F60718),
                           .epoch = SessionEpoch(3),
                           .number = SessionNumber(123'456),
                           .answered = SessionNumber(123'450)},
                 .messages = std::vector<NewMessage>(count, message)};
}

NewMessage Plain() {
  NewMessage message;
  message.size = 1024;
  message.persistent = true;
  return message;
}

ProducerStamp Producer(uint64_t sequence) {
  return {.producer = base::Bytes::Copy("orders-service-7"),
          .epoch = 4,
          .sequence = sequence,
          .floor = 100};
}

// ---- Round trips --------------------------------------------------------------------------------

TEST(QueueCommandCodecTest, RandomCommandsOfEveryKindComeBack) {
  base::Rng rng(1);
  Command reused;
  for (size_t round = 0; round < 500; ++round) {
    for (size_t alternative = 0; alternative < kCommandAlternatives; ++alternative) {
      const Command command = AnyCommand(rng, alternative);
      const std::string bytes = Encoded(command);
      const absl::StatusOr<Command> decoded = DecodeCommand(bytes);
      ASSERT_THAT(decoded, IsOk());
      ASSERT_EQ(*decoded, command);
      ASSERT_EQ(Encoded(*decoded), bytes);
      ASSERT_THAT(DecodeCommandInto(base::Bytes::Copy(bytes), reused), IsOk());
      ASSERT_EQ(reused, command);
    }
  }
}

TEST(QueueCommandCodecTest, WhatStoodInAReusedCommandLeavesNoTrace) {
  base::Rng rng(2);
  for (size_t alternative = 0; alternative < kCommandAlternatives; ++alternative) {
    Command reused = AnyCommand(rng, alternative);
    for (int round = 0; round < 300; ++round) {
      const Command command = AnyCommand(rng, alternative);
      ASSERT_THAT(DecodeCommandInto(base::Bytes::Copy(Encoded(command)), reused), IsOk());
      ASSERT_EQ(reused, command);
    }
  }
}

TEST(QueueCommandCodecTest, BothKindsOfBufferGetTheSameBytesAtTheirEnd) {
  base::Rng rng(3);
  for (int round = 0; round < 500; ++round) {
    const Command command = AnyCommand(rng);
    std::string text = "before";
    base::BytesBuilder builder;
    builder.Append("before");
    EncodeCommand(command, &text);
    EncodeCommand(command, &builder);
    ASSERT_EQ(builder.Freeze(), text);
  }
}

TEST(QueueCommandCodecTest, IdsShareTheMemoryOfTheBytesOrAreCopies) {
  NewMessage message = Plain();
  message.producer = Producer(7);
  const base::Bytes bytes = base::Bytes::Copy(Encoded(BatchOf(1, message)));
  Command shared;
  ASSERT_THAT(DecodeCommandInto(bytes, shared), IsOk());
  const base::Bytes& id = std::get<Publish>(shared).messages[0].producer->producer;
  EXPECT_TRUE(id.data() >= bytes.data() && id.data() < bytes.data() + bytes.size());
  const Command copied = DecodeCommand(bytes.view()).value();
  EXPECT_NE(std::get<Publish>(copied).messages[0].producer->producer.data(), id.data());
}

// ---- Sizes --------------------------------------------------------------------------------------

TEST(QueueCommandCodecTest, BatchOfEqualMessagesIsOneRun) {
  const size_t one = Encoded(BatchOf(1, Plain())).size();
  EXPECT_EQ(one, 19u);
  for (const size_t count : {size_t{2}, size_t{64}, size_t{256}}) {
    EXPECT_EQ(Encoded(BatchOf(count, Plain())).size(), one + 1);
  }
}

TEST(QueueCommandCodecTest, BatchOfOneProducerIsOneRun) {
  NewMessage message = Plain();
  message.producer = Producer(1000);
  Command command = BatchOf(64, message);
  auto& messages = std::get<Publish>(command).messages;
  for (size_t i = 0; i < messages.size(); ++i) messages[i].producer = Producer(1000 + i);
  EXPECT_EQ(Encoded(command).size(), 20u + 1 + 16 + 1 + 2 + 1);
  // With gaps each message takes five bytes, and its size one more.
  for (size_t i = 0; i < messages.size(); ++i) messages[i].producer = Producer(1000 + 3 * i);
  EXPECT_EQ(Encoded(command).size(), 19u + 1 + 16 + 1 + 2 + 1 + 63 * 5);
}

TEST(QueueCommandCodecTest, AcknowledgementsInARowTakeThreeBytesEach) {
  Settle settle;
  for (uint64_t key = 1'000'000; key < 1'000'100; ++key) {
    settle.settlements.push_back({.consumer = ConsumerNumber(5),
                                  .verdict = Verdict::kSettle,
                                  .keys = {OrderKey(key), OrderKey(key)},
                                  .not_before = Time()});
  }
  EXPECT_EQ(Encoded(settle).size(), 2u + 11 + 1 + 100 * 3 + 1 + 2);
}

// ---- Damage -------------------------------------------------------------------------------------

TEST(QueueCommandCodecTest, EveryTruncationAndEveryAdditionIsRefused) {
  base::Rng rng(4);
  for (size_t alternative = 0; alternative < kCommandAlternatives; ++alternative) {
    for (int round = 0; round < 20; ++round) {
      const std::string bytes = Encoded(AnyCommand(rng, alternative));
      for (size_t size = 0; size < bytes.size(); ++size) {
        ASSERT_THAT(DecodeCommand(bytes.substr(0, size)),
                    StatusIs(absl::StatusCode::kInvalidArgument))
            << size << " bytes of " << bytes.size() << " of alternative " << alternative;
      }
      ASSERT_THAT(DecodeCommand(bytes + '\0'), Refused("followed by other bytes"));
    }
  }
}

TEST(QueueCommandCodecTest, ChangedBytesAreRefusedOrAreAnotherCommand) {
  base::Rng rng(5);
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = Encoded(AnyCommand(rng));
    for (uint64_t changes = 1 + rng.Below(3); changes > 0; --changes) {
      bytes[rng.Below(bytes.size())] = static_cast<char>(rng.Next() >> rng.Below(8));
    }
    Command command;
    const absl::Status status = DecodeCommandInto(base::Bytes::Copy(bytes), command);
    if (status.ok()) {
      ASSERT_EQ(Encoded(command), bytes);
    } else {
      ASSERT_TRUE(std::holds_alternative<Tick>(command));
    }
  }
}

TEST(QueueCommandCodecTest, LaterVersionsAndKindsAreUnimplemented) {
  EXPECT_THAT(DecodeCommand("\x02\x12"), StatusIs(absl::StatusCode::kUnimplemented,
                                                  HasSubstr("version 2; this program knows 1")));
  EXPECT_THAT(DecodeCommand("\x01\x15"), StatusIs(absl::StatusCode::kUnimplemented,
                                                  HasSubstr("kind 21; this program knows 20")));
  EXPECT_THAT(DecodeCommand(std::string_view("\0\x12", 2)), Refused("version 0"));
  EXPECT_THAT(DecodeCommand(std::string_view("\x01\0", 2)), Refused("kind 0"));
  EXPECT_THAT(DecodeCommand(""), Refused("cut off"));
}

// A stamp of nothing: session, epoch, number, answered.
const std::string kStamp(11, '\0');
std::string PublishBytes(const std::string& batch) { return "\x01\x01" + kStamp + batch; }
std::string Zeros(size_t count) { return std::string(count, '\0'); }

TEST(QueueCommandCodecTest, BatchThatIsNotInTheOneFormIsRefused) {
  const std::string one("\x00\x05", 2);  // No flags, size 5.
  EXPECT_THAT(DecodeCommand(PublishBytes(Zeros(1) + one)), IsOk());
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01" + one + one)), Refused("a run in two parts"));
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01\x80" + Zeros(1) + "\x05")), IsOk());
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01\x80\x01\x05")), Refused("beyond the end"));
  EXPECT_THAT(DecodeCommand(PublishBytes(Zeros(1) + "\x04" + Zeros(1) + "\x05")),
              Refused("a delay that is none"));
  EXPECT_THAT(DecodeCommand(PublishBytes(Zeros(1) + "\x40\x05" + Zeros(1))),
              Refused("a deduplication id that is none"));
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01\xC0" + Zeros(1) + "\x05\x01x")),
              Refused("a deduplication id that is repeated"));
  EXPECT_THAT(DecodeCommand(PublishBytes(Zeros(1) + "\x30\x05")), Refused("a producer twice"));
  EXPECT_THAT(DecodeCommand(PublishBytes(Zeros(1) + "\x20\x05" + Zeros(2))),
              Refused("the same producer as none"));
}

TEST(QueueCommandCodecTest, ProducerThatGoesOnIsWrittenByWhatItAdds) {
  const std::string first("\x10\x05\x01p\x00\x07\x00", 7);  // Sequence 7 of producer p.
  const std::string further("\x20\x05\x01\x00", 4);         // Sequence 9.
  const std::string in_full("\x10\x05\x01p\x00\x09\x00", 7);
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01" + first + further)), IsOk());
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01" + first + in_full)),
              Refused("the same producer in full"));
  const std::string last =
      Zeros(0) + "\x10\x05\x01p" + Zeros(1) + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + Zeros(1);
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01" + last + further)), Refused("beyond 64 bits"));
  EXPECT_THAT(DecodeCommand(PublishBytes("\x01\x90" + Zeros(1) + last.substr(1))),
              Refused("beyond 64 bits"));
}

TEST(QueueCommandCodecTest, SettlementThatIsNotInTheOneFormIsRefused) {
  const std::string head = "\x01\x0a" + kStamp + "\x01";
  EXPECT_THAT(DecodeCommand(head + "\x04\x01\x02" + Zeros(1)), IsOk());
  EXPECT_THAT(DecodeCommand(head + "\x10\x02" + Zeros(1)), Refused("a flag that there is not"));
  EXPECT_THAT(DecodeCommand(head + "\x04" + Zeros(1) + "\x02" + Zeros(1)),
              Refused("another consumer that is the same"));
  EXPECT_THAT(DecodeCommand(head + "\x08\x02" + Zeros(2)), Refused("a time that is none"));
  // Before key 0, and a key of 2^63.
  EXPECT_THAT(DecodeCommand(head + Zeros(1) + "\x01" + Zeros(1)), Refused("2^63"));
  EXPECT_THAT(DecodeCommand(head + Zeros(2) + "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
              Refused("2^63"));
}

TEST(QueueCommandCodecTest, OtherFormsOfFlagsAndNumbersAreRefused) {
  EXPECT_THAT(DecodeCommand("\x01\x0e\x02"), Refused("a flag that there is not"));    // Purge.
  EXPECT_THAT(DecodeCommand("\x01\x10\x04"), Refused("a flag that there is not"));    // Remove.
  EXPECT_THAT(DecodeCommand(std::string("\x01\x14\x81\x00", 4)), Refused("longer"));  // Upgrade.
  EXPECT_THAT(DecodeCommand("\x01\x14\xff\xff\xff\xff\x1f"), Refused("beyond 32 bits"));
  EXPECT_THAT(DecodeCommand("\x01\x03" + Zeros(8) + "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
              Refused("2^63"));
}

TEST(QueueCommandCodecTest, CountsAreBoundedBeforeMemoryIsTaken) {
  const auto with_count = [](const std::string& head, uint64_t count) {
    std::string bytes = head;
    base::PutVarint64(&bytes, count);
    return bytes;
  };
  const std::string settle = "\x01\x0a" + kStamp;
  EXPECT_THAT(DecodeCommand(with_count(settle, kSettlementsMax + 1)), Refused("more elements"));
  EXPECT_THAT(DecodeCommand(with_count(settle, kSettlementsMax)), Refused("cut off"));
  const std::string attach = "\x01\x02" + Zeros(9);
  EXPECT_THAT(DecodeCommand(with_count(attach, kHeldConsumersMax + 1)), Refused("more elements"));
  EXPECT_THAT(DecodeCommand(with_count("\x01\x0b", UINT64_MAX)), Refused("more elements"));
  EXPECT_THAT(DecodeCommand(with_count("\x01\x0f", kCancelledDelayedMax)), Refused("cut off"));
}

TEST(QueueCommandCodecTest, HeldRangesAreLimitedTogether) {
  std::string bytes = "\x01\x02" + Zeros(9) + "\x02";
  for (int consumer = 0; consumer < 2; ++consumer) {
    base::PutVarint64(&bytes, 0);
    base::PutVarint64(&bytes, kHeldRangesMax / 2 + static_cast<uint64_t>(consumer));
    bytes += Zeros(2 * (kHeldRangesMax / 2 + static_cast<size_t>(consumer)));
  }
  EXPECT_THAT(DecodeCommand(bytes), Refused("more elements"));
}

TEST(QueueCommandCodecDeathTest, EncodingStopsForWhatNoDecoderWouldTake) {
  std::string out;
  EXPECT_DEATH(EncodeCommand(Publish(), &out), "check failed");
  EXPECT_DEATH(EncodeCommand(BatchOf(kSlotsMax + 1, Plain()), &out), "check failed");
  EXPECT_DEATH(EncodeCommand(DetachSession{SessionId(1), SessionEpoch(UINT64_MAX)}, &out),
               "check failed");
  EXPECT_DEATH(EncodeCommand(ConfirmDeadLetters{{{OrderKey(2), OrderKey(1)}}, {}}, &out),
               "check failed");
}

}  // namespace
}  // namespace warren::queue
