#include "replication/log/wal/frame.h"

#include <string>

#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

SegmentHeader Life() {
  SegmentHeader life;
  life.number = SegmentNo(5);
  life.log_id = 99;
  life.nonce = 0x1122334455667788;
  life.blocks = 100;
  life.tag = 0x1234;
  return life;
}

FrameHeader Sample() {
  FrameHeader header;
  header.segment = SegmentNo(5);
  header.number = FrameNo(10);
  header.synced = FrameNo(8);
  header.predecessor = FrameNo(9);
  header.predecessor_segment = SegmentNo(4);
  header.predecessor_block = 77;
  header.predecessor_blocks = 3;
  header.blocks = 2;
  header.body_bytes = 4000;
  header.directory_bytes = 30;
  header.table_bytes = 20;
  header.directory_crc = 0xAABBCCDD;
  header.table_crc = 0x01020304;
  return header;
}

std::string Encode(const FrameHeader& header) {
  std::string content(kFrameHeaderBytes, '\xFF');
  EncodeFrameHeader(header, Life().nonce, content.data());
  return content;
}

TEST(FrameHeaderTest, WhatIsEncodedDecodes) {
  const std::string content = Encode(Sample());
  EXPECT_TRUE(LooksLikeFrameHeader(content));
  EXPECT_THAT(DecodeFrameHeader(content, Life()), IsOkAndHolds(Sample()));
  EXPECT_THAT(DecodeFrameHeader(content + "more", Life()), IsOkAndHolds(Sample()));
}

TEST(FrameHeaderTest, EveryFlippedBitIsNoticed) {
  std::string content = Encode(Sample());
  for (size_t bit = 0; bit < content.size() * 8; ++bit) {
    content[bit / 8] = static_cast<char>(content[bit / 8] ^ (1 << bit % 8));
    ASSERT_THAT(DecodeFrameHeader(content, Life()), StatusIs(absl::StatusCode::kDataLoss));
    content[bit / 8] = static_cast<char>(content[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(FrameHeaderTest, AnotherLifeTakesItForNothing) {
  const std::string content = Encode(Sample());
  SegmentHeader other_nonce = Life();
  other_nonce.nonce ^= 1;
  EXPECT_THAT(DecodeFrameHeader(content, other_nonce), StatusIs(absl::StatusCode::kDataLoss));
  SegmentHeader other_number = Life();
  other_number.number = SegmentNo(6);
  EXPECT_THAT(DecodeFrameHeader(content, other_number),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("another segment")));
}

TEST(FrameHeaderTest, RefusesWhatNoWriterGives) {
  const auto refuses = [](auto change) {
    FrameHeader header = Sample();
    change(header);
    EXPECT_THAT(DecodeFrameHeader(Encode(header), Life()), StatusIs(absl::StatusCode::kDataLoss));
  };
  refuses([](FrameHeader& header) { header.blocks = 1; });
  refuses([](FrameHeader& header) { header.blocks = 3; });
  refuses([](FrameHeader& header) { header.body_bytes = UINT32_MAX; });
  refuses([](FrameHeader& header) { header.synced = header.number; });
  refuses([](FrameHeader& header) { header.predecessor = header.number; });
  refuses([](FrameHeader& header) { header.predecessor = FrameNo(); });
  refuses([](FrameHeader& header) { header.predecessor_segment = SegmentNo(6); });
  refuses([](FrameHeader& header) { header.predecessor_blocks = 0; });
}

TEST(FrameHeaderTest, CutOffIsDamage) {
  const std::string content = Encode(Sample());
  for (size_t size = 0; size < content.size(); ++size) {
    EXPECT_THAT(DecodeFrameHeader(content.substr(0, size), Life()),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(SeededCrcTest, DependsOnNonceAndBytes) {
  EXPECT_NE(SeededCrc(1, "abc"), SeededCrc(2, "abc"));
  EXPECT_NE(SeededCrc(1, "abc"), SeededCrc(1, "abd"));
  EXPECT_NE(SeededCrc(1, ""), SeededCrc(2, ""));
  EXPECT_EQ(SeededCrc(1, "abc"), SeededCrc(1, "abc"));
}

}  // namespace
}  // namespace warren::log
