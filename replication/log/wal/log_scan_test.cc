// One test for each row of the verdict table in wal/log_scan.h.
#include "replication/log/wal/log_scan.h"

#include <string>
#include <utility>

#include "replication/log/wal/sectors.h"
#include "replication/log/wal/testing/log_image.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two segments of three frames each.
LogImage TwoSegments() {
  LogImage image(1, 40);
  for (uint64_t number = 1; number <= 2; ++number) {
    image.BeginSegment(number);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(image.AddFrame(10, 2000));
  }
  return image;
}

char* At(LogImage& image, size_t frame, size_t content_offset) {
  const LogImage::Frame& at = image.frames()[frame];
  return image.segments()[at.segment].raw.data() + size_t{at.block} * kBlockBytes +
         RawOffset(content_offset);
}
void FlipAt(LogImage& image, size_t frame, size_t content_offset) {
  char* const byte = At(image, frame, content_offset);
  *byte = static_cast<char>(*byte ^ 0x10);
}
void FlipHeader(LogImage& image, size_t frame) { FlipAt(image, frame, 20); }
void FlipDirectory(LogImage& image, size_t frame) {
  FlipAt(image, frame, kFrameHeaderBytes + image.frames()[frame].header.body_bytes);
}
void FlipTable(LogImage& image, size_t frame) {
  const FrameHeader& header = image.frames()[frame].header;
  FlipAt(image, frame, kFrameHeaderBytes + header.body_bytes + header.directory_bytes);
}
// The sector keeps what an earlier life left there.
void Unwrite(LogImage& image, size_t frame, size_t sector) {
  const LogImage::Frame& at = image.frames()[frame];
  LogImage::Segment& segment = image.segments()[at.segment];
  char* const raw = segment.raw.data() + size_t{at.block} * kBlockBytes + sector * kSectorBytes;
  for (size_t i = 0; i < kSectorContentBytes; ++i) raw[i] = 'o';
  SetTags(raw, 1, segment.life.older_tags[0]);
}

uint64_t CountLost(const LogScan& scan) {
  uint64_t lost = 0;
  for (const FoundFrame& frame : scan.frames) {
    for (const FoundItem& item : frame.items) lost += item.lost.size();
  }
  return lost;
}

TEST(LogScanTest, AnIntactLogReplays) {
  LogImage image = TwoSegments();
  const LogScan scan = image.Recover(6);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_THAT(scan.damage, IsEmpty());
  ASSERT_EQ(scan.frames.size(), 6u);
  EXPECT_EQ(scan.last, FrameNo(6));
  EXPECT_GT(scan.next, FrameNo(6));
  EXPECT_EQ(CountLost(scan), 0u);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(scan.frames[i].header, image.frames()[i].header);
}

TEST(LogScanTest, AnEmptyLogIsWhole) {
  LogScanInput input;
  input.watermark = FrameNo();
  LogScan scan = Assemble(std::move(input));
  EXPECT_TRUE(scan.whole);
  EXPECT_EQ(scan.next, FrameNo(1));
  scan = Assemble({});  // There is no watermark either.
  EXPECT_TRUE(scan.whole);
}

TEST(LogScanTest, APreparedSegmentIsFine) {
  LogImage image = TwoSegments();
  image.BeginSegment(3);
  image.BeginSegment(5);
  const LogScan scan = image.Recover(6);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_EQ(scan.last, FrameNo(6));
}

TEST(LogScanTest, ADamagedPayloadLosesOneEntry) {
  for (const size_t frame : {0u, 2u, 5u}) {
    LogImage image = TwoSegments();
    const auto input = image.Scan();
    const uint32_t last =
        input.segments[frame / 3].frames[frame % 3].found.items[0].entry_offsets[5];
    FlipAt(image, frame, last - 1);  // The end of the payload before.
    const LogScan scan = image.Recover(0);
    EXPECT_TRUE(scan.whole) << scan.why_not_whole;
    ASSERT_EQ(scan.damage.size(), 1u);
    EXPECT_THAT(scan.damage[0].what, HasSubstr("the payload of entry"));
    EXPECT_EQ(CountLost(scan), 1u);
    EXPECT_TRUE(scan.frames[frame].items[0].lost.Contains(image.frames()[frame].first + 4));
  }
}

