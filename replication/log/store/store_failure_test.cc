// The store on a disk that fails, fills up and loses power.
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/disk/testing/simulated_env.h"
#include "replication/log/store/store.h"
#include "replication/log/store/store_test_values.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using testing::AddEntries;
using ::testing::IsEmpty;
using testing::RecordOf;
using ::testing::SizeIs;
using testing::SnapshotAt;
using warren::testing::IsOk;
using warren::testing::StatusIs;

class StoreFailureTest : public testing::StoreTest {
 protected:
  StoreFailureTest() { NewDisk(1); }
  ~StoreFailureTest() override { store_.reset(); }

  void NewDisk(uint64_t seed) {
    store_.reset();
    moves_ = 0;
    env_.reset();
    disk_ = std::make_unique<SimulatedDisk>(SimulatedDiskOptions{.seed = seed});
    env_ = MakeSimulatedEnv(disk_.get());
    config_.env = env_.get();
    config_.directory = "data/store";
    WARREN_CHECK_MSG(disk_->CreateDirectories("data/store").ok(), "a directory can be made");
  }
  void Crash() {
    disk_->PowerOff();
    store_.reset();
    disk_->Crash();
  }
  Move MoveOf(uint64_t first, uint64_t last) {
    Move move;
    AddEntries(&move, 1, first, last);
    return move;
  }
  bool HasLeftover() {
    for (const std::string& file : disk_->Files()) {
      if (file.find("move.tmp") != std::string::npos) return true;
    }
    return false;
  }

  std::unique_ptr<SimulatedDisk> disk_;
  std::unique_ptr<rocksdb::Env> env_;
};

TEST_F(StoreFailureTest, WhatWasAppliedOutlivesPowerLoss) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    NewDisk(seed);
    Open();
    WARREN_ASSERT_OK(Apply(MoveOf(1, 20)));
    Crash();
    Open();
    ASSERT_THAT(Read(1), SizeIs(20)) << "seed " << seed;
    ASSERT_THAT(contents_.groups, SizeIs(1)) << "seed " << seed;
  }
}

// At every change that a move makes to the disk.
TEST_F(StoreFailureTest, MoveIsThereWholeOrNotAtAll) {
  int done = 0;
  int undone = 0;
  for (uint64_t change = 1; change <= 60; ++change) {
    NewDisk(change);
    Open();
    WARREN_ASSERT_OK(Apply(MoveOf(1, 20)));
    disk_->PowerOffAt(change);
    const bool ok = Apply(MoveOf(21, 30)).ok();
    Crash();
    Open();
    ASSERT_THAT(contents_.groups, SizeIs(1));
    const uint64_t last = contents_.groups[0].last.value();
    ASSERT_TRUE(last == 30 || (last == 20 && !ok)) << "change " << change;
    ASSERT_EQ(contents_.log.retired, SegmentNo(last == 30 ? 2 : 1)) << "change " << change;
    ASSERT_THAT(Read(1), SizeIs(last)) << "change " << change;
    ++(last == 30 ? done : undone);
  }
  EXPECT_GT(done, 0);
  EXPECT_GT(undone, 5);
}

TEST_F(StoreFailureTest, PowerLossInCompactionLosesNothing) {
  for (uint64_t change = 1; change <= 40; ++change) {
    NewDisk(change);
    Open();
    WARREN_ASSERT_OK(Apply(MoveOf(1, 20)));
    Move second = MoveOf(21, 30);
    second.groups[0].snapshot = std::make_shared<raft::Snapshot>(SnapshotAt(25, {3}));
    WARREN_ASSERT_OK(Apply(second));
    disk_->PowerOffAt(change);
    while (store_->Compact(/*all=*/false).value_or(false)) {
    }
    Crash();
    Open();
    ASSERT_THAT(Read(1, 26), SizeIs(5)) << "change " << change;
    ASSERT_THAT(Read(1, 3, 3), SizeIs(1)) << "change " << change;
    ASSERT_EQ(contents_.groups[0].last, raft::Index(30)) << "change " << change;
    ASSERT_EQ(contents_.groups[0].snapshot->last.id.index, raft::Index(25));
    Settle();
    ASSERT_THAT(Read(1), SizeIs(6)) << "change " << change;
  }
}

