#include "base/interval_set.h"

#include <malloc.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace warren::base {
namespace {

constexpr uint64_t kChunk = 65536;
constexpr uint64_t kMax = IntervalSet::kPositionMax;

using SetRun = IntervalSet::Run;  // In a test Run is a method of gtest's.

std::vector<SetRun> RunsOf(const IntervalSet& set) {
  std::vector<SetRun> runs;
  for (const SetRun& run : set.Runs()) runs.push_back(run);
  return runs;
}

IntervalSet Make(const std::vector<SetRun>& runs) {
  IntervalSet set;
  for (const SetRun& run : runs) set.InsertRange(run.first, run.last);
  set.CheckInvariants();
  return set;
}

TEST(IntervalSetTest, EmptySetAnswersNothing) {
  IntervalSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.First(), std::nullopt);
  EXPECT_EQ(set.Last(), std::nullopt);
  EXPECT_EQ(set.PopFirst(), std::nullopt);
  EXPECT_EQ(set.NextRun(0), std::nullopt);
  EXPECT_EQ(set.Select(0), std::nullopt);
  EXPECT_EQ(set.Rank(UINT64_MAX), 0u);
  EXPECT_FALSE(set.Contains(0));
  EXPECT_EQ(set.Erase(5), 0u);
  EXPECT_TRUE(RunsOf(set).empty());
}

TEST(IntervalSetTest, ChangesReturnWhatTheyChanged) {
  IntervalSet set;
  EXPECT_EQ(set.Insert(5), 1u);
  EXPECT_EQ(set.Insert(5), 0u);
  EXPECT_EQ(set.InsertRange(0, 3 * kChunk), 3 * kChunk);
  EXPECT_EQ(set.size(), 3 * kChunk + 1);
  EXPECT_EQ(set.EraseRange(10, 2 * kChunk + 9), 2 * kChunk);
  EXPECT_EQ(set.Erase(11), 0u);
  EXPECT_EQ(set.Erase(9), 1u);
  EXPECT_EQ(RunsOf(set), (std::vector<SetRun>{{0, 8}, {2 * kChunk + 10, 3 * kChunk}}));
  set.CheckInvariants();
}

TEST(IntervalSetTest, RunsAreMaximalAcrossChunkBoundaries) {
  const IntervalSet set = Make({{kChunk - 3, kChunk + 2},              // Two partial chunks.
                                {2 * kChunk + 5, 7 * kChunk + 9},      // Partial, span, partial.
                                {10 * kChunk, 12 * kChunk - 1},        // A span alone.
                                {12 * kChunk + 1, 12 * kChunk + 1}});  // Not touching it.
  EXPECT_EQ(RunsOf(set), (std::vector<SetRun>{{kChunk - 3, kChunk + 2},
                                              {2 * kChunk + 5, 7 * kChunk + 9},
                                              {10 * kChunk, 12 * kChunk - 1},
                                              {12 * kChunk + 1, 12 * kChunk + 1}}));
}

TEST(IntervalSetTest, NextRunIsCutOffBelowWhereItStarts) {
  const IntervalSet set = Make({{100, 5 * kChunk}, {6 * kChunk + 7, 6 * kChunk + 8}});
  EXPECT_EQ(set.NextRun(0), (SetRun{100, 5 * kChunk}));
  EXPECT_EQ(set.NextRun(3 * kChunk + 1), (SetRun{3 * kChunk + 1, 5 * kChunk}));
  EXPECT_EQ(set.NextRun(5 * kChunk), (SetRun{5 * kChunk, 5 * kChunk}));
  EXPECT_EQ(set.NextRun(5 * kChunk + 1), (SetRun{6 * kChunk + 7, 6 * kChunk + 8}));
  EXPECT_EQ(set.NextRun(6 * kChunk + 9), std::nullopt);
  EXPECT_EQ(set.NextRun(UINT64_MAX), std::nullopt);
}

