#include "replication/session/message_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"

#include "base/rng.h"
#include "replication/session/queue_entry.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

SessionCommand ACommand() {
  return {.session = SessionId(0x1122334455667788),
          .epoch = SessionEpoch(3),
          .number = SessionNumber(300),
          .again = true,
          .shard = 2,
          .payload =
              PackCommand(queue::CancelConsumer{.stamp = {.session = SessionId(0x1122334455667788),
                                                          .epoch = SessionEpoch(3),
                                                          .number = SessionNumber(300),
                                                          .answered = SessionNumber(299)},
                                                .consumer = ConsumerNumber(5)})};
}

Outcome AnOutcome() {
  Outcome outcome;
  outcome.session = SessionId(7);
  outcome.epoch = SessionEpoch(2);
  outcome.sequence = 9;
  outcome.fate = SessionFate::kTimedOut;
  outcome.attached.push_back(
      {.number = SessionNumber(4),
       .got_again = 1,
       .consumers = {
           {.consumer = ConsumerNumber(1), .cancelled = true, .active = false, .credit = 2},
           {.consumer = ConsumerNumber(9), .cancelled = false, .active = true}}});
  outcome.applied = SessionNumber(12);
  outcome.published = {{.number = SessionNumber(11),
                        .refused = {{.slot = 3, .reason = queue::Refusal::kLength},
                                    {.slot = 255, .reason = queue::Refusal::kRemoved}},
                        .duplicates = 1},
                       {.number = SessionNumber(12), .refused = {}}};
  outcome.consumers = {{.consumer = ConsumerNumber(1), .kind = queue::ConsumerEventKind::kDrained}};
  outcome.lost = {{.consumer = ConsumerNumber(1), .keys = {OrderKey(5), OrderKey(90)}}};
  outcome.gets = {
      {.number = SessionNumber(8), .found = true, .key = OrderKey(4), .ready_left = 1000},
      {.number = SessionNumber(10), .found = false, .key = {}, .ready_left = 0}};
  outcome.deliveries = {
      {.consumer = ConsumerNumber(1),
       .again = true,
       .messages =
           {{.key = OrderKey(20), .acquired = 1, .failed = 0, .content = base::Bytes::Copy("a")},
            {.key = OrderKey(21), .acquired = 1, .failed = 1, .content = {}},
            {.key = OrderKey(3), .content = base::Bytes::Copy(std::string(5000, 'z'))}}},
      {.consumer = ConsumerNumber(), .again = false, .messages = {}}};
  return outcome;
}

QueueStats SomeStats() {
  QueueStats stats;
  stats.counts.ready = 5;
  stats.counts.persistent_bytes = UINT64_MAX;
  stats.counts.oldest_ready = queue::Time(77);
  stats.consumers.push_back({.consumer = {SessionId(1), ConsumerNumber(2)},
                             .priority = -5,
                             .exclusive = true,
                             .auto_settle = false,
                             .cancelled = false,
                             .active = true,
                             .prefetch = 100,
                             .credit = UINT64_MAX,
                             .unsettled = 3});
  return stats;
}

queue::MessageView AView() {
  return {.key = OrderKey(6),
          .position = {.entry = queue::EntryIndex(1000), .slot = 7},
          .state = queue::MessageState::kLeased,
          .priority = 4,
          .size = 70'000,
          .persistent = true,
          .acquired = 2,
          .failed = 1,
          .expires = queue::Time(9),
          .due = {},
          .consumer = queue::ConsumerId{SessionId(1), ConsumerNumber(2)}};
}

std::vector<SessionMessage> AllMessages() {
  const auto ask = [](Question what) {
    return Request{.id = RequestId(5), .shard = 1, .what = std::move(what)};
  };
  const auto reply = [](Answer answer) {
    return Reply{.id = RequestId(5),
                 .code = absl::StatusCode::kUnavailable,
                 .text = "why",
                 .leader = NodeId(3),
                 .answer = std::move(answer)};
  };
  return {ACommand(),
          AnOutcome(),
          Outcome(),
          SessionRefused{.session = SessionId(1),
                         .epoch = SessionEpoch(2),
                         .number = SessionNumber(3),
                         .why = SessionRefusal::kDamaged,
                         .leader = NodeId(UINT64_MAX),
                         .retry_after = absl::Milliseconds(15)},
          ask(queue::Configure()),
          ask(queue::Remove{.if_unused = true, .if_empty = false}),
          ask(queue::Purge{.delayed = true}),
          ask(queue::Touch()),
          ask(queue::CancelDelayed{.keys = {queue::DelayKey(4)}}),
          ask(GetStats()),
          ask(PeekMessage{.place = 3}),
          ask(ListMessages{.request = {.from = OrderKey(4),
                                       .state = queue::MessageState::kReady,
                                       .priority = queue::Priority{3},
                                       .messages_max = 50}}),
          ask(ListDelayed{.from = queue::DelayKey(2), .messages_max = 3}),
          reply(std::monostate()),
          reply(Counted{.messages = 9}),
          reply(SomeStats()),
          reply(PeekedMessage{.message = AView(), .content = base::Bytes::Copy("content")}),
          reply(std::vector<queue::MessageView>{AView(), {}}),
          reply(std::vector<queue::DelayedView>{{.key = queue::DelayKey(1),
                                                 .position = {queue::EntryIndex(2), 3},
                                                 .due = queue::Time(4),
                                                 .size = 5}})};
}

