#include "replication/log/recent_entries.h"

#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"

namespace warren::log {
namespace {

class RecentEntriesTest : public ::testing::Test {
 protected:
  void Evict(uint64_t written) {
    recent_.Evict(FrameNo(written), [this](GroupNo no) { return no == a_.no() ? &a_ : &b_; });
  }

  GroupState a_{GroupNo(1), raft::GroupId(11)};
  GroupState b_{GroupNo(2), raft::GroupId(12)};
  RecentEntries recent_{3 * (100 + raft::kEntryOverheadBytes)};
};

TEST_F(RecentEntriesTest, TheOldestLeaveFirstAcrossGroups) {
  recent_.Add(a_, MakeEntries(1, 2, 1, 100), FrameNo(1));
  recent_.Add(b_, MakeEntries(1, 2, 1, 100), FrameNo(2));
  Evict(2);
  EXPECT_EQ(a_.recent().size(), 0);
  EXPECT_EQ(b_.recent().size(), 2);
  EXPECT_EQ(recent_.bytes(), 2 * (100 + raft::kEntryOverheadBytes));
}

TEST_F(RecentEntriesTest, WhatIsNotWrittenStays) {
  recent_.Add(a_, MakeEntries(1, 5, 1, 100), FrameNo(1));
  recent_.Add(b_, MakeEntries(1, 5, 1, 100), FrameNo(2));
  Evict(0);
  EXPECT_EQ(a_.recent().size(), 5);
  Evict(1);
  EXPECT_EQ(a_.recent().size(), 0);
  EXPECT_EQ(b_.recent().size(), 5);
}

TEST_F(RecentEntriesTest, AReplacedSuffixCannotMakeItsSuccessorLeaveEarly) {
  recent_.Add(a_, MakeEntries(1, 4, 1, 100), FrameNo(1));
  recent_.Truncate(a_, raft::Index(3), FrameNo(9));
  recent_.Add(a_, MakeEntries(3, 4, 2, 100), FrameNo(9));
  Evict(8);  // Frame 9 is not written.
  ASSERT_EQ(a_.recent().size(), 4);
  EXPECT_EQ(a_.recent().back().id.term, raft::Term(2));
  Evict(9);
  EXPECT_LE(recent_.bytes(), 3 * (100 + raft::kEntryOverheadBytes));
}

TEST_F(RecentEntriesTest, TruncationAndForgettingGiveTheBytesBack) {
  recent_.Add(a_, MakeEntries(1, 4, 1, 100), FrameNo(1));
  recent_.Truncate(a_, raft::Index(1), FrameNo(2));
  EXPECT_EQ(recent_.bytes(), 0);
  recent_.Add(b_, MakeEntries(1, 4, 1, 100), FrameNo(3));
  recent_.Forget(b_);
  EXPECT_EQ(recent_.bytes(), 0);
}

}  // namespace
}  // namespace warren::log
