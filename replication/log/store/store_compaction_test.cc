// What compaction drops, what it keeps, and what that costs.
#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "replication/log/store/store.h"
#include "replication/log/store/store_key.h"
#include "replication/log/store/store_test_values.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using testing::AddEntries;
using ::testing::ElementsAre;
using testing::EntryOf;
using ::testing::IsEmpty;
using testing::RecordOf;
using ::testing::SizeIs;
using testing::SnapshotAt;

class StoreCompactionTest : public testing::StoreTest {
 protected:
  // The group's snapshot, with its record, as a move.
  absl::Status TakeSnapshot(uint64_t group, uint64_t last,
                            std::initializer_list<uint64_t> live = {}) {
    Move move;
    move.groups.push_back(RecordOf(group, last));
    move.groups[0].snapshot = std::make_shared<raft::Snapshot>(SnapshotAt(last, live));
    move.log.groups_last = GroupNo(100);
    return Apply(move);
  }
  // Entries of a group that lie in files, seen or hidden.
  size_t StoredKeys(KeyKind kind, uint64_t group) {
    size_t keys = 0;
    WARREN_CHECK_MSG(store_
                         ->ForEach([&](std::string_view key, std::string_view) {
                           const auto decoded = DecodeKey(key);
                           keys += decoded->kind == kind && decoded->group == GroupNo(group);
                         })
                         .ok(),
                     "the store can be read");
    return keys;
  }
};

TEST_F(StoreCompactionTest, DropsWhatTheSnapshotDoesNotKeep) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 100);
  AddEntries(&move, 2, 1, 100);
  WARREN_ASSERT_OK(Apply(move));
  WARREN_ASSERT_OK(TakeSnapshot(1, 99, {7, 50, 51}));
  Settle();
  EXPECT_THAT(IndexesOf(1), ElementsAre(7, 50, 51, 100));
  EXPECT_THAT(Read(2), SizeIs(100));
  Open();
  EXPECT_THAT(IndexesOf(1), ElementsAre(7, 50, 51, 100));
}

TEST_F(StoreCompactionTest, KeepsEverythingUntilTheHostHasLoaded) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 100);
  WARREN_ASSERT_OK(Apply(move));
  WARREN_ASSERT_OK(TakeSnapshot(1, 100));
  config_.compacts_by_itself = false;
  store_.reset();
  auto store = Store::Open(config_);
  WARREN_ASSERT_OK(store);
  store_ = *std::move(store);
  WARREN_ASSERT_OK(store_->Load());
  WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  EXPECT_THAT(Read(1), SizeIs(100));
  store_->dead_map().Load();
  WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  EXPECT_THAT(Read(1), IsEmpty());
}

TEST_F(StoreCompactionTest, DeadMapIsKnownAgainAfterReopening) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 100);
  AddEntries(&move, 2, 1, 100);
  WARREN_ASSERT_OK(Apply(move));
  WARREN_ASSERT_OK(TakeSnapshot(1, 100, {3}));
  Move destruction;
  destruction.destroyed = {GroupNo(2)};
  WARREN_ASSERT_OK(Apply(destruction));
  Open();
  EXPECT_TRUE(store_->dead_map().Judge(GroupNo(1), raft::Index(2)).dead);
  EXPECT_FALSE(store_->dead_map().Judge(GroupNo(1), raft::Index(3)).dead);
  EXPECT_TRUE(store_->dead_map().Judge(GroupNo(2), raft::Index(2)).dead);
  Settle();
  EXPECT_THAT(IndexesOf(1), ElementsAre(3));
}

TEST_F(StoreCompactionTest, FileOfDestroyedGroupsGivesItsSpaceBack) {
  Open();
  Move move;
  AddEntries(&move, 1, 1, 1000, 1000);
  WARREN_ASSERT_OK(Apply(move));
  const uint64_t full = store_->GetStats().bytes_on_disk;
  Move destruction;
  destruction.destroyed = {GroupNo(1)};
  WARREN_ASSERT_OK(Apply(destruction));
  Settle();
  EXPECT_LT(store_->GetStats().bytes_on_disk, full / 50);
  EXPECT_LT(store_->GetStats().bytes_compacted, full / 50);
  WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  EXPECT_FALSE(store_->dead_map().Judge(GroupNo(1), raft::Index(1)).dead)
      << "nothing of it is left, so it is forgotten";
}

