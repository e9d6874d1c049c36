// Damage everywhere: whatever is destroyed, each entry is read right, or named as lost, or the log
// says that it is not whole.
#include <map>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "replication/log/wal/log_scan.h"
#include "replication/log/wal/sectors.h"
#include "replication/log/wal/testing/hostile_body.h"
#include "replication/log/wal/testing/log_image.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using warren::testing::IsOkAndHolds;

LogImage RandomLog(uint64_t seed) {
  base::Rng rng(seed);
  LogImage image(seed, 40);
  for (uint64_t number = 3; number <= 5; ++number) {
    image.BeginSegment(number);
    for (int i = 0; i < 12; ++i) {
      if (!image.AddFrame(rng.Below(12), rng.OneIn(3) ? 4000 : 200)) break;
    }
  }
  return image;
}

// What is missing of entries that were acknowledged, unless the scan names it. Checks every entry
// that it says is there.
uint64_t Unnamed(const LogImage& image, const LogScan& scan, uint64_t entries) {
  std::map<SegmentNo, const std::string*> raws;
  for (const LogImage::Segment& segment : image.segments()) {
    raws[segment.life.number] = &segment.raw;
  }
  base::IntervalSet known;
  for (const FoundFrame& frame : scan.frames) {
    for (const FoundItem& item : frame.items) {
      if (!item.item.HasEntries()) continue;
      for (uint32_t i = 0; i < item.item.count; ++i) {
        const uint64_t index = item.item.first.value() + i;
        known.Insert(index);
        if (item.lost.Contains(index)) continue;
        EXPECT_THAT(LogImage::ReadEntry(*raws[frame.header.segment], frame, item, i),
                    IsOkAndHolds(image.entries()[index - 1]));
      }
    }
  }
  uint64_t unnamed = 0;
  for (uint64_t index = 1; index <= entries; ++index) unnamed += known.Contains(index) ? 0 : 1;
  return unnamed;
}

enum class Destruction { kZeros, kGarbage, kStale };

void Destroy(LogImage::Segment& segment, size_t offset, size_t bytes, Destruction how) {
  base::Rng rng(offset);
  for (size_t at = offset; at < offset + bytes; ++at) {
    segment.raw[at] = how == Destruction::kZeros ? '\0' : static_cast<char>(rng.Next());
  }
  if (how == Destruction::kStale) {
    SetTags(segment.raw.data() + offset, bytes / kSectorBytes, segment.life.older_tags[1]);
  }
}

// Each block in each way; `segment` is one of the image's.
void DestroyBlocks(const LogImage& image, LogImage::Segment& segment) {
  const uint64_t last = image.frames().back().header.number.value();
  const std::string intact = segment.raw;
  for (uint32_t block = 1; block + 1 < segment.life.blocks; ++block) {
    for (const auto how : {Destruction::kZeros, Destruction::kGarbage, Destruction::kStale}) {
      Destroy(segment, size_t{block} * kBlockBytes, kBlockBytes, how);
      const LogScan scan = image.Recover(last);
      const uint64_t unnamed = Unnamed(image, scan, image.entries().size());
      ASSERT_TRUE(unnamed == 0 || !scan.whole)
          << "segment " << segment.life.number.value() << ", block " << block << ", how "
          << static_cast<int>(how);
      segment.raw = intact;
    }
  }
}

TEST(LogDamageTest, AnyBlockMayBeDestroyed) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    LogImage image = RandomLog(seed);
    for (LogImage::Segment& segment : image.segments()) DestroyBlocks(image, segment);
  }
}

TEST(LogDamageTest, AnySectorMayBeDestroyed) {
  LogImage image = RandomLog(7);
  const FrameNo last = image.frames().back().header.number;
  for (LogImage::Segment& segment : image.segments()) {
    const std::string intact = segment.raw;
    for (size_t at = kBlockBytes; at < segment.raw.size() - kBlockBytes; at += kSectorBytes) {
      Destroy(segment, at, kSectorBytes, Destruction::kGarbage);
      // Without a watermark past the end: what decayed differs from what was never written.
      const LogScan scan = image.Recover(0);
      ASSERT_TRUE(Unnamed(image, scan, image.entries().size()) == 0 || !scan.whole)
          << segment.life.number.value() << ", offset " << at;
      ASSERT_EQ(image.Recover(last.value()).whole, scan.whole);
      segment.raw.replace(at, kSectorBytes, intact, at, kSectorBytes);
    }
  }
}

