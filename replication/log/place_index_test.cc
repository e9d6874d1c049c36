#include "replication/log/place_index.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr std::array<uint32_t, 3> kOffsets = {112, 200, 250};

std::vector<uint64_t> UpTo(const PlaceIndex& places, uint64_t frame) {
  std::vector<uint64_t> indexes;
  places.ForEachUpTo(FrameNo(frame), [&](raft::Index index, const EntryPlace&) {
    indexes.push_back(index.value());
  });
  return indexes;
}

TEST(PlaceIndexTest, KnowsWhereEachEntryOfARunLies) {
  PlaceIndex places;
  places.Append(raft::Index(7), FrameNo(3), kOffsets, 300);
  EXPECT_EQ(places.Find(raft::Index(6)), std::nullopt);
  EXPECT_THAT(places.Find(raft::Index(7)), Optional(EntryPlace{FrameNo(3), 112, 88}));
  EXPECT_THAT(places.Find(raft::Index(9)), Optional(EntryPlace{FrameNo(3), 250, 50}));
  EXPECT_EQ(places.Find(raft::Index(10)), std::nullopt);
}

TEST(PlaceIndexTest, ALaterRunReplacesASuffix) {
  PlaceIndex places;
  places.Append(raft::Index(7), FrameNo(3), kOffsets, 300);
  places.Append(raft::Index(8), FrameNo(4), std::array<uint32_t, 1>{112}, 120);
  EXPECT_THAT(places.Find(raft::Index(7)), Optional(EntryPlace{FrameNo(3), 112, 88}));
  EXPECT_THAT(places.Find(raft::Index(8)), Optional(EntryPlace{FrameNo(4), 112, 8}));
  EXPECT_EQ(places.Find(raft::Index(9)), std::nullopt);
}

TEST(PlaceIndexTest, ARunThatIsCutKeepsTheSizeOfItsNewLast) {
  PlaceIndex places;
  places.Append(raft::Index(7), FrameNo(3), kOffsets, 300);
  places.TruncateFrom(raft::Index(9));
  EXPECT_THAT(places.Find(raft::Index(8)), Optional(EntryPlace{FrameNo(3), 200, 50}));
  EXPECT_EQ(places.Find(raft::Index(9)), std::nullopt);
}

TEST(PlaceIndexTest, WhatWasBroughtBackComesBeforeTheLog) {
  PlaceIndex places;
  places.Append(raft::Index(7), FrameNo(3), kOffsets, 300);
  places.AddBodies(raft::Index(2), FrameNo(5), std::array<uint32_t, 1>{112}, 160);
  places.AddBodies(raft::Index(8), FrameNo(5), std::array<uint32_t, 1>{160}, 170);
  EXPECT_THAT(places.Find(raft::Index(2)), Optional(EntryPlace{FrameNo(5), 112, 48}));
  EXPECT_THAT(places.Find(raft::Index(8)), Optional(EntryPlace{FrameNo(5), 160, 10}));
  EXPECT_THAT(places.Find(raft::Index(9)), Optional(EntryPlace{FrameNo(3), 250, 50}));
}

TEST(PlaceIndexTest, AnIndexIsGivenOnceAndWithItsNewerPlace) {
  PlaceIndex places;
  places.Append(raft::Index(7), FrameNo(3), kOffsets, 300);
  places.AddBodies(raft::Index(8), FrameNo(5), std::array<uint32_t, 1>{160}, 170);
  EXPECT_THAT(UpTo(places, 3), ElementsAre(7, 9));
  EXPECT_THAT(UpTo(places, 5), ElementsAre(7, 9, 8));
}

TEST(PlaceIndexTest, FramesAreDroppedFromTheFront) {
  PlaceIndex places;
  for (uint64_t i = 0; i < 100; ++i) {
    places.Append(raft::Index(1 + i), FrameNo(1 + i), std::array<uint32_t, 1>{112}, 160);
  }
  places.AddBodies(raft::Index(1), FrameNo(50), std::array<uint32_t, 1>{112}, 160);
  places.DropFrames(FrameNo(40));
  EXPECT_EQ(places.Find(raft::Index(40)), std::nullopt);
  EXPECT_THAT(places.Find(raft::Index(41)), Optional(EntryPlace{FrameNo(41), 112, 48}));
  EXPECT_THAT(places.Find(raft::Index(1)), Optional(EntryPlace{FrameNo(50), 112, 48}));
  EXPECT_THAT(places.FirstAbove(FrameNo(60)), Optional(raft::Index(61)));
  EXPECT_FALSE(places.TouchesUpTo(FrameNo(40)));
  EXPECT_TRUE(places.TouchesUpTo(FrameNo(41)));
  places.DropFrames(FrameNo(100));
  EXPECT_TRUE(places.empty());
  EXPECT_EQ(places.FirstAbove(FrameNo(0)), std::nullopt);
}

}  // namespace
}  // namespace warren::log
