// What the store keeps: moves, records, replacement, destruction, reopening.
#include "replication/log/store/store.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "replication/log/store/store_key.h"
#include "replication/log/store/store_test_values.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using testing::AddEntries;
using ::testing::ElementsAre;
using testing::EntryOf;
using ::testing::IsEmpty;
using testing::Noise;
using testing::RecordOf;
using ::testing::SizeIs;
using testing::SnapshotAt;
using testing::StoreTest;
using warren::testing::IsOk;

TEST_F(StoreTest, NewStoreIsEmpty) {
  Open();
  EXPECT_EQ(contents_.log.log_id, 0u);
  EXPECT_THAT(contents_.groups, IsEmpty());
  EXPECT_THAT(contents_.unreadable, IsEmpty());
  EXPECT_THAT(Read(1), IsEmpty());
  EXPECT_THAT(read_status_, IsOk());
}

TEST_F(StoreTest, MoveOfTheLogsRecordAlone) {
  Open();
  WARREN_ASSERT_OK(Apply({}));
  Open();
  EXPECT_EQ(contents_.log.log_id, 77u);
  EXPECT_EQ(contents_.log.retired, SegmentNo(1));
  EXPECT_THAT(contents_.groups, IsEmpty());
}

TEST_F(StoreTest, ReadsBackWhatWasMovedAlsoAfterReopening) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 20);
  AddEntries(&move, 2, 5, 8);
  WARREN_ASSERT_OK(Apply(move));
  for (int round = 0; round < 2; ++round) {
    const auto found = Read(1, 3, 5);
    ASSERT_THAT(found, SizeIs(3));
    EXPECT_EQ(found.at(4), EntryOf(1, 4, Noise(1, 4, 100)).encoded.view());
    EXPECT_THAT(Read(1), SizeIs(20));
    EXPECT_THAT(IndexesOf(2), ElementsAre(5, 6, 7, 8));
    EXPECT_THAT(Read(3), IsEmpty());
    EXPECT_THAT(Read(2, 9, 8), IsEmpty());
    Open();
  }
  ASSERT_THAT(contents_.groups, SizeIs(2));
  EXPECT_EQ(contents_.groups[0].no, GroupNo(1));
  EXPECT_EQ(contents_.groups[1].last, raft::Index(8));
  EXPECT_EQ(contents_.log.groups_last, GroupNo(2));
}

TEST_F(StoreTest, VisitorMayStop) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 20);
  WARREN_ASSERT_OK(Apply(move));
  int visits = 0;
  EXPECT_THAT(store_->Read(GroupNo(1), raft::Index(1), raft::Index(20),
                           [&](raft::Index, const base::Bytes&) { return ++visits < 3; }),
              IsOk());
  EXPECT_EQ(visits, 3);
}

