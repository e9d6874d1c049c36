#include "base/interval_set_run_list.h"

#include <vector>

#include "gtest/gtest.h"

namespace warren::base::interval_set_internal {
namespace {

OffsetRun Range(uint32_t first, uint32_t last) {
  return {.first = static_cast<uint16_t>(first), .last = static_cast<uint16_t>(last)};
}

RunList Make(const std::vector<OffsetRun>& runs) {
  RunList list;
  for (const OffsetRun run : runs) list.Insert(run);
  list.CheckInvariants();
  return list;
}

std::vector<OffsetRun> RunsOf(const RunList& list) {
  list.CheckInvariants();
  return {list.runs().begin(), list.runs().end()};
}

TEST(RunListTest, InsertJoinsWhatItTouches) {
  RunList list = Make({Range(10, 19), Range(30, 39), Range(60, 69)});
  EXPECT_EQ(list.Insert(Range(20, 29)), 10u);
  EXPECT_EQ(RunsOf(list), (std::vector{Range(10, 39), Range(60, 69)}));
  EXPECT_EQ(list.Insert(Range(5, 70)), 26u);
  EXPECT_EQ(RunsOf(list), (std::vector{Range(5, 70)}));
  EXPECT_EQ(list.Insert(Range(6, 7)), 0u);
}

TEST(RunListTest, InsertKeepsGapsOfOnePosition) {
  const RunList list = Make({Range(10, 10), Range(12, 12), Range(8, 8)});
  EXPECT_EQ(RunsOf(list), (std::vector{Range(8, 8), Range(10, 10), Range(12, 12)}));
}

TEST(RunListTest, EraseCutsShortensAndSplits) {
  RunList list = Make({Range(10, 19), Range(30, 39), Range(50, 59)});
  EXPECT_EQ(list.Erase(Range(33, 34)), 2u);
  EXPECT_EQ(RunsOf(list),
            (std::vector{Range(10, 19), Range(30, 32), Range(35, 39), Range(50, 59)}));
  EXPECT_EQ(list.Erase(Range(15, 51)), 5u + 3u + 5u + 2u);
  EXPECT_EQ(RunsOf(list), (std::vector{Range(10, 14), Range(52, 59)}));
  EXPECT_EQ(list.Erase(Range(20, 40)), 0u);
  EXPECT_EQ(list.Erase(Range(0, 65535)), 13u);
  EXPECT_TRUE(list.empty());
}

TEST(RunListTest, WorksAtBothEndsOfTheChunk) {
  RunList list = Make({Range(0, 0), Range(65535, 65535)});
  EXPECT_EQ(list.Insert(Range(1, 65534)), 65534u);
  EXPECT_EQ(list.size(), kChunkPositions);
  EXPECT_EQ(list.Erase(Range(65535, 65535)), 1u);
  EXPECT_EQ(list.Erase(Range(0, 0)), 1u);
  EXPECT_EQ(RunsOf(list), (std::vector{Range(1, 65534)}));
  EXPECT_EQ(list.Last(), 65534);
}

TEST(RunListTest, LookupsFindRunsAndGaps) {
  const RunList list = Make({Range(10, 19), Range(30, 39)});
  EXPECT_TRUE(list.Contains(10));
  EXPECT_TRUE(list.Contains(19));
  EXPECT_FALSE(list.Contains(20));
  EXPECT_FALSE(list.Contains(9));
  EXPECT_EQ(list.NextRun(0), Range(10, 19));
  EXPECT_EQ(list.NextRun(15), Range(15, 19));
  EXPECT_EQ(list.NextRun(20), Range(30, 39));
  EXPECT_EQ(list.NextRun(40), std::nullopt);
  EXPECT_EQ(list.Rank(0), 0u);
  EXPECT_EQ(list.Rank(15), 5u);
  EXPECT_EQ(list.Rank(25), 10u);
  EXPECT_EQ(list.Rank(65535), 20u);
  EXPECT_EQ(list.Select(0), 10);
  EXPECT_EQ(list.Select(9), 19);
  EXPECT_EQ(list.Select(10), 30);
}

TEST(RunListTest, MemoryStaysWithinABitmapUpToTheMostRuns) {
  RunList list;
  for (uint32_t i = 0; i < kRunsMax; ++i) {
    list.Insert(Range(4 * i, 4 * i));
    ASSERT_LE(list.HeapBytes(), 8192u);
  }
  // A copy has its own capacity; its growth must keep to the bound as well.
  for (const size_t removed : {1u, 100u, 1000u}) {
    RunList copy = list;
    for (uint32_t i = 0; i < removed; ++i) copy.Erase(Range(8 * i, 8 * i));
    RunList regrown = copy;
    for (uint32_t i = 0; i < removed; ++i) regrown.Insert(Range(8 * i, 8 * i));
    EXPECT_EQ(regrown.run_count(), kRunsMax);
    EXPECT_LE(regrown.HeapBytes(), 8192u);
  }
}

TEST(RunListTest, MemoryIsGivenBackWhenRunsGo) {
  RunList list;
  for (uint32_t i = 0; i < 1000; ++i) list.Insert(Range(2 * i, 2 * i));
  for (uint32_t i = 0; i < 990; ++i) list.Erase(Range(2 * i, 2 * i));
  EXPECT_LE(list.HeapBytes(), 40 * sizeof(OffsetRun));
  EXPECT_EQ(list.size(), 10u);
}

}  // namespace
}  // namespace warren::base::interval_set_internal