TEST(SessionMessageCodecTest, EveryMessageComesBackAsItWas) {
  for (const SessionMessage& message : AllMessages()) {
    const base::Bytes bytes = EncodeSessionMessage(message).Flatten();
    const absl::StatusOr<SessionMessage> back = DecodeSessionMessage(bytes);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == message) << "kind " << message.index();
  }
}

TEST(SessionMessageCodecTest, WhatIsCutOffOrFollowedByMoreIsRefused) {
  for (const SessionMessage& message : AllMessages()) {
    if (std::holds_alternative<SessionCommand>(message)) continue;  // Its payload goes to the end.
    const std::string whole(EncodeSessionMessage(message).Flatten().view());
    for (size_t size = 0; size < whole.size(); ++size) {
      const auto cut = DecodeSessionMessage(base::Bytes::Copy(whole.substr(0, size)));
      EXPECT_EQ(cut.status().code(), absl::StatusCode::kInvalidArgument) << size;
    }
    EXPECT_EQ(DecodeSessionMessage(base::Bytes::Copy(whole + "x")).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(SessionMessageCodecTest, WhatDecodesHasOneForm) {
  base::Rng rng(1);
  int decoded = 0;
  for (const SessionMessage& message : AllMessages()) {
    const std::string whole(EncodeSessionMessage(message).Flatten().view());
    for (int i = 0; i < 3000; ++i) {
      std::string damaged = whole;
      const size_t reach = std::min<size_t>(damaged.size(), 120);
      damaged[rng.Below(reach)] = static_cast<char>(rng.Next());
      const base::Bytes bytes = base::Bytes::Copy(damaged);
      const absl::StatusOr<SessionMessage> back = DecodeSessionMessage(bytes);
      if (!back.ok()) continue;
      ++decoded;
      EXPECT_EQ(EncodeSessionMessage(*back).Flatten(), bytes);
    }
  }
  EXPECT_GT(decoded, 1000);
}

TEST(SessionMessageCodecTest, LaterVersionsAndKindsAreNamed) {
  EXPECT_EQ(DecodeSessionMessage(base::Bytes::Copy("\x02\x01")).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(DecodeSessionMessage(base::Bytes::Copy("\x01\x06")).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(SessionMessageCodecTest, LargeContentsAreShared) {
  Outcome outcome = AnOutcome();
  const base::Bytes large = outcome.deliveries[0].messages[2].content;
  const base::BytesChain chain = EncodeSessionMessage(outcome);
  bool shared = false;
  for (const base::Bytes& piece : chain.pieces()) shared = shared || piece.data() == large.data();
  EXPECT_TRUE(shared);

  const base::Bytes bytes = chain.Flatten();
  const absl::StatusOr<SessionMessage> back = DecodeSessionMessage(bytes);
  const char* content = std::get<Outcome>(*back).deliveries[0].messages[2].content.data();
  EXPECT_TRUE(content > bytes.data() && content < bytes.data() + bytes.size());
}

// The bytes as they are written down in docs/formats/session_messages.md. If this fails, nodes of
// two versions do not understand each other.
TEST(SessionMessageGoldenTest, BytesStayAsTheyAre) {
  const auto hex = [](const SessionMessage& message) {
    const base::Bytes bytes = EncodeSessionMessage(message).Flatten();
    return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
  };
  Outcome outcome = AnOutcome();
  outcome.deliveries[0].messages.pop_back();
  EXPECT_EQ(hex(ACommand()),
            "0101887766554433221103ac020102a0bfd4ee"
            "01000f0000000107887766554433221103ac020105");
  EXPECT_EQ(hex(outcome),
            "01030700000000000000020902010401020101020902000c020b01020301ff01060c0000"
            "0101070101055502080104e8070a00000002010102260100016100010100000000");
  EXPECT_EQ(hex(SessionRefused{.session = SessionId(1),
                               .epoch = SessionEpoch(2),
                               .number = SessionNumber(3),
                               .why = SessionRefusal::kBusy,
                               .leader = NodeId(4),
                               .retry_after = absl::Milliseconds(15)}),
            "0104010000000000000002030104000000000000009875");
}

}  // namespace
}  // namespace warren::replication