TEST_F(StoreTest, LaterMoveReplacesEntriesAndRecords) {
  Open();
  Move first;
  AddEntries(&first, 1, 1, 10);
  WARREN_ASSERT_OK(Apply(first));
  Move second;
  second.entries.push_back(EntryOf(1, 6, "new"));
  second.groups.push_back(RecordOf(1, 6));
  second.groups[0].stored_last = raft::Index(10);
  second.tombstones.push_back(
      {.group = GroupNo(1), .first = raft::Index(7), .last = raft::Index(10)});
  WARREN_ASSERT_OK(Apply(second));

  const std::string replaced(EntryOf(1, 6, "new").encoded.view());
  EXPECT_THAT(IndexesOf(1), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(Read(1).at(6), replaced);
  Open();
  EXPECT_EQ(contents_.groups[0].last, raft::Index(6));
  EXPECT_THAT(IndexesOf(1), ElementsAre(1, 2, 3, 4, 5, 6));
  WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  EXPECT_THAT(IndexesOf(1), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(Read(1).at(6), replaced);
}

TEST_F(StoreTest, TombstonesMixWithEntriesOfTheSameMove) {
  Open();
  Move first;
  AddEntries(&first, 1, 1, 6);
  AddEntries(&first, 2, 1, 6);
  AddEntries(&first, 3, 1, 6);
  WARREN_ASSERT_OK(Apply(first));
  Move second;
  second.entries.push_back(EntryOf(1, 3, "new"));
  second.entries.push_back(EntryOf(2, 7, "new"));
  second.tombstones = {{GroupNo(3), raft::Index(6), raft::Index(6)},
                       {GroupNo(1), raft::Index(4), raft::Index(6)},
                       {GroupNo(1), raft::Index(1), raft::Index(1)}};
  WARREN_ASSERT_OK(Apply(second));
  EXPECT_THAT(IndexesOf(1), ElementsAre(2, 3));
  EXPECT_THAT(IndexesOf(2), ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(IndexesOf(3), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(StoreTest, SnapshotIsKeptWhenItsRecordIsRewrittenWithoutIt) {
  Open();
  Move first;
  first.groups.push_back(RecordOf(1, 20));
  first.groups[0].snapshot = std::make_shared<raft::Snapshot>(SnapshotAt(15, {3, 4}));
  WARREN_ASSERT_OK(Apply(first));
  Move second = first;
  second.groups[0].last = raft::Index(30);
  second.groups[0].snapshot_is_new = false;
  WARREN_ASSERT_OK(Apply(second));
  for (int round = 0; round < 2; ++round) {
    Open();
    ASSERT_THAT(contents_.groups, SizeIs(1));
    EXPECT_EQ(contents_.groups[0].last, raft::Index(30));
    ASSERT_NE(contents_.groups[0].snapshot, nullptr);
    EXPECT_EQ(contents_.groups[0].snapshot->last.id.index, raft::Index(15));
    EXPECT_TRUE(contents_.groups[0].snapshot->live.Contains(4));
    WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  }
}

TEST_F(StoreTest, LargeSnapshotComesBack) {
  Open();
  Move move;
  move.groups.push_back(RecordOf(1, 20));
  move.groups[0].snapshot =
      std::make_shared<raft::Snapshot>(SnapshotAt(15, {}, size_t{16} * 1024 * 1024));
  WARREN_ASSERT_OK(Apply(move));
  Open();
  ASSERT_THAT(contents_.groups, SizeIs(1));
  EXPECT_EQ(contents_.groups[0].snapshot->state.size(), size_t{16} * 1024 * 1024);
}

TEST_F(StoreTest, DestroyedGroupIsGoneAndItsNeighboursAreNot) {
  Open();
  Move first;
  for (uint64_t group = 1; group <= 3; ++group) AddEntries(&first, group, 1, 5);
  WARREN_ASSERT_OK(Apply(first));
  Move second;
  second.log.groups_last = GroupNo(3);
  second.destroyed = {GroupNo(2), GroupNo(9)};
  WARREN_ASSERT_OK(Apply(second));
  EXPECT_THAT(Read(2), IsEmpty());
  Open();
  ASSERT_THAT(contents_.groups, SizeIs(2));
  EXPECT_EQ(contents_.groups[1].no, GroupNo(3));
  EXPECT_THAT(Read(1), SizeIs(5));
  EXPECT_THAT(Read(3), SizeIs(5));
  WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  int keys = 0;
  WARREN_ASSERT_OK(store_->ForEach([&](std::string_view key, std::string_view) {
    EXPECT_NE(DecodeKey(key)->group, GroupNo(2));
    ++keys;
  }));
  EXPECT_EQ(keys, 1 + 2 + 10);
}

TEST_F(StoreTest, PointsArePassedInOrder) {
  Open();
  std::vector<StorePoint> passed;
  WARREN_ASSERT_OK(store_->Apply({}, [&](StorePoint point) { passed.push_back(point); }));
  EXPECT_THAT(passed, ElementsAre(StorePoint::kBeforeFlush, StorePoint::kAfterFlush,
                                  StorePoint::kBeforeIngest, StorePoint::kAfterIngest));
}

TEST_F(StoreTest, LeftoverOfAMoveIsRemoved) {
  Open();
  const std::filesystem::path leftover = config_.directory + "/move.tmp";
  std::ofstream(leftover) << "half a move";
  Open();
  EXPECT_FALSE(std::filesystem::exists(leftover));
  WARREN_ASSERT_OK(Apply({}));
  EXPECT_FALSE(std::filesystem::exists(leftover));
}

TEST_F(StoreTest, ReadOnlyStoreChangesNoFile) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 5);
  WARREN_ASSERT_OK(Apply(move));
  store_.reset();
  const auto listing = [&] {
    std::map<std::string, std::pair<uintmax_t, std::filesystem::file_time_type>> files;
    for (const auto& file : std::filesystem::directory_iterator(config_.directory))
      files[file.path().filename()] = {file.file_size(), file.last_write_time()};
    return files;
  };
  const auto before = listing();
  config_.read_only = true;
  Open();
  EXPECT_THAT(contents_.groups, SizeIs(1));
  EXPECT_THAT(Read(1), SizeIs(5));
  store_.reset();
  EXPECT_EQ(listing(), before);
}

TEST_F(StoreTest, MissingStoreIsNotMadeByReading) {
  config_.read_only = true;
  EXPECT_FALSE(Store::Open(config_).ok());
  EXPECT_FALSE(std::filesystem::exists(config_.directory + "/CURRENT"));
}

}  // namespace
}  // namespace warren::log
