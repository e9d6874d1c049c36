#include "base/interval_set_tree.h"

#include <map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"

namespace warren::base::interval_set_internal {
namespace {

// `positions` of them from the chunk's beginning.
Segment Partial(uint64_t chunk, uint32_t positions) {
  return {.first = chunk,
          .last = chunk,
          .chunk = Chunk({.first = 0, .last = static_cast<uint16_t>(positions - 1)})};
}

Segment Span(uint64_t first, uint64_t last) {
  return {.first = first, .last = last, .chunk = Chunk::Full()};
}

std::vector<std::pair<uint64_t, uint64_t>> ChunksOf(const SegmentTree& tree) {
  tree.CheckInvariants();
  std::vector<std::pair<uint64_t, uint64_t>> chunks;
  tree.ForEach([&chunks](const Segment& s) { chunks.emplace_back(s.first, s.last); });
  return chunks;
}

using Chunks = std::vector<std::pair<uint64_t, uint64_t>>;

TEST(SegmentTreeTest, EmptyTreeAnswersNothing) {
  SegmentTree tree;
  EXPECT_EQ(tree.size(), 0u);
  EXPECT_EQ(tree.Find(0), nullptr);
  EXPECT_EQ(tree.First(), nullptr);
  EXPECT_EQ(tree.Last(), nullptr);
  EXPECT_EQ(tree.PlaceOf(7).segment, nullptr);
  tree.Remove(0, 100);
  EXPECT_FALSE(tree.Update(3, [](Segment&) {}));
}

TEST(SegmentTreeTest, RemoveCutsSpansAtBothEnds) {
  SegmentTree tree;
  tree.Insert(Span(10, 19));
  tree.Insert(Span(30, 39));
  tree.Insert(Partial(25, 7));
  tree.Remove(15, 34);
  EXPECT_EQ(ChunksOf(tree), (Chunks{{10, 14}, {35, 39}}));
  tree.Remove(12, 12);
  EXPECT_EQ(ChunksOf(tree), (Chunks{{10, 11}, {13, 14}, {35, 39}}));
  EXPECT_EQ(tree.size(), 9u * kChunkPositions);
}

TEST(SegmentTreeTest, PlacesCountWhatIsBefore) {
  SegmentTree tree;
  tree.Insert(Partial(5, 10));
  tree.Insert(Span(8, 9));
  tree.Insert(Partial(20, 30));
  EXPECT_EQ(tree.PlaceOf(0).before, 0u);
  EXPECT_EQ(tree.PlaceOf(6).segment->first, 8u);
  EXPECT_EQ(tree.PlaceOf(9).segment->first, 8u);
  EXPECT_EQ(tree.PlaceOf(9).before, 10u);
  EXPECT_EQ(tree.PlaceOf(20).before, 10u + 2 * kChunkPositions);
  EXPECT_EQ(tree.PlaceOf(21).segment, nullptr);
  EXPECT_EQ(tree.PlaceOf(21).before, tree.size());
  EXPECT_EQ(tree.PlaceOfRank(9).segment->first, 5u);
  EXPECT_EQ(tree.PlaceOfRank(10).segment->first, 8u);
  EXPECT_EQ(tree.PlaceOfRank(10 + 2 * kChunkPositions).segment->first, 20u);
}

TEST(SegmentTreeTest, UpdateKeepsCounts) {
  SegmentTree tree;
  for (uint64_t chunk = 0; chunk < 100; ++chunk) tree.Insert(Partial(chunk, 1));
  EXPECT_TRUE(tree.Update(50, [](Segment& s) { s.chunk.Insert({.first = 10, .last = 19}); }));
  EXPECT_EQ(tree.size(), 110u);
  tree.CheckInvariants();
  EXPECT_EQ(tree.PlaceOf(51).before, 61u);
}

// Ascending, descending and random insertions all stay balanced: CheckInvariants() looks at each
// node's heights.
TEST(SegmentTreeTest, StaysBalancedAndOrderedOverRandomChanges) {
  Rng rng(3);
  SegmentTree tree;
  std::map<uint64_t, uint32_t> model;
  for (uint64_t chunk = 2000; chunk-- > 1000;) {
    tree.Insert(Partial(chunk, 1));
    model[chunk] = 1;
  }
  for (uint64_t chunk = 3000; chunk < 4000; ++chunk) {
    tree.Insert(Partial(chunk, 1));
    model[chunk] = 1;
  }
  for (int i = 0; i < 3000; ++i) {
    const uint64_t chunk = rng.Below(5000);
    if (rng.Chance(1, 3)) {
      const uint64_t last = chunk + (rng.OneIn(20) ? rng.Below(500) : rng.Below(5));
      tree.Remove(chunk, last);
      model.erase(model.lower_bound(chunk), model.upper_bound(last));
    } else if (!model.contains(chunk)) {
      const auto positions = static_cast<uint32_t>(rng.Between(1, 1000));
      tree.Insert(Partial(chunk, positions));
      model[chunk] = positions;
    }
    if (i % 50 == 0) tree.CheckInvariants();
  }
  Chunks expected;
  uint64_t size = 0;
  for (const auto& [chunk, positions] : model) {
    ASSERT_EQ(tree.PlaceOf(chunk).before, size);
    ASSERT_EQ(tree.PlaceOfRank(size).segment->first, chunk);
    expected.emplace_back(chunk, chunk);
    size += positions;
  }
  EXPECT_EQ(ChunksOf(tree), expected);
  EXPECT_EQ(tree.size(), size);
}

TEST(SegmentTreeTest, CopyIsIndependent) {
  SegmentTree tree;
  for (uint64_t chunk = 0; chunk < 50; ++chunk) tree.Insert(Partial(2 * chunk, 3));
  SegmentTree copy = tree;
  copy.Remove(0, 49);
  EXPECT_EQ(tree.size(), 150u);
  EXPECT_EQ(copy.size(), 75u);
  copy.CheckInvariants();
  tree = copy;
  EXPECT_EQ(ChunksOf(tree), ChunksOf(copy));
}

}  // namespace
}  // namespace warren::base::interval_set_internal