TEST(IntervalSetTest, ChunksThatBecomeFullOneByOneAreOneSpan) {
  IntervalSet by_chunk;
  for (const uint64_t chunk : {4u, 2u, 3u, 1u, 5u}) {
    by_chunk.InsertRange(chunk * kChunk, chunk * kChunk + kChunk - 2);
    by_chunk.Insert(chunk * kChunk + kChunk - 1);
    by_chunk.CheckInvariants();
  }
  const IntervalSet at_once = Make({{kChunk, 6 * kChunk - 1}});
  EXPECT_EQ(by_chunk, at_once);
  EXPECT_EQ(by_chunk.MemoryBytes(), at_once.MemoryBytes());
}

TEST(IntervalSetTest, RankAndSelectAreInverse) {
  const IntervalSet set = Make({{10, 19}, {kChunk - 1, 4 * kChunk}, {9 * kChunk, 9 * kChunk + 3}});
  for (uint64_t rank = 0; rank < set.size(); rank += 997) {
    const uint64_t position = set.Select(rank).value();
    EXPECT_TRUE(set.Contains(position));
    EXPECT_EQ(set.Rank(position), rank);
  }
  EXPECT_EQ(set.Select(set.size() - 1), set.Last());
  EXPECT_EQ(set.Select(set.size()), std::nullopt);
  EXPECT_EQ(set.Rank(15), 5u);
  EXPECT_EQ(set.Rank(20), 10u);
  EXPECT_EQ(set.Rank(2 * kChunk), 10u + kChunk + 1);
  EXPECT_EQ(set.Rank(UINT64_MAX), set.size());
}

TEST(IntervalSetTest, WholeUniverseFits) {
  IntervalSet set;
  EXPECT_EQ(set.InsertRange(0, kMax), UINT64_MAX);
  EXPECT_EQ(set.size(), UINT64_MAX);
  EXPECT_EQ(RunsOf(set), (std::vector<SetRun>{{0, kMax}}));
  EXPECT_EQ(set.Select(UINT64_MAX - 1), kMax);
  EXPECT_EQ(set.Rank(kMax), kMax);
  EXPECT_EQ(set.Erase(kMax / 2), 1u);
  EXPECT_EQ(RunsOf(set), (std::vector<SetRun>{{0, kMax / 2 - 1}, {kMax / 2 + 1, kMax}}));
  EXPECT_EQ(set.EraseRange(0, kMax), UINT64_MAX - 1);
  EXPECT_TRUE(set.empty());
  set.CheckInvariants();
}

TEST(IntervalSetTest, BacklogOfAnyDepthIsOneRun) {
  IntervalSet set;
  set.InsertRange(1, 100'000'000);
  EXPECT_LE(set.MemoryBytes(), 500u);
  EXPECT_EQ(RunsOf(set), (std::vector<SetRun>{{1, 100'000'000}}));
}

TEST(IntervalSetTest, FirstInFirstOutStaysSmallAndInOrder) {
  IntervalSet set;
  uint64_t next_in = 1;
  uint64_t next_out = 1;
  size_t memory_max = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 10'000; ++i) set.Insert(next_in++);
    for (int i = 0; i < 9'000; ++i) ASSERT_EQ(set.PopFirst(), next_out++);
    memory_max = std::max(memory_max, set.MemoryBytes());
    set.CheckInvariants();
  }
  EXPECT_EQ(set.size(), next_in - next_out);
  EXPECT_LE(memory_max, 500u);
}

TEST(IntervalSetTest, WorstCaseTakesAnEighthOfAByteForEachPosition) {
  IntervalSet set;
  const uint64_t span = 1'000'000;
  for (uint64_t position = 0; position < span; position += 2) set.Insert(position);
  set.CheckInvariants();
  EXPECT_EQ(set.size(), span / 2);
  EXPECT_LE(static_cast<double>(set.MemoryBytes()) / static_cast<double>(span), 0.14);
}

// The same from above: a full backlog of which every second message is settled.
TEST(IntervalSetTest, WorstCaseReachedByErasingTakesNoMore) {
  IntervalSet set;
  const uint64_t span = 1'000'000;
  set.InsertRange(0, span - 1);
  for (uint64_t position = 0; position < span; position += 2) set.Erase(position);
  set.CheckInvariants();
  EXPECT_LE(static_cast<double>(set.MemoryBytes()) / static_cast<double>(span), 0.14);
}