TEST(LogScanTest, ADamagedEntryHeaderLosesTheItem) {
  LogImage image = TwoSegments();
  FlipAt(image, 1, kFrameHeaderBytes + 16);
  const LogScan scan = image.Recover(6);
  EXPECT_TRUE(scan.whole);
  const FoundItem& item = scan.frames[1].items[0];
  EXPECT_TRUE(item.body_lost);
  EXPECT_EQ(item.lost.size(), item.item.count);
  EXPECT_THAT(item.entry_offsets, IsEmpty());
}

TEST(LogScanTest, ALostDirectoryIsKnownFromTheSuccessor) {
  for (const size_t frame : {0u, 1u, 2u, 3u}) {  // 2: the successor is in the next segment.
    LogImage image = TwoSegments();
    FlipDirectory(image, frame);
    const LogScan scan = image.Recover(6);
    EXPECT_TRUE(scan.whole) << scan.why_not_whole;
    ASSERT_EQ(scan.frames.size(), 6u);
    EXPECT_EQ(scan.damage.size(), 1u);
    EXPECT_EQ(CountLost(scan), 0u) << "the bodies are intact";
  }
}

TEST(LogScanTest, ALostHeaderIsKnownFromTheSuccessor) {
  for (const size_t frame : {0u, 1u, 2u, 3u, 4u}) {
    LogImage image = TwoSegments();
    FlipHeader(image, frame);
    const LogScan scan = image.Recover(6);
    EXPECT_TRUE(scan.whole) << scan.why_not_whole;
    ASSERT_EQ(scan.frames.size(), 6u);
    EXPECT_EQ(scan.frames[frame].header.number, FrameNo(frame + 1));
    EXPECT_EQ(scan.frames[frame].block, image.frames()[frame].block);
    EXPECT_EQ(CountLost(scan), 0u) << "the bodies are intact";
  }
}

TEST(LogScanTest, ADirectoryLostTwiceMakesTheLogNotWhole) {
  LogImage image = TwoSegments();
  FlipDirectory(image, 1);
  FlipTable(image, 2);
  const LogScan scan = image.Recover(6);
  EXPECT_FALSE(scan.whole);
  EXPECT_THAT(scan.why_not_whole, HasSubstr("what frame 2 did is lost"));
  EXPECT_EQ(scan.frames.size(), 5u);
}

TEST(LogScanTest, TwoLostHeadersMakeTheLogNotWhole) {
  LogImage image = TwoSegments();
  FlipHeader(image, 1);
  FlipHeader(image, 2);
  const LogScan scan = image.Recover(6);
  EXPECT_FALSE(scan.whole);
  EXPECT_EQ(scan.frames.size(), 5u);  // All but frame 2.
  EXPECT_EQ(scan.last, FrameNo(6));
}

TEST(LogScanTest, AnUnfinishedLastFrameEndsTheLog) {
  LogImage image = TwoSegments();
  Unwrite(image, 5, 3);
  const LogScan scan = image.Recover(5);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_THAT(scan.damage, IsEmpty());
  EXPECT_EQ(scan.last, FrameNo(5));
  EXPECT_GT(scan.next, FrameNo(6));
}

TEST(LogScanTest, AnUnfinishedFrameBelowTheWatermarkIsDamage) {
  LogImage image = TwoSegments();
  Unwrite(image, 5, 3);
  LogScan scan = image.Recover(6);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_GE(CountLost(scan), 1u);
  EXPECT_EQ(scan.last, FrameNo(6));
  Unwrite(image, 5, 0);
  scan = image.Recover(6);
  EXPECT_FALSE(scan.whole);
  EXPECT_THAT(scan.why_not_whole, HasSubstr("frame 6 was durable"));
}

TEST(LogScanTest, ADecayedHeaderOfTheLastFrameMakesTheLogNotWhole) {
  LogImage image = TwoSegments();
  FlipHeader(image, 5);
  EXPECT_FALSE(image.Recover(5).whole);
  *At(image, 5, kSectorContentBytes - 1) = 'x';
  char* const tag = At(image, 5, kSectorContentBytes - 1) + 1;
  *tag = static_cast<char>(*tag ^ 1);  // Nobody's tag now.
  EXPECT_FALSE(image.Recover(5).whole);
}

