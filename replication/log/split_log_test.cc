#include "replication/log/split_log.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr raft::GroupId kOnDisk(1);
constexpr raft::GroupId kInMemory(2);

class SplitLogTest : public ::testing::Test {
 protected:
  SplitLogTest() : memory_(&memory_listener_) {
    EXPECT_THAT(disk_.Open(), IsOk());
    split_.emplace(&*disk_, &memory_);
    EXPECT_THAT(split_->Create(kOnDisk, {}, {}), IsOk());
    EXPECT_THAT(split_->CreateInMemory(kInMemory, {}, {}), IsOk());
  }

  absl::Status Append(raft::GroupId group, uint64_t last) {
    Write write;
    write.group = group;
    write.entries = MakeEntries(1, last, 1, 1000);
    return split_->Submit(std::move(write));
  }

  LogFixture disk_;
  RecordingListener memory_listener_;
  MemoryLog memory_;
  std::optional<SplitLog> split_;
};

TEST_F(SplitLogTest, EachGroupIsWhereItWasMade) {
  disk_.WriteAll();
  const LogStats before = split_->GetStats();
  ASSERT_THAT(Append(kInMemory, 5), IsOk());
  disk_.WriteAll();
  EXPECT_EQ(split_->GetStats().bytes_written, before.bytes_written);
  EXPECT_EQ(split_->GetStats().user_bytes, before.user_bytes);
  EXPECT_GT(split_->GetStats().memory_bytes, 5000u);
  ASSERT_THAT(Append(kOnDisk, 3), IsOk());
  disk_.WriteAll();
  EXPECT_GT(split_->GetStats().bytes_written, before.bytes_written + 3000);
  EXPECT_EQ(split_->GetStats().groups, 1u);
  EXPECT_EQ(split_->GetStats().memory_groups, 1u);
  EXPECT_EQ(split_->Describe(kInMemory)->last.index, raft::Index(5));
  EXPECT_EQ(split_->Describe(kOnDisk)->last.index, raft::Index(3));
  EXPECT_THAT(*split_->Read(kInMemory, raft::Index(1), raft::Index(9), SIZE_MAX), SizeIs(5));
  EXPECT_THAT(*split_->Read(kOnDisk, raft::Index(1), raft::Index(9), SIZE_MAX), SizeIs(3));
  const std::vector<raft::Index> fourth = {raft::Index(4)};
  EXPECT_THAT(split_->ReadSparse(kInMemory, fourth), IsOk());
  EXPECT_THAT(split_->ReadSparse(kOnDisk, fourth), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SplitLogTest, ANumberIsUsedOnce) {
  EXPECT_THAT(split_->Create(kInMemory, {}, {}),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("in memory")));
  EXPECT_THAT(split_->CreateInMemory(kOnDisk, {}, {}),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("on disk")));
}

TEST_F(SplitLogTest, WhatIsDestroyedIsNowhere) {
  ASSERT_THAT(split_->Destroy(kInMemory, {}), IsOk());
  EXPECT_THAT(split_->Describe(kInMemory), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Append(kInMemory, 1), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(memory_listener_.completions, SizeIs(2));
  EXPECT_THAT(split_->Describe(kOnDisk), IsOk());
}

TEST_F(SplitLogTest, OnlyWhatIsOnDiskIsFoundAgain) {
  ASSERT_THAT(Append(kInMemory, 5), IsOk());
  ASSERT_THAT(Append(kOnDisk, 3), IsOk());
  disk_.WriteAll();
  ASSERT_THAT(disk_.Open(), IsOk());
  EXPECT_EQ(disk_.Recovered(kInMemory.value()), nullptr);
  ASSERT_NE(disk_.Recovered(kOnDisk.value()), nullptr);
  EXPECT_EQ(disk_.Recovered(kOnDisk.value())->last.index, raft::Index(3));
}

TEST_F(SplitLogTest, ADiskAloneKeepsNothingInMemory) {
  EXPECT_THAT(disk_->CreateInMemory(raft::GroupId(3), {}, {}),
              StatusIs(absl::StatusCode::kUnimplemented));
}

}  // namespace
}  // namespace warren::log
