#include "replication/transport/hello.h"

#include <vector>

#include "gtest/gtest.h"

#include "base/coding.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

NodeIdentity Identity(uint64_t node, std::string name) {
  NodeIdentity identity;
  identity.cluster = "c";
  identity.node = NodeId(node);
  identity.name = std::move(name);
  identity.incarnation = Incarnation(300);
  return identity;
}

const std::vector<PeerAddress> kPeers = {{.node = NodeId(1), .name = "one", .address = "h1:1"},
                                         {.node = NodeId(2), .name = "two", .address = "h2:1"}};

Hello HelloFromOne() {
  return {.from = Identity(1, "one"), .to = NodeId(2), .stream = StreamClass::kSnapshot};
}

std::optional<RefusalReason> Judge(const Hello& hello) {
  const auto refusal = JudgeHello(Identity(2, "two"), kPeers, hello, std::nullopt);
  if (!refusal.has_value()) return std::nullopt;
  EXPECT_FALSE(refusal->text.empty());
  return refusal->reason;
}

TEST(HelloTest, AMemberIsLetIn) { EXPECT_EQ(Judge(HelloFromOne()), std::nullopt); }

TEST(HelloTest, EachFaultHasAReason) {
  Hello hello = HelloFromOne();
  hello.from.cluster = "d";
  EXPECT_EQ(Judge(hello), RefusalReason::kOtherCluster);
  hello = HelloFromOne();
  hello.to = NodeId(3);
  EXPECT_EQ(Judge(hello), RefusalReason::kOtherNode);
  hello = HelloFromOne();
  hello.from.node = NodeId(4);
  EXPECT_EQ(Judge(hello), RefusalReason::kNotAMember);
  hello = HelloFromOne();
  hello.from.name = "uno";
  EXPECT_EQ(Judge(hello), RefusalReason::kOtherName);
  hello = HelloFromOne();
  hello.from.protocol_min = hello.from.protocol_max = kProtocolMax + 1;
  EXPECT_EQ(Judge(hello), RefusalReason::kVersion);
}

TEST(HelloTest, RangesOfVersionsNeedOneInCommon) {
  Hello hello = HelloFromOne();
  hello.from.protocol_max = 7;
  EXPECT_EQ(Judge(hello), std::nullopt);
}

TEST(HelloTest, TheCertificateMustBeForTheName) {
  const std::vector<std::string> names = {"host", "one"};
  EXPECT_EQ(JudgeHello(Identity(2, "two"), kPeers, HelloFromOne(), names), std::nullopt);
  const std::vector<std::string> others = {"host", "two"};
  const auto refusal = JudgeHello(Identity(2, "two"), kPeers, HelloFromOne(), others);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, RefusalReason::kCertificate);
  EXPECT_EQ(refusal->text, "the certificate is for host, two, not for one");
  EXPECT_EQ(
      JudgeHello(Identity(2, "two"), kPeers, HelloFromOne(), std::vector<std::string>())->reason,
      RefusalReason::kCertificate);
}

TEST(HelloTest, RefusalsHaveCodes) {
  const auto code = [](RefusalReason reason) { return ToStatus({reason, "why"}).code(); };
  EXPECT_EQ(code(RefusalReason::kVersion), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code(RefusalReason::kCertificate), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(code(RefusalReason::kOtherCluster), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ToStatus({RefusalReason::kStale, "why"}).message(), "stale: why");
}

TEST(HelloTest, TheReplyMustBeThePeers) {
  const NodeIdentity self = Identity(1, "one");
  const auto reason = [&self](const HelloReply& reply) -> std::optional<RefusalReason> {
    const auto refusal = JudgeReply(self, kPeers[1], reply, std::nullopt);
    return refusal.has_value() ? std::optional(refusal->reason) : std::nullopt;
  };
  HelloReply reply{.from = Identity(2, "two"), .refusal = std::nullopt};
  EXPECT_EQ(reason(reply), std::nullopt);
  reply.from.name = "zwei";
  EXPECT_EQ(reason(reply), RefusalReason::kOtherNode);
  reply.from = Identity(3, "two");
  EXPECT_EQ(reason(reply), RefusalReason::kOtherNode);
  reply.from = Identity(2, "two");
  reply.from.cluster = "d";
  EXPECT_EQ(reason(reply), RefusalReason::kOtherNode);
}

TEST(HelloTest, TheRepliersCertificateMustBeForItsName) {
  const HelloReply reply{.from = Identity(2, "two"), .refusal = std::nullopt};
  const NodeIdentity self = Identity(1, "one");
  EXPECT_EQ(JudgeReply(self, kPeers[1], reply, std::vector<std::string>{"two"}), std::nullopt);
  const auto refusal = JudgeReply(self, kPeers[1], reply, std::vector<std::string>{"one"});
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, RefusalReason::kCertificate);
}

