#include "replication/wire/envelope.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

base::Bytes Message() {
  return Wrap(EnvelopeKind::kRaft, raft::GroupId(77), 3,
              base::BytesChain(base::Bytes::Copy("what it says")))
      .Flatten();
}

TEST(EnvelopeTest, SaysWhereItGoesAndSharesTheBody) {
  const base::Bytes message = Message();
  const auto envelope = Open(message);
  ASSERT_THAT(envelope, IsOk());
  EXPECT_EQ(envelope->kind, EnvelopeKind::kRaft);
  EXPECT_EQ(envelope->group, raft::GroupId(77));
  EXPECT_EQ(envelope->shard, 3);
  EXPECT_EQ(envelope->body, "what it says");
  EXPECT_EQ(envelope->body.data(), message.data() + kEnvelopeHeaderBytes);
}

TEST(EnvelopeTest, BytesOnTheWireDoNotChange) {
  EXPECT_EQ(Message().view().substr(0, kEnvelopeHeaderBytes),
            std::string("\1\2\3\0\x4d\0\0\0\0\0\0\0", 12));
}

TEST(EnvelopeTest, ABodyMayBeEmpty) {
  const auto envelope = Open(Wrap(EnvelopeKind::kGroupGone, raft::GroupId(1), 0, {}).Flatten());
  ASSERT_THAT(envelope, IsOk());
  EXPECT_TRUE(envelope->body.empty());
}

TEST(EnvelopeTest, WhatIsCutOffIsNoEnvelope) {
  for (size_t size = 0; size < kEnvelopeHeaderBytes; ++size) {
    EXPECT_THAT(Open(Message().Slice(0, size)), StatusIs(absl::StatusCode::kDataLoss)) << size;
  }
}

TEST(EnvelopeTest, LaterVersionsAndKindsAreNamed) {
  std::string bytes(Message().view());
  bytes[0] = 2;
  EXPECT_THAT(Open(base::Bytes::Copy(bytes)), StatusIs(absl::StatusCode::kUnimplemented));
  bytes[0] = 1;
  for (const char kind : {'\0', '\x0a', '\xff'}) {
    bytes[1] = kind;
    EXPECT_THAT(Open(base::Bytes::Copy(bytes)), StatusIs(absl::StatusCode::kUnimplemented));
  }
}

}  // namespace
}  // namespace warren::replication