TEST(LogScanTest, ADecayedDirectoryOfTheLastFrameMakesTheLogNotWhole) {
  LogImage image = TwoSegments();
  FlipDirectory(image, 5);
  const LogScan scan = image.Recover(5);
  EXPECT_FALSE(scan.whole);
  EXPECT_THAT(scan.why_not_whole, HasSubstr("what frame 6 did is lost"));
  EXPECT_EQ(scan.last, FrameNo(5));
}

TEST(LogScanTest, ASealSavesTheLastDirectory) {
  LogImage image = TwoSegments();
  ASSERT_TRUE(image.AddFrame(0, 0));
  FlipDirectory(image, 5);
  const LogScan scan = image.Recover(5);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_EQ(scan.last, FrameNo(7));
}

TEST(LogScanTest, ATornSealLeavesTheFrameBefore) {
  LogImage image = TwoSegments();
  ASSERT_TRUE(image.AddFrame(0, 0));
  Unwrite(image, 6, 0);
  const LogScan scan = image.Recover(5);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_EQ(scan.last, FrameNo(6));
}

TEST(LogScanTest, EndingBelowTheWatermarkIsNotWhole) {
  const LogScan scan = TwoSegments().Recover(7);
  EXPECT_FALSE(scan.whole);
  EXPECT_THAT(scan.why_not_whole, HasSubstr("ends with frame 6"));
  EXPECT_GT(scan.next, FrameNo(7));
}

TEST(LogScanTest, WithoutAWatermarkALogIsNotWhole) {
  EXPECT_FALSE(Assemble(TwoSegments().Scan()).whole);
}

TEST(LogScanTest, AMissingSegmentIsNotWhole) {
  LogImage image = TwoSegments();
  image.BeginSegment(3);
  ASSERT_TRUE(image.AddFrame(3, 100));
  LogScanInput input = image.Scan();
  input.watermark = FrameNo(7);
  input.segments.erase(input.segments.begin() + 1);
  const LogScan scan = Assemble(input);
  EXPECT_FALSE(scan.whole);
  EXPECT_EQ(scan.frames.size(), 5u);  // Frame 6 is known from its successor's table.
  EXPECT_GT(CountLost(scan), 0u);

  // Unless it has retired, with all before.
  input.retired = SegmentNo(2);
  const LogScan retired = Assemble(std::move(input));
  EXPECT_TRUE(retired.whole) << retired.why_not_whole;
  EXPECT_EQ(retired.frames.size(), 1u);
}

TEST(LogScanTest, AnUnreadableSegmentIsNotWhole) {
  LogScanInput input = TwoSegments().Scan();
  input.watermark = FrameNo(6);
  input.unreadable = 1;
  EXPECT_FALSE(Assemble(std::move(input)).whole);
}

TEST(LogScanTest, WhatRetiredDoesNotCount) {
  LogImage image = TwoSegments();
  FlipHeader(image, 0);
  FlipHeader(image, 1);
  LogScanInput input = image.Scan();
  input.watermark = FrameNo(6);
  input.retired = SegmentNo(1);
  const LogScan scan = Assemble(std::move(input));
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_THAT(scan.damage, IsEmpty());
  EXPECT_EQ(scan.frames.size(), 3u);
}

// ---- After a recovery -------------------------------------------------------------------------

TEST(LogScanTest, WhatARecoveryFoundTornStaysOutOfTheLog) {
  LogImage image = TwoSegments();
  Unwrite(image, 5, 3);
  image.ForgetLastFrame();
  image.BeginSegment(4);
  image.set_next_number(100);
  ASSERT_TRUE(image.AddFrame(5, 100));
  const LogScan scan = image.Recover(100);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_THAT(scan.damage, IsEmpty());
  ASSERT_EQ(scan.frames.size(), 6u);
  EXPECT_EQ(scan.frames[4].header.number, FrameNo(5));
  EXPECT_EQ(scan.frames[5].header.number, FrameNo(100));
}