TEST_F(StoreCompactionTest, DroppedEntriesOfAnOlderVersionStayDead) {
  Open();
  Move first;
  AddEntries(&first, 1, 1, 10);
  WARREN_ASSERT_OK(Apply(first));
  Move second;
  second.entries.push_back(EntryOf(1, 5, "new"));
  second.groups.push_back(RecordOf(1, 10));
  WARREN_ASSERT_OK(Apply(second));
  WARREN_ASSERT_OK(TakeSnapshot(1, 10, {5}));
  Settle();
  const auto found = Read(1);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.at(5), EntryOf(1, 5, "new").encoded.view());
}

TEST_F(StoreCompactionTest, SupersededRecordsAndSnapshotsGo) {
  Open();
  for (uint64_t last = 1; last <= 60; ++last) {
    WARREN_ASSERT_OK(TakeSnapshot(1, last));
    Settle();
  }
  const Store::Stats stats = store_->GetStats();
  EXPECT_LE(stats.files, 33u);
  EXPECT_EQ(StoredKeys(KeyKind::kRecord, 1), 1u);
  Open();
  ASSERT_THAT(contents_.groups, SizeIs(1));
  EXPECT_EQ(contents_.groups[0].last, raft::Index(60));
  EXPECT_EQ(contents_.groups[0].snapshot->last.id.index, raft::Index(60));
}

TEST_F(StoreCompactionTest, ManySmallMovesMakeFewFiles) {
  Open();
  for (uint64_t index = 1; index <= 100; ++index) {
    Move move;
    AddEntries(&move, 1 + index % 3, index, index);
    WARREN_ASSERT_OK(Apply(move));
    Settle();
  }
  EXPECT_LE(store_->GetStats().files, 33u);
  EXPECT_EQ(Read(1).size() + Read(2).size() + Read(3).size(), 100u);
}

TEST_F(StoreCompactionTest, TombstonesHoldThroughCompactions) {
  Open();
  Move first;
  AddEntries(&first, 1, 1, 50);
  AddEntries(&first, 2, 1, 50);
  WARREN_ASSERT_OK(Apply(first));
  Move second;
  second.tombstones = {{GroupNo(1), raft::Index(40), raft::Index(50)}};
  second.groups.push_back(RecordOf(1, 39));
  WARREN_ASSERT_OK(Apply(second));
  for (uint64_t last = 1; last <= 40; ++last) {  // Files are rewritten, alone and together.
    WARREN_ASSERT_OK(TakeSnapshot(2, last));
    Settle();
    ASSERT_THAT(Read(1), SizeIs(39)) << last;
  }
  WARREN_ASSERT_OK(store_->Compact(/*all=*/true));
  EXPECT_THAT(Read(1), SizeIs(39));
}

// One in ten groups is never consumed; of the others entries die in order, ten moves later.
TEST_F(StoreCompactionTest, BacklogIsNotRewrittenOverAndOver) {
  config_.merge_bytes_max = 128 * 1024;
  Open();
  uint64_t alive = 0;
  for (uint64_t move_no = 1; move_no <= 60; ++move_no) {
    Move move;
    alive = 0;
    for (uint64_t group = 1; group <= 20; ++group) {
      AddEntries(&move, group, move_no * 10 - 9, move_no * 10, 400);
      alive += group <= 2 ? move_no * 10 : std::min<uint64_t>(move_no * 10, 100);
      if (group <= 2 || move_no <= 10) continue;
      move.groups.back().snapshot =
          std::make_shared<raft::Snapshot>(SnapshotAt((move_no - 10) * 10));
    }
    WARREN_ASSERT_OK(Apply(move));
    Settle();
  }
  const Store::Stats stats = store_->GetStats();
  EXPECT_LT(static_cast<double>(stats.bytes_compacted),
            1.3 * static_cast<double>(stats.bytes_moved));
  EXPECT_LT(static_cast<double>(stats.bytes_on_disk), 1.7 * static_cast<double>(alive) * 460);
  EXPECT_THAT(Read(1), SizeIs(600));
}

TEST_F(StoreCompactionTest, CompactsByItself) {
  config_.compacts_by_itself = true;
  Open();
  Move move;
  AddEntries(&move, 1, 1, 1000, 1000);
  WARREN_ASSERT_OK(Apply(move));
  WARREN_ASSERT_OK(TakeSnapshot(1, 1000));
  while (store_->GetStats().bytes_on_disk > 100'000) std::this_thread::yield();
  EXPECT_THAT(Read(1), IsEmpty());
}

}  // namespace
}  // namespace warren::log
