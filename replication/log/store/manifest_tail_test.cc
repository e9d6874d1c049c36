#include "replication/log/store/manifest_tail.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

#include "base/crc32c.h"

namespace warren::log {
namespace {

constexpr size_t kBlock = 32768;

// As RocksDB appends a change: in one record, or in one part per block.
void AddChange(std::string* manifest, std::string_view change) {
  bool first = true;
  while (first || !change.empty()) {
    size_t room = kBlock - manifest->size() % kBlock;
    if (room < 7) {
      manifest->append(room, '\0');
      room = kBlock;
    }
    const std::string_view part = change.substr(0, std::min(change.size(), room - 7));
    change.remove_prefix(part.size());
    const int type = first ? (change.empty() ? 1 : 2) : (change.empty() ? 4 : 3);
    std::string body(1, static_cast<char>(type));
    body += part;
    const uint32_t crc = base::Crc32c(body);
    const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
    for (int i = 0; i < 4; ++i) manifest->push_back(static_cast<char>(masked >> (8 * i)));
    manifest->push_back(static_cast<char>(part.size() & 0xff));
    manifest->push_back(static_cast<char>(part.size() >> 8));
    *manifest += body;
    first = false;
  }
}

std::string WithSmallChanges(int count) {
  std::string manifest;
  for (int i = 0; i < count; ++i)
    AddChange(&manifest, std::string(100, static_cast<char>('a' + i)));
  return manifest;
}

TEST(ManifestTailTest, WholeManifestCountsToItsEnd) {
  EXPECT_EQ(BytesBeforeTornWrite(""), 0u);
  const std::string small = WithSmallChanges(3);
  EXPECT_EQ(BytesBeforeTornWrite(small), small.size());
  EXPECT_EQ(BytesBeforeTornWrite(small + std::string(1000, '\0')), small.size());
}

TEST(ManifestTailTest, LastChangeCountsForNothingWhateverIsLeftOfIt) {
  const std::string before = WithSmallChanges(2);
  for (const size_t bytes : {1u, 600u, 40'000u, 100'000u}) {
    std::string whole = before;
    AddChange(&whole, std::string(bytes, 'x'));
    for (size_t lost = before.size() / 512 * 512; lost < whole.size(); lost += 512) {
      std::string torn = whole;
      const size_t from = std::max(lost, before.size());
      for (size_t i = from; i < std::min(lost + 512, whole.size()); ++i) torn[i] = '\0';
      EXPECT_EQ(BytesBeforeTornWrite(torn), before.size()) << bytes << " bytes, at " << from;
      EXPECT_EQ(BytesBeforeTornWrite(whole.substr(0, from)), before.size());
    }
  }
}

TEST(ManifestTailTest, BrokenChangeWithAnotherBehindItIsDamage) {
  std::string manifest = WithSmallChanges(3);
  const size_t third = manifest.size() / 3 * 2;
  for (size_t i = 0; i < third; ++i) {
    std::string damaged = manifest;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_EQ(BytesBeforeTornWrite(damaged), manifest.size()) << "offset " << i;
  }
}

TEST(ManifestTailTest, RoomTooSmallForAHeaderIsPassedOver) {
  std::string manifest;
  AddChange(&manifest, std::string(kBlock - 7 - 3, 'x'));
  AddChange(&manifest, "y");
  ASSERT_EQ(manifest.size(), kBlock + 8);
  EXPECT_EQ(BytesBeforeTornWrite(manifest), manifest.size());
  manifest.back() = 'z';
  EXPECT_EQ(BytesBeforeTornWrite(manifest), kBlock - 3);
}

}  // namespace
}  // namespace warren::log
