#include "replication/log/store/compaction_policy.h"

#include "gtest/gtest.h"

namespace warren::log {
namespace {

using Window = CompactionWindow;

constexpr CompactionLimits kLimits{
    .garbage_percent_max = 33, .garbage_bytes_min = 0, .merge_bytes_max = 800};

FileUse Use(uint64_t alive, uint64_t dead) { return {.alive_bytes = alive, .dead_bytes = dead}; }

TEST(CompactionPolicyTest, NothingToDo) {
  EXPECT_EQ(PickCompaction({}, kLimits), std::nullopt);
  EXPECT_EQ(PickCompaction({Use(500, 0), Use(500, 100)}, kLimits), std::nullopt);
}

TEST(CompactionPolicyTest, GarbageCountsOverAllFiles) {
  EXPECT_EQ(PickCompaction({Use(900, 0), Use(100, 400)}, kLimits), std::nullopt)
      << "one file is mostly dead, all together are not";
  EXPECT_EQ(PickCompaction({Use(700, 0), Use(100, 400)}, kLimits), (Window{1, 1}));
}

TEST(CompactionPolicyTest, FileWithoutAnythingAliveGoesAtOnce) {
  EXPECT_EQ(PickCompaction({Use(900, 0), Use(0, 10), Use(900, 0)}, kLimits), (Window{1, 1}));
}

TEST(CompactionPolicyTest, EmptyFileStays) {
  EXPECT_EQ(PickCompaction({Use(0, 0), Use(900, 0)}, kLimits), std::nullopt)
      << "it holds tombstones; rewriting it would make the same file";
}

TEST(CompactionPolicyTest, TakesNeighboursThatHaveMuchGarbageToo) {
  EXPECT_EQ(PickCompaction({Use(900, 0), Use(300, 200), Use(200, 300), Use(300, 200), Use(900, 0)},
                           {.garbage_percent_max = 20, .merge_bytes_max = 800}),
            (Window{1, 3}));
}

TEST(CompactionPolicyTest, MergesNoMoreThanTheLimit) {
  EXPECT_EQ(PickCompaction({Use(700, 200), Use(200, 300), Use(700, 200)},
                           {.garbage_percent_max = 20, .merge_bytes_max = 800}),
            (Window{1, 1}));
}

TEST(CompactionPolicyTest, TinyNeighboursGoAlong) {
  EXPECT_EQ(PickCompaction({Use(5, 0), Use(100, 400), Use(5, 0), Use(700, 0)},
                           {.garbage_percent_max = 30, .merge_bytes_max = 800}),
            (Window{0, 3}));
}

TEST(CompactionPolicyTest, LittleGarbageIsNotWorthTheWork) {
  const std::vector<FileUse> files = {Use(100, 400)};
  EXPECT_EQ(PickCompaction(files, {.garbage_percent_max = 33, .garbage_bytes_min = 500}),
            std::nullopt);
  EXPECT_EQ(PickCompaction(files, {.garbage_percent_max = 33, .garbage_bytes_min = 400}),
            (Window{0, 1}));
}

TEST(CompactionPolicyTest, ManySmallFilesAreMergedWhereItIsCheapest) {
  std::vector<FileUse> files(32, Use(20, 0));
  EXPECT_EQ(PickCompaction(files, kLimits), std::nullopt);
  files.insert(files.begin(), Use(30, 0));
  EXPECT_EQ(PickCompaction(files, kLimits), (Window{1, 16}));
}

TEST(CompactionPolicyTest, LargeFilesAreNeverMerged) {
  EXPECT_EQ(PickCompaction(std::vector<FileUse>(100, Use(700, 0)), kLimits), std::nullopt);
}

TEST(CompactionPolicyTest, DamagedFileIsLeftAlone) {
  std::vector<FileUse> files = {Use(10, 900), Use(500, 0)};
  files[0].is_damaged = true;
  EXPECT_EQ(PickCompaction(files, kLimits), std::nullopt);
  files.push_back(Use(100, 500));
  EXPECT_EQ(PickCompaction(files, kLimits), (Window{2, 1}));
}

}  // namespace
}  // namespace warren::log