// At each number of runs a chunk stays within 8 KiB and its node, on the way up and down.
TEST(IntervalSetTest, NoNumberOfGapsExceedsTheBound) {
  IntervalSet set;
  size_t memory_max = 0;
  for (uint64_t position = 0; position < kChunk; position += 2) {
    set.Insert(position);
    memory_max = std::max(memory_max, set.MemoryBytes());
  }
  while (set.PopFirst()) memory_max = std::max(memory_max, set.MemoryBytes());
  EXPECT_LE(memory_max, kChunk / 8 + 200);
  EXPECT_EQ(set.MemoryBytes(), sizeof(IntervalSet));
}

TEST(IntervalSetTest, MemoryBytesIsWhatTheAllocatorGave) {
#if defined(__GLIBC__)
  const size_t before = mallinfo2().uordblks;
  IntervalSet set;
  for (uint64_t position = 0; position < 1'000'000; position += 2) set.Insert(position);
  for (uint64_t chunk = 100; chunk < 1000; ++chunk) set.InsertRange(chunk * kChunk, chunk * kChunk);
  const size_t after = mallinfo2().uordblks;
  if (after == before) GTEST_SKIP() << "a sanitizer's allocator keeps no such account";
  const double given = static_cast<double>(after - before);
  EXPECT_NEAR(given / static_cast<double>(set.MemoryBytes()), 1.0, 0.1);
#else
  GTEST_SKIP() << "asks glibc's allocator";
#endif
}

TEST(IntervalSetTest, CopyAndMoveAreIndependent) {
  IntervalSet set = Make({{1, 3 * kChunk}, {4 * kChunk, 4 * kChunk}});
  IntervalSet copy = set;
  EXPECT_EQ(copy, set);
  copy.Erase(kChunk);
  EXPECT_NE(copy, set);
  EXPECT_TRUE(set.Contains(kChunk));
  const IntervalSet moved = std::move(copy);
  EXPECT_FALSE(moved.Contains(kChunk));
  set.Clear();
  EXPECT_TRUE(set.empty());
}

TEST(IntervalSetTest, SetOperationsOnItself) {
  IntervalSet set = Make({{1, 3 * kChunk}});
  const IntervalSet same = set;
  set.UnionWith(set);
  EXPECT_EQ(set, same);
  set.IntersectWith(set);
  EXPECT_EQ(set, same);
  set.Subtract(set);
  EXPECT_TRUE(set.empty());
}

TEST(IntervalSetTest, SetOperationsCutAndJoinSpans) {
  const IntervalSet a = Make({{5, 5 * kChunk + 5}});
  const IntervalSet b = Make({{2 * kChunk + 7, 3 * kChunk + 1}, {5 * kChunk + 6, 8 * kChunk}});
  IntervalSet either = a;
  either.UnionWith(b);
  either.CheckInvariants();
  EXPECT_EQ(RunsOf(either), (std::vector<SetRun>{{5, 8 * kChunk}}));
  IntervalSet only_a = a;
  only_a.Subtract(b);
  only_a.CheckInvariants();
  EXPECT_EQ(RunsOf(only_a),
            (std::vector<SetRun>{{5, 2 * kChunk + 6}, {3 * kChunk + 2, 5 * kChunk + 5}}));
  IntervalSet both = a;
  both.IntersectWith(b);
  both.CheckInvariants();
  EXPECT_EQ(RunsOf(both), (std::vector<SetRun>{{2 * kChunk + 7, 3 * kChunk + 1}}));
}

TEST(IntervalSetDeathTest, NonPositionsStopTheProcess) {
  IntervalSet set;
  EXPECT_DEATH(set.Insert(UINT64_MAX), "check failed");
  EXPECT_DEATH(set.EraseRange(3, 2), "check failed");
}

}  // namespace
}  // namespace warren::base