// ---- Codec ------------------------------------------------------------------------------------

TEST(HelloCodecTest, WhatIsWrittenIsRead) {
  const Hello hello = HelloFromOne();
  const auto hello_again = DecodeHello(EncodeHello(hello));
  WARREN_ASSERT_OK(hello_again);
  EXPECT_EQ(*hello_again, hello);
  HelloReply reply{.from = Identity(2, "two"), .refusal = std::nullopt};
  WARREN_ASSERT_OK(DecodeHelloReply(EncodeHelloReply(reply)));
  EXPECT_EQ(*DecodeHelloReply(EncodeHelloReply(reply)), reply);
  reply.refusal = Refusal{RefusalReason::kVersion, "too old"};
  WARREN_ASSERT_OK(DecodeHelloReply(EncodeHelloReply(reply)));
  EXPECT_EQ(*DecodeHelloReply(EncodeHelloReply(reply)), reply);
}

TEST(HelloCodecTest, TheBytesAreThoseOfTheFormat) {
  Hello hello = HelloFromOne();
  hello.from.protocol_min = 1;
  hello.from.protocol_max = 2;
  const std::string expected(
      "WHLO\x01\x01\x63\x02\x01\x01\x03\x03one\x04\x02\xac\x02\x05\x01\x01"
      "\x06\x01\x02\x07\x01\x02\x08\x01\x02");
  EXPECT_EQ(EncodeHello(hello), expected);
}

TEST(HelloCodecTest, EveryPrefixIsRefused) {
  const std::string bytes = EncodeHello(HelloFromOne());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeHello(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeHelloReply(bytes).ok());
}

TEST(HelloCodecTest, LaterFieldsArePassedOver) {
  std::string bytes = EncodeHello(HelloFromOne());
  base::PutVarint64(&bytes, 1000);
  base::PutLengthPrefixed(&bytes, "of another time");
  WARREN_ASSERT_OK(DecodeHello(bytes));
  EXPECT_EQ(*DecodeHello(bytes), HelloFromOne());
}

TEST(HelloCodecTest, AFieldTwiceIsRefused) {
  std::string bytes = EncodeHello(HelloFromOne());
  bytes += bytes.substr(4, 3);
  EXPECT_FALSE(DecodeHello(bytes).ok());
}

TEST(HelloCodecTest, ImpossibleValuesAreRefused) {
  Hello hello = HelloFromOne();
  hello.from.node = NodeId();
  EXPECT_FALSE(DecodeHello(EncodeHello(hello)).ok());
  hello = HelloFromOne();
  hello.from.protocol_min = 3;
  EXPECT_FALSE(DecodeHello(EncodeHello(hello)).ok());
  hello = HelloFromOne();
  hello.from.name = std::string(kNodeNameBytesMax + 1, 'x');
  EXPECT_FALSE(DecodeHello(EncodeHello(hello)).ok());
  hello = HelloFromOne();
  hello.stream = static_cast<StreamClass>(kStreamClasses);
  EXPECT_FALSE(DecodeHello(EncodeHello(hello)).ok());
}

TEST(HelloCodecTest, ARefusalIsNoFrame) {
  const Refusal refusal{RefusalReason::kOtherNode, "not you"};
  const std::string bytes = EncodeRefusal(refusal);
  EXPECT_TRUE(LooksLikeRefusal(bytes));
  const auto again = DecodeRefusal(bytes);
  WARREN_ASSERT_OK(again);
  EXPECT_EQ(*again, refusal);
  EXPECT_FALSE(DecodeRefusal("WHNO").ok());
  EXPECT_FALSE(LooksLikeRefusal("\x01\x01x"));
}

TEST(HelloCodecTest, AnUnknownReasonIsARefusalAllTheSame) {
  HelloReply reply{.from = Identity(2, "two"),
                   .refusal = Refusal{static_cast<RefusalReason>(99), "a later reason"}};
  const auto again = DecodeHelloReply(EncodeHelloReply(reply));
  WARREN_ASSERT_OK(again);
  EXPECT_EQ(again->refusal->reason, RefusalReason::kOther);
}

}  // namespace
}  // namespace warren::replication
