#include "replication/log/live_segments.h"

#include <memory>

#include "gtest/gtest.h"

namespace warren::log {
namespace {

std::shared_ptr<const Segment> MakeSegment(uint64_t number) {
  auto segment = std::make_shared<Segment>();
  segment->life.number = SegmentNo(number);
  return segment;
}

TEST(LiveSegmentsTest, FindsTheFrameThatASegmentHolds) {
  LiveSegments segments;
  segments.Add(MakeSegment(4));
  segments.AddFrame(FrameNo(10), 1, 100);
  segments.AddFrame(FrameNo(12), 3, 100);
  segments.Add(MakeSegment(6));
  segments.AddFrame(FrameNo(13), 1, 7);
  EXPECT_EQ(segments.Find(FrameNo(12))->segment->life.number, SegmentNo(4));
  EXPECT_EQ(segments.Find(FrameNo(12))->block, 3);
  EXPECT_EQ(segments.Find(FrameNo(13))->segment->life.number, SegmentNo(6));
  EXPECT_FALSE(segments.Find(FrameNo(11)).has_value());
  EXPECT_FALSE(segments.Find(FrameNo(14)).has_value());
}

TEST(LiveSegmentsTest, TheOldestOneLeavesFirst) {
  LiveSegments segments;
  segments.Add(MakeSegment(1));
  segments.AddFrame(FrameNo(1), 1, 5);
  segments.AddFrame(FrameNo(2), 2, 6);
  EXPECT_EQ(segments.full(), 0);
  segments.Add(MakeSegment(2));
  ASSERT_EQ(segments.full(), 1);
  EXPECT_EQ(segments.oldest().last, FrameNo(2));
  EXPECT_EQ(segments.oldest().user_bytes, 11);
  segments.DropOldest();
  EXPECT_EQ(segments.full(), 0);
  EXPECT_EQ(segments.oldest().last, FrameNo());
  EXPECT_FALSE(segments.Find(FrameNo(2)).has_value());
}

}  // namespace
}  // namespace warren::log
