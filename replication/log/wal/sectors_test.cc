#include "replication/log/wal/sectors.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::log {
namespace {

TEST(SectorsTest, ContentComesBackWhereverItLies) {
  base::Rng rng(1);
  for (int round = 0; round < 500; ++round) {
    std::string raw(4 * kBlockBytes, '\x5A');
    const size_t offset = rng.Below(2 * kBlockContentBytes);
    std::string content(rng.Below(2 * kBlockContentBytes), '\0');
    for (char& byte : content) byte = static_cast<char>(rng.Next());
    WriteContent(raw.data(), offset, content);
    std::string back(content.size(), '\0');
    ReadContent(raw.data(), offset, content.size(), back.data());
    ASSERT_EQ(back, content);
    for (size_t sector = 0; sector < 4 * kSectorsPerBlock; ++sector) {
      ASSERT_EQ(TagOf(raw.data(), sector), 0x5A5A) << "content has run into a tag";
    }
  }
}

TEST(SectorsTest, WritingTouchesNothingElse) {
  std::string raw(2 * kSectorBytes, 'x');
  WriteContent(raw.data(), kSectorContentBytes - 1, "ab");
  std::string expected(2 * kSectorBytes, 'x');
  expected[kSectorContentBytes - 1] = 'a';
  expected[kSectorBytes] = 'b';
  EXPECT_EQ(raw, expected);
}

TEST(SectorsTest, ClearingTouchesNothingElse) {
  std::string raw(2 * kSectorBytes, 'x');
  ClearContent(raw.data(), 1, kSectorContentBytes + 2);
  std::string expected(2 * kSectorBytes, 'x');
  for (size_t at = 1; at < kSectorContentBytes; ++at) expected[at] = '\0';
  for (size_t at = 0; at < 3; ++at) expected[kSectorBytes + at] = '\0';
  EXPECT_EQ(raw, expected);
}

TEST(SectorsTest, TagsStandAtTheEndOfEachSector) {
  std::string raw(2 * kSectorBytes, 'x');
  SetTags(raw.data(), 2, 0x1234);
  EXPECT_EQ(TagOf(raw.data(), 0), 0x1234);
  EXPECT_EQ(TagOf(raw.data(), 1), 0x1234);
  EXPECT_EQ(raw.substr(kSectorContentBytes, 3), "\x34\x12x");
}

TEST(SectorsTest, BlocksAreCountedByContent) {
  EXPECT_EQ(kBlockContentBytes, 4080u);
  EXPECT_EQ(BlocksFor(1), 1u);
  EXPECT_EQ(BlocksFor(kBlockContentBytes), 1u);
  EXPECT_EQ(BlocksFor(kBlockContentBytes + 1), 2u);
  EXPECT_EQ(RawOffset(kBlockContentBytes), kBlockBytes);
}

}  // namespace
}  // namespace warren::log