TEST_F(StoreFailureTest, FullDiskRefusesTheMoveAndNothingElse) {
  Open();
  WARREN_ASSERT_OK(Apply(MoveOf(1, 20)));
  disk_->set_capacity(0);
  EXPECT_THAT(Apply(MoveOf(21, 3000)), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(HasLeftover());
  EXPECT_THAT(Read(1), SizeIs(20));
  disk_->set_capacity(uint64_t{1} << 40);
  WARREN_ASSERT_OK(Apply(MoveOf(21, 3000)));
  EXPECT_THAT(Read(1), SizeIs(3000));
  Crash();
  Open();
  EXPECT_THAT(Read(1), SizeIs(3000));
}

// Each operation of a move fails once, by itself: the store says so, and then goes on.
TEST_F(StoreFailureTest, AnyFailureInAMoveIsReportedAndOvercome) {
  const struct {
    DiskOperation kind;
    const char* where;
  } failures[] = {
      {DiskOperation::kCreate, "move.tmp"}, {DiskOperation::kWrite, "move.tmp"},
      {DiskOperation::kSync, "move.tmp"},   {DiskOperation::kRename, ".sst"},
      {DiskOperation::kSync, ".sst"},       {DiskOperation::kSyncDirectory, "store"},
      {DiskOperation::kWrite, "MANIFEST"},  {DiskOperation::kSync, "MANIFEST"},
  };
  int refused = 0;
  for (const auto& failure : failures) {
    for (const bool full : {true, false}) {
      SCOPED_TRACE(failure.where);
      NewDisk(1);
      Open();
      WARREN_ASSERT_OK(Apply(MoveOf(1, 20)));
      disk_->FailNext(failure.kind,
                      full ? absl::ResourceExhaustedError("full") : absl::InternalError("broken"),
                      failure.where);
      const bool ok = Apply(MoveOf(21, 30)).ok();
      refused += !ok;
      EXPECT_FALSE(HasLeftover());
      if (!ok) {
        EXPECT_THAT(Read(1), SizeIs(20));
      }
      for (int tries = 0; tries < 3 && !Apply(MoveOf(21, 30)).ok(); ++tries) {
      }
      EXPECT_THAT(Apply(MoveOf(31, 40)), IsOk());
      EXPECT_THAT(Read(1), SizeIs(40));
      Crash();
      Open();
      EXPECT_THAT(Read(1), SizeIs(40));
    }
  }
  EXPECT_GE(refused, 12);
}

TEST_F(StoreFailureTest, FailedCompactionIsTriedAgain) {
  for (const DiskOperation kind :
       {DiskOperation::kCreate, DiskOperation::kWrite, DiskOperation::kSync}) {
    for (const char* where : {".sst", "MANIFEST"}) {
      for (const bool full : {true, false}) {
        if (kind == DiskOperation::kCreate && std::string(where) == "MANIFEST") continue;
        SCOPED_TRACE(where);
        NewDisk(1);
        Open();
        WARREN_ASSERT_OK(Apply(MoveOf(1, 20)));
        Move second = MoveOf(21, 30);
        second.groups[0].snapshot = std::make_shared<raft::Snapshot>(SnapshotAt(25));
        WARREN_ASSERT_OK(Apply(second));
        disk_->FailNext(kind,
                        full ? absl::ResourceExhaustedError("full") : absl::InternalError("broken"),
                        where);
        EXPECT_FALSE(store_->Compact(/*all=*/true).ok());
        EXPECT_EQ(store_->GetStats().compactions_failed, 1u);
        EXPECT_THAT(Read(1, 26), SizeIs(5));
        EXPECT_THAT(Apply(MoveOf(31, 40)), IsOk());
        EXPECT_THAT(store_->Compact(/*all=*/true), IsOk());
        EXPECT_THAT(Read(1), SizeIs(15));
      }
    }
  }
}

}  // namespace
}  // namespace warren::log
