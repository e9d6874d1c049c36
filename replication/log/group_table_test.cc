#include "replication/log/group_table.h"

#include "gtest/gtest.h"

#include "replication/log/retirement.h"

namespace warren::log {
namespace {

constexpr GroupNo kNo(1);

GroupRecord RecordTo(uint64_t last, uint64_t as_of) {
  GroupRecord record;
  record.no = kNo;
  record.id = raft::GroupId(7);
  record.as_of = FrameNo(as_of);
  record.last = raft::Index(last);
  record.terms = raft::TermRuns(raft::EntryId{});
  for (uint64_t index = 1; index <= last; ++index) record.terms.Append(raft::Term(1));
  return record;
}

FoundItem LostEntries(uint64_t first, uint32_t count, uint64_t term) {
  FoundItem found;
  found.item.kind = ItemKind::kEntries;
  found.item.group = kNo;
  found.item.first = raft::Index(first);
  found.item.count = count;
  found.item.term = raft::Term(term);
  found.body_lost = true;
  found.lost.InsertRange(first, first + count - 1);
  return found;
}

FoundFrame FrameOf(uint64_t number, FoundItem item) {
  FoundFrame frame;
  frame.header.number = FrameNo(number);
  frame.items.push_back(std::move(item));
  return frame;
}

TEST(GroupTableTest, WhatIsLostIsToldToTheStoreWhenItsSegmentRetires) {
  GroupTable groups;
  Store::Contents contents;
  contents.groups.push_back(RecordTo(2, 50));
  groups.TakeRecords(std::move(contents));
  LogScan scan;
  scan.frames.push_back(
      FrameOf(33, LostEntries(3, 3, 2)));  // Older than the record, and not in it.
  ASSERT_TRUE(groups.Replay(scan));
  const GroupState& group = *groups.Find(kNo);
  EXPECT_EQ(group.Last().index, raft::Index(5));
  EXPECT_EQ(group.missing().size(), 3);
  EXPECT_FALSE(MustCapture(group, FrameNo(32)));
  EXPECT_TRUE(MustCapture(group, FrameNo(33)));
}

TEST(GroupTableTest, ItemsOfNobodyMakeALogDoubtful) {
  GroupTable groups;
  LogScan scan;
  scan.frames.push_back(FrameOf(33, LostEntries(3, 3, 2)));
  EXPECT_FALSE(groups.Replay(scan));
}

TEST(GroupTableTest, ItemsOfAGroupThatIsDestroyedLaterConcernNobody) {
  GroupTable groups;
  LogScan scan;
  scan.frames.push_back(FrameOf(33, LostEntries(3, 3, 2)));
  FoundItem destroy;
  destroy.item.kind = ItemKind::kDestroy;
  destroy.item.group = kNo;
  scan.frames.push_back(FrameOf(34, std::move(destroy)));
  EXPECT_TRUE(groups.Replay(scan));
  ASSERT_EQ(groups.destroyed().size(), 1);
  groups.ForgetDestroyed(FrameNo(34));
  EXPECT_TRUE(groups.destroyed().empty());
}

}  // namespace
}  // namespace warren::log