// The first frame after a recovery is torn as well, and has no header: what an earlier power cut
// left is still torn.
TEST(LogScanTest, ARecoveryMayBeCutShortToo) {
  LogImage image = TwoSegments();
  Unwrite(image, 5, 3);
  image.ForgetLastFrame();
  image.BeginSegment(4);
  image.set_next_number(100);
  ASSERT_TRUE(image.AddFrame(5, 2000));
  for (const size_t sector : {0u, 5u}) {  // First the header, then in the middle of it.
    Unwrite(image, 5, sector);
    const LogScan scan = image.Recover(5);
    EXPECT_TRUE(scan.whole) << scan.why_not_whole;
    EXPECT_THAT(scan.damage, IsEmpty());
    EXPECT_EQ(scan.last, FrameNo(5));
  }
}

TEST(LogScanTest, WhatWasDealtWithIsNotReportedAgain) {
  LogImage image = TwoSegments();
  FlipDirectory(image, 1);
  FlipTable(image, 2);
  FlipAt(image, 3, kFrameHeaderBytes + 60);
  EXPECT_FALSE(image.Recover(6).whole);
  image.BeginSegment(4);
  FrameBuilder recovered;
  Item item;
  item.kind = ItemKind::kRecovered;
  item.through = FrameNo(99);
  recovered.Add(item);
  image.set_next_number(100);
  ASSERT_TRUE(image.AddBuilt(recovered, 0));
  const LogScan scan = image.Recover(100);
  EXPECT_TRUE(scan.whole) << scan.why_not_whole;
  EXPECT_THAT(scan.damage, IsEmpty());
  EXPECT_GT(CountLost(scan), 0u) << "what is lost stays lost";
}

// ---- Planted bugs -----------------------------------------------------------------------------

TEST(LogScanTest, PlantedDamageTakenForTornTailIsSilent) {
  LogImage image = TwoSegments();
  FlipHeader(image, 1);
  const LogScan scan = image.Recover(6, PlantedBug::kDamageTakenForTornTail);
  EXPECT_TRUE(scan.whole);
  EXPECT_THAT(scan.damage, IsEmpty());
  EXPECT_EQ(scan.last, FrameNo(1));
}

TEST(LogScanTest, PlantedLifeNotCheckedLetsStaleFramesIn) {
  LogImage image(1, 40);
  image.BeginSegment(1);
  ASSERT_TRUE(image.AddFrame(10, 500));
  LogImage::Segment& segment = image.segments()[0];
  const uint64_t nonce = segment.life.nonce;
  base::Rng rng(3);
  segment.life = NextLife(segment.life, SegmentNo(2), [&rng] { return rng.Next(); });
  EXPECT_THAT(image.Recover(0).frames, IsEmpty());
  segment.life.nonce = nonce;  // As SegmentFiles::Prepare leaves it under the bug.
  EXPECT_THAT(image.Recover(0).frames, IsEmpty()) << "the number is checked as well";
  EXPECT_EQ(image.Scan(PlantedBug::kLifeNotChecked).segments[0].frames.size(), 1u);
}

// ---- The residual window ----------------------------------------------------------------------

// Damage to the very last frame, without a successor or a watermark past it, is seen: unless it
// turns a sector's tag into that of an earlier life, or all of the sector into zeros. Then it reads
// as a write that was cut short.
TEST(LogScanTest, ResidualWindowATagThatDecaysIntoAnOlderOneReadsAsTorn) {
  LogImage image = TwoSegments();
  FlipDirectory(image, 5);
  EXPECT_FALSE(image.Recover(5).whole);
  const LogImage::Segment& segment = image.segments()[1];
  SetTags(At(image, 5, 0), 1, segment.life.older_tags[1]);
  const LogScan scan = image.Recover(5);
  EXPECT_TRUE(scan.whole);
  EXPECT_EQ(scan.last, FrameNo(5));
  // With a watermark past it the loss is seen; so it is with a successor.
  EXPECT_FALSE(image.Recover(6).whole);
}

}  // namespace
}  // namespace warren::log
