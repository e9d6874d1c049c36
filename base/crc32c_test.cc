#include "base/crc32c.h"

#include <numeric>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base {
namespace {

std::string RandomBytes(size_t size, uint64_t seed) {
  Rng rng(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.Below(256));
  return bytes;
}

struct Vector {
  std::string bytes;
  uint32_t crc = 0;
};

// RFC 3720 section B.4, whose byte order is that of the wire, and the check value of the CRC
// catalogues.
std::vector<Vector> KnownVectors() {
  std::string rising(32, '\0');
  std::iota(rising.begin(), rising.end(), '\0');
  const std::string scsi_read(
      "\x01\xC0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x14\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00\x14\x00\x00\x00\x18"
      "\x28\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
      48);
  return {{"", 0},
          {"123456789", 0xE3069283},
          {std::string(32, '\0'), 0x8A9136AA},
          {std::string(32, '\xFF'), 0x62A8AB43},
          {rising, 0x46DD794E},
          {std::string(rising.rbegin(), rising.rend()), 0x113FDB5C},
          {scsi_read, 0xD9963A56}};
}

TEST(Crc32cTest, MatchesKnownVectors) {
  for (const Vector& vector : KnownVectors()) EXPECT_EQ(Crc32c(vector.bytes), vector.crc);
}

TEST(Crc32cTest, PortableMatchesKnownVectors) {
  for (const Vector& vector : KnownVectors()) {
    EXPECT_EQ(crc32c_internal::ExtendPortable(0, vector.bytes), vector.crc);
  }
}

TEST(Crc32cTest, HardwareMatchesPortableAtEverySizeAndAlignment) {
  if (!crc32c_internal::HardwareAvailable()) {
    GTEST_SKIP() << "this machine has no CRC-32C instruction";
  }
  const std::string bytes = RandomBytes(5000, 1);
  for (size_t offset = 0; offset < 9; ++offset) {
    for (size_t size = 0; size < 1700; size += 1 + size / 40) {
      const std::string_view view = std::string_view(bytes).substr(offset, size);
      ASSERT_EQ(crc32c_internal::ExtendHardware(0x1234, view),
                crc32c_internal::ExtendPortable(0x1234, view))
          << offset << " " << size;
    }
  }
  EXPECT_EQ(crc32c_internal::ExtendHardware(0, bytes), crc32c_internal::ExtendPortable(0, bytes));
}

TEST(Crc32cTest, ExtendContinuesAtAnyCut) {
  const std::string bytes = RandomBytes(2000, 2);
  const uint32_t whole = Crc32c(bytes);
  for (size_t cut = 0; cut <= bytes.size(); cut += 13) {
    const std::string_view view = bytes;
    EXPECT_EQ(Crc32cExtend(Crc32c(view.substr(0, cut)), view.substr(cut)), whole);
  }
}

TEST(Crc32cTest, CombineNeedsNoBytes) {
  const std::string bytes = RandomBytes(3000, 3);
  const uint32_t whole = Crc32c(bytes);
  for (size_t cut = 0; cut <= bytes.size(); cut += 17) {
    const std::string_view view = bytes;
    EXPECT_EQ(
        Crc32cCombine(Crc32c(view.substr(0, cut)), Crc32c(view.substr(cut)), bytes.size() - cut),
        whole);
  }
}

TEST(Crc32cTest, EverySingleBitFlipIsSeen) {
  std::string bytes = RandomBytes(200, 4);
  const uint32_t whole = Crc32c(bytes);
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(Crc32c(bytes), whole);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

}  // namespace
}  // namespace warren::base
