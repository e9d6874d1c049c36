#include "base/interval_set_chunk.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base::interval_set_internal {
namespace {

OffsetRun Range(uint32_t first, uint32_t last) {
  return {.first = static_cast<uint16_t>(first), .last = static_cast<uint16_t>(last)};
}

template <typename Form>
std::vector<OffsetRun> RunsOf(const Form& form) {
  std::vector<OffsetRun> runs;
  std::optional<OffsetRun> run = form.NextRun(0);
  while (run) {
    runs.push_back(*run);
    if (run->last == kChunkPositions - 1) break;
    run = form.NextRun(static_cast<uint16_t>(run->last + 1));
  }
  return runs;
}

Chunk EverySecond(uint32_t runs) {
  Chunk chunk;
  for (uint32_t i = 0; i < runs; ++i) chunk.Insert(Range(2 * i, 2 * i));
  return chunk;
}

// Both forms answer alike, whatever is done to them.
TEST(BitmapTest, AgreesWithRunListOverRandomChanges) {
  Rng rng(1);
  Bitmap bitmap;
  RunList runs;
  for (int i = 0; i < 4000; ++i) {
    const auto at = static_cast<uint32_t>(rng.Below(kChunkPositions));
    const auto length = static_cast<uint32_t>(rng.OneIn(4) ? rng.Below(3000) : rng.Below(100));
    const OffsetRun range = Range(at, std::min(at + length, kChunkPositions - 1));
    if (rng.Chance(1, 2)) {
      ASSERT_EQ(bitmap.Insert(range), runs.Insert(range));
    } else {
      ASSERT_EQ(bitmap.Erase(range), runs.Erase(range));
    }
    ASSERT_EQ(bitmap.size(), runs.size());
    ASSERT_EQ(bitmap.run_count(), runs.run_count());
    const auto probe = static_cast<uint16_t>(rng.Below(kChunkPositions));
    ASSERT_EQ(bitmap.Contains(probe), runs.Contains(probe));
    ASSERT_EQ(bitmap.NextRun(probe), runs.NextRun(probe));
    ASSERT_EQ(bitmap.Rank(probe), runs.Rank(probe));
    if (runs.empty()) continue;
    const auto rank = static_cast<uint32_t>(rng.Below(runs.size()));
    ASSERT_EQ(bitmap.Select(rank), runs.Select(rank));
    ASSERT_EQ(bitmap.Last(), runs.Last());
  }
  bitmap.CheckInvariants();
  runs.CheckInvariants();
  EXPECT_EQ(RunsOf(bitmap), RunsOf(runs));
}

TEST(BitmapTest, CountsRunsAcrossWordBoundaries) {
  Bitmap bitmap;
  bitmap.Insert(Range(63, 64));
  EXPECT_EQ(bitmap.run_count(), 1u);
  bitmap.Insert(Range(127, 127));
  bitmap.Insert(Range(128, 128));
  EXPECT_EQ(bitmap.run_count(), 2u);
  bitmap.Erase(Range(64, 127));
  EXPECT_EQ(bitmap.run_count(), 2u);
  bitmap.Insert(Range(0, 65535));
  EXPECT_EQ(bitmap.run_count(), 1u);
  EXPECT_EQ(bitmap.NextRun(0), Range(0, 65535));
  bitmap.CheckInvariants();
}

TEST(ChunkTest, TurnsIntoBitmapAboveTheMostRunsAndBackAtHalf) {
  Chunk chunk = EverySecond(kRunsMax);
  EXPECT_LE(chunk.HeapBytes(), kRunsMax * sizeof(OffsetRun));
  chunk.Insert(Range(60000, 60000));
  EXPECT_EQ(chunk.HeapBytes(), sizeof(Bitmap));
  chunk.CheckInvariants();
  // Just below the boundary it stays, so that a change to and fro does not convert each time.
  chunk.Erase(Range(60000, 60000));
  EXPECT_EQ(chunk.HeapBytes(), sizeof(Bitmap));
  for (uint32_t i = 0; i < kRunsMax - Chunk::kRunsBack; ++i) chunk.Erase(Range(2 * i, 2 * i));
  EXPECT_LE(chunk.HeapBytes(), 2 * Chunk::kRunsBack * sizeof(OffsetRun));
  EXPECT_EQ(chunk.run_count(), Chunk::kRunsBack);
  chunk.CheckInvariants();
}

TEST(ChunkTest, EqualityIsByContentAndNotByForm) {
  const Chunk runs = EverySecond(2000);
  Chunk bitmap = EverySecond(3000);
  bitmap.Erase(Range(4000, 65535));
  bitmap.CheckInvariants();
  EXPECT_GT(bitmap.HeapBytes(), runs.HeapBytes());
  EXPECT_EQ(bitmap, runs);
  bitmap.Insert(Range(65535, 65535));
  EXPECT_NE(bitmap, runs);
}

TEST(ChunkTest, FullAndEmptyAreTold) {
  Chunk chunk = Chunk::Full();
  EXPECT_TRUE(chunk.IsFull());
  EXPECT_EQ(chunk.HeapBytes(), 0u);
  chunk.Erase(Range(5, 5));
  EXPECT_FALSE(chunk.IsFull());
  chunk.Erase(Range(0, 65535));
  EXPECT_TRUE(chunk.empty());
}

TEST(ChunkTest, CopyIsIndependent) {
  for (const uint32_t count : {3u, 3000u}) {
    const Chunk original = EverySecond(count);
    Chunk copy = original;
    EXPECT_EQ(copy, original);
    copy.Insert(Range(1, 1));
    EXPECT_FALSE(original.Contains(1));
    Chunk assigned;
    assigned = original;
    EXPECT_EQ(assigned, original);
  }
}

// Every pairing of few runs, many runs and bitmap.
TEST(ChunkTest, SetOperationsAgreeWithPositions) {
  Rng rng(2);
  const auto draw = [&rng](uint32_t runs) {
    Chunk chunk;
    for (uint32_t i = 0; i < runs; ++i) {
      const auto at = static_cast<uint32_t>(rng.Below(kChunkPositions - 5));
      chunk.Insert(Range(at, at + static_cast<uint32_t>(rng.Below(5))));
    }
    return chunk;
  };
  for (const uint32_t a_runs : {0u, 5u, 300u, 9000u}) {
    for (const uint32_t b_runs : {0u, 5u, 300u, 9000u}) {
      const Chunk a = draw(a_runs);
      const Chunk b = draw(b_runs);
      Chunk either = a;
      either.UnionWith(b);
      Chunk only_a = a;
      only_a.Subtract(b);
      Chunk both = a;
      both.IntersectWith(b);
      either.CheckInvariants();
      only_a.CheckInvariants();
      both.CheckInvariants();
      for (uint32_t i = 0; i < kChunkPositions; ++i) {
        const auto at = static_cast<uint16_t>(i);
        ASSERT_EQ(either.Contains(at), a.Contains(at) || b.Contains(at));
        ASSERT_EQ(only_a.Contains(at), a.Contains(at) && !b.Contains(at));
        ASSERT_EQ(both.Contains(at), a.Contains(at) && b.Contains(at));
      }
    }
  }
}

}  // namespace
}  // namespace warren::base::interval_set_internal
