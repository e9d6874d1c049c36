// What becomes of a log whose disk fails or is full. What a power cut leaves is chaos/crash's
// matter.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr uint64_t kKiB = 1024;

class LogFaultsTest : public ::testing::Test {
 protected:
  absl::Status AppendLoad(uint64_t index) {
    Write write = log_.MakeWrite(7);
    write.entries = MakeEntries(index, index, 1, 3000);
    write.brings_load = true;
    return log_->Submit(std::move(write));
  }
  uint64_t Used() const { return disk_.changes() == 0 ? 0 : capacity_ - *disk_.FreeBytes("/data"); }
  void SetCapacity(uint64_t bytes) {
    disk_.set_capacity(bytes);
    capacity_ = bytes;
  }

  mutable SimulatedDisk disk_{SimulatedDiskOptions()};
  uint64_t capacity_ = SimulatedDiskOptions().capacity_bytes;
  LogFixture log_{&disk_};
};

TEST_F(LogFaultsTest, AFailedSyncStopsTheLog) {
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Create(7), IsOk());
  disk_.FailNext(DiskOperation::kSync, absl::InternalError("the cable is out"));
  EXPECT_FALSE(log_->WriteRound());
  EXPECT_THAT(log_.listener.completions, IsEmpty());
  EXPECT_THAT(log_.listener.failure, StatusIs(absl::StatusCode::kInternal, HasSubstr("cable")));
  EXPECT_THAT(log_.Append(7, MakeEntries(1, 1, 1)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("cable")));
  EXPECT_FALSE(log_->WriteRound()) << "a failed sync is not tried again";
  EXPECT_FALSE(log_->Seal());
  EXPECT_FALSE(log_->Maintain());
}

TEST_F(LogFaultsTest, AFailedWriteStopsTheLogAndLosesNothingAcknowledged) {
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 3, 1)), IsOk());
  log_.WriteAll();
  ASSERT_THAT(log_.Append(7, MakeEntries(4, 4, 1)), IsOk());
  disk_.FailNext(DiskOperation::kWrite, absl::InternalError("no"), "segment-");
  EXPECT_FALSE(log_->WriteRound());
  EXPECT_THAT(log_.listener.completions, SizeIs(2));
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_TRUE(log_.recovery.whole) << log_.recovery.why_not_whole;
  EXPECT_THAT(log_.ReadOne(7, 3), HasSubstr("3@1:"));
  EXPECT_EQ(log_.ReadOne(7, 4), "NOT_FOUND");
}

TEST_F(LogFaultsTest, PublishersWaitBeforeTheDiskIsFull) {
  log_.config.disk_free_min = 200 * kKiB;
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(AppendLoad(1), IsOk());
  log_.WriteAll();
  log_.MaintainAll();
  SetCapacity(Used() + 100 * kKiB);
  log_.clock.Advance(absl::Seconds(2));
  log_->Maintain();
  EXPECT_THAT(log_.listener.space, ElementsAre(true));
  EXPECT_THAT(AppendLoad(2),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("nearly full")));
  EXPECT_THAT(log_.Snapshot(7, MakeSnapshot(1, 1)), IsOk()) << "what frees space is taken";
  log_.WriteAll();
  SetCapacity(uint64_t{1} << 40);
  log_.clock.Advance(absl::Seconds(2));
  log_->Maintain();
  EXPECT_THAT(log_.listener.space, ElementsAre(true, false));
  EXPECT_THAT(AppendLoad(2), IsOk());
}

TEST_F(LogFaultsTest, AFullDiskBlocksWritesAndTheyGoOnWhenThereIsRoom) {
  log_.config.reserve_bytes = 128 * kKiB;
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Create(7), IsOk());
  log_.WriteAll();
  log_.MaintainAll();
  // No room for one more file: the reserve is given up for the next segments, then nothing is left.
  SetCapacity(capacity_ - *disk_.FreeBytes("/data") + 8 * kKiB);
  uint64_t last = 0;
  absl::Status status;
  for (int i = 0; i < 500 && status.ok(); ++i) {
    status = log_.Append(7, MakeEntries(last + 1, last + 1, 1, 3000));
    if (status.ok()) ++last;
    log_.WriteAll();
    log_->Maintain();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(log_.listener.failure, IsOk());
  EXPECT_TRUE(log_->GetStats().short_of_space);
  const size_t completed = log_.listener.completions.size();
  EXPECT_LT(completed, last + 1);

  SetCapacity(uint64_t{1} << 40);
  log_.clock.Advance(absl::Seconds(2));
  log_.MaintainAll();
  log_.WriteAll();
  EXPECT_THAT(log_.listener.completions, SizeIs(last + 1));
  log_.clock.Advance(absl::Seconds(2));
  log_.MaintainAll();
  EXPECT_FALSE(log_->GetStats().short_of_space) << "the reserve is back";
  ASSERT_THAT(log_.Open(), IsOk());
  for (uint64_t index = 1; index <= last; ++index) {
    EXPECT_THAT(log_.ReadOne(7, index), HasSubstr("@1:entry"));
  }
}

TEST_F(LogFaultsTest, AStoreWithoutRoomKeepsItsSegmentAndTriesAgain) {
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 1, 3000)), IsOk());
  log_.WriteAll();
  log_.FillSegments(log_.config.segments_kept + 1);
  disk_.FailNext(DiskOperation::kWrite, absl::ResourceExhaustedError("full"), "/store");
  log_.MaintainAll();
  EXPECT_THAT(log_.listener.failure, IsOk());
  log_.clock.Advance(absl::Seconds(2));
  log_.MaintainAll();
  EXPECT_GT(log_->GetStats().user_bytes_moved, 0);
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_THAT(log_.ReadOne(7, 5), HasSubstr("5@1:"));
}

}  // namespace
}  // namespace warren::log
