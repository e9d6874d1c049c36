#include "replication/log/wal/segment_header.h"

#include <bit>
#include <set>
#include <string>

#include "base/rng.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using warren::testing::IsOkAndHolds;
using warren::testing::StatusIs;

SegmentHeader Sample() {
  base::Rng rng(7);
  const auto random = [&rng] { return rng.Next(); };
  SegmentHeader header = FirstLife(99, 16384, SegmentNo(1), random);
  for (uint64_t number = 2; number < 5; ++number) {
    header = NextLife(header, SegmentNo(number), random);
  }
  return header;
}

TEST(SegmentHeaderTest, WhatIsEncodedDecodes) {
  const std::string block = EncodeSegmentHeader(Sample());
  EXPECT_EQ(block.size(), kBlockBytes);
  EXPECT_THAT(DecodeSegmentHeader(block), IsOkAndHolds(Sample()));
}

TEST(SegmentHeaderTest, EveryFlippedBitIsNoticed) {
  std::string block = EncodeSegmentHeader(Sample());
  for (size_t bit = 0; bit < kSectorBytes * 8; ++bit) {
    block[bit / 8] = static_cast<char>(block[bit / 8] ^ (1 << bit % 8));
    ASSERT_THAT(DecodeSegmentHeader(block), StatusIs(absl::StatusCode::kDataLoss)) << bit;
    block[bit / 8] = static_cast<char>(block[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(SegmentHeaderTest, NothingElseIsAHeader) {
  EXPECT_THAT(DecodeSegmentHeader(""), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(DecodeSegmentHeader(std::string(kBlockBytes, '\0')),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(SegmentHeaderTest, EachLifeHasANonceAndATagOfItsOwn) {
  base::Rng rng(3);
  const auto random = [&rng] { return rng.Next(); };
  SegmentHeader header = FirstLife(1, 16, SegmentNo(1), random);
  std::set<uint64_t> nonces = {header.nonce};
  for (uint64_t number = 2; number < 300; ++number) {
    const SegmentHeader next = NextLife(header, SegmentNo(number), random);
    EXPECT_EQ(next.number, SegmentNo(number));
    EXPECT_EQ(next.log_id, 1u);
    EXPECT_EQ(next.blocks, 16u);
    EXPECT_EQ(next.older_tags[0], header.tag);
    EXPECT_EQ(next.older_tags[15], header.older_tags[14]);
    EXPECT_TRUE(nonces.insert(next.nonce).second);
    EXPECT_GE(std::popcount(next.tag), 4);
    for (const Tag older : next.older_tags) {
      EXPECT_GE(std::popcount(static_cast<Tag>(next.tag ^ older)), 4);
    }
    header = next;
  }
}

}  // namespace
}  // namespace warren::log