TEST(LogDamageTest, AnyByteMayFlip) {
  LogImage image = RandomLog(8);
  base::Rng rng(8);
  for (int round = 0; round < 1500; ++round) {
    LogImage::Segment& segment = image.segments()[rng.Below(3)];
    const size_t at = rng.Between(kBlockBytes, segment.raw.size() - kBlockBytes - 1);
    const char before = segment.raw[at];
    segment.raw[at] = static_cast<char>(before ^ static_cast<char>(1 << rng.Below(8)));
    const LogScan scan = image.Recover(0);
    ASSERT_TRUE(Unnamed(image, scan, image.entries().size()) == 0 || !scan.whole) << at;
    segment.raw[at] = before;
  }
}

// The last frame is torn by a power cut: some of its sectors are as an earlier life left them.
TEST(LogDamageTest, ATornFrameIsNeverDamageAndNeverTakenInPart) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    LogImage image = RandomLog(seed);
    base::Rng rng(seed);
    const LogImage::Frame torn = image.frames().back();
    LogImage::Segment& segment = image.segments()[torn.segment];
    const std::string intact = segment.raw;
    const size_t sectors = torn.header.blocks * kSectorsPerBlock;
    const uint64_t kept_of_8 = rng.Between(0, 7);
    for (size_t sector = 0; sector < sectors; ++sector) {
      if (rng.Chance(kept_of_8, 8)) continue;
      Destroy(segment, size_t{torn.block} * kBlockBytes + sector * kSectorBytes, kSectorBytes,
              rng.OneIn(2) ? Destruction::kZeros : Destruction::kStale);
    }
    const LogScan scan = image.Recover(torn.header.number.value() - 1);
    ASSERT_TRUE(scan.whole) << "seed " << seed << ": " << scan.why_not_whole;
    ASSERT_TRUE(scan.damage.empty()) << "seed " << seed;
    // All of it or nothing.
    const bool taken = scan.last == torn.header.number;
    ASSERT_EQ(scan.frames.size(), image.frames().size() - (taken ? 0 : 1));
    ASSERT_EQ(Unnamed(image, scan, taken ? image.entries().size() : torn.first - 1), 0u);
    segment.raw = intact;
  }
}

// ---- A body that pretends to be a frame -------------------------------------------------------

// A log whose last frame holds what the client has sent, and whose header is destroyed.
LogImage Attacked(uint64_t nonce_of_log, uint64_t nonce_guessed) {
  LogImage image(1, 40);
  image.BeginSegment(1);
  if (nonce_of_log != 0) image.segments()[0].life.nonce = nonce_of_log;
  EXPECT_TRUE(image.AddFrame(5, 100));
  const HostileBodyGuess guess = {.segment = SegmentNo(1),
                                  .number = FrameNo(3),
                                  .nonce = nonce_guessed,
                                  .group = LogImage::kNo,
                                  .truncate_from = raft::Index(1)};
  raft::Entry entry = image.MakeEntry(0);
  entry.payload =
      base::Bytes::Adopt(ComposeHostileBody(guess, kFrameHeaderBytes + 48, 5 * kBlockContentBytes));
  FrameBuilder builder;
  std::vector<uint32_t> offsets;
  builder.AddEntries(ItemKind::kEntries, LogImage::kNo, LogImage::kGroup, {&entry, 1}, &offsets);
  EXPECT_TRUE(image.AddBuilt(builder, 1));
  image.segments()[0].raw[size_t{image.frames()[1].block} * kBlockBytes + 5] ^= 1;
  return image;
}

bool Truncates(const LogScan& scan) {
  for (const FoundFrame& frame : scan.frames) {
    for (const FoundItem& found : frame.items) {
      if (found.item.kind == ItemKind::kTruncate) return true;
    }
  }
  return false;
}

TEST(HostileBodyTest, ARandomNonceKeepsItOut) {
  constexpr uint64_t kConstant = 0x57617272656E;
  const LogScan scan = Attacked(0, kConstant).Recover(1);
  EXPECT_FALSE(Truncates(scan));
  EXPECT_FALSE(scan.whole);  // The frame that held it is lost.
}

TEST(HostileBodyTest, PlantedConstantNonceLetsItIn) {
  constexpr uint64_t kConstant = 0x57617272656E;
  EXPECT_TRUE(Truncates(Attacked(kConstant, kConstant).Recover(1)));
}

}  // namespace
}  // namespace warren::log
