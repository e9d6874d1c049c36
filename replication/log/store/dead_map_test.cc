#include "replication/log/store/dead_map.h"

#include <memory>

#include "gtest/gtest.h"

#include "replication/log/store/store_test_values.h"

namespace warren::log {
namespace {

using testing::SnapshotAt;

constexpr GroupNo kGroup(3);

raft::SnapshotRef Snapshot(uint64_t last, std::initializer_list<uint64_t> live = {}) {
  return std::make_shared<raft::Snapshot>(SnapshotAt(last, live));
}
DeadMap::Verdict Dead(uint64_t next_live) {
  return {.dead = true, .next_live = raft::Index(next_live)};
}
constexpr DeadMap::Verdict kAlive{.dead = false, .next_live = std::nullopt};
constexpr DeadMap::Verdict kAllDead{.dead = true, .next_live = std::nullopt};

TEST(DeadMapTest, EverythingIsAliveUntilLoaded) {
  DeadMap map;
  map.SetSnapshot(kGroup, Snapshot(10));
  map.SetDestroyed(GroupNo(4));
  EXPECT_EQ(map.Judge(kGroup, raft::Index(5)), kAlive);
  EXPECT_EQ(map.Judge(GroupNo(4), raft::Index(5)), kAlive);
  EXPECT_EQ(map.AliveAtMost(kGroup, raft::Index(1), raft::Index(10), 10), 10u);
  map.Load();
  EXPECT_EQ(map.Judge(kGroup, raft::Index(5)), Dead(11));
  EXPECT_EQ(map.Judge(GroupNo(4), raft::Index(5)), kAllDead);
}

TEST(DeadMapTest, EntriesOfAnUnknownGroupAreAlive) {
  DeadMap map;
  map.Load();
  EXPECT_EQ(map.Judge(kGroup, raft::Index(5)), kAlive);
}

TEST(DeadMapTest, WhatASnapshotKeepsIsAlive) {
  DeadMap map;
  map.Load();
  map.SetSnapshot(kGroup, Snapshot(10, {4, 5, 8}));
  EXPECT_EQ(map.Judge(kGroup, raft::Index(1)), Dead(4));
  EXPECT_EQ(map.Judge(kGroup, raft::Index(4)), kAlive);
  EXPECT_EQ(map.Judge(kGroup, raft::Index(5)), kAlive);
  EXPECT_EQ(map.Judge(kGroup, raft::Index(6)), Dead(8));
  EXPECT_EQ(map.Judge(kGroup, raft::Index(9)), Dead(11));
  EXPECT_EQ(map.Judge(kGroup, raft::Index(10)), Dead(11));
  EXPECT_EQ(map.Judge(kGroup, raft::Index(11)), kAlive);
}

TEST(DeadMapTest, OlderSnapshotDoesNotReplaceALaterOne) {
  DeadMap map;
  map.Load();
  map.SetSnapshot(kGroup, Snapshot(10));
  map.SetSnapshot(kGroup, Snapshot(5));
  map.SetSnapshot(kGroup, nullptr);
  EXPECT_EQ(map.Judge(kGroup, raft::Index(7)), Dead(11));
}

TEST(DeadMapTest, ForgottenGroupIsUnknown) {
  DeadMap map;
  map.Load();
  map.SetDestroyed(kGroup);
  map.Forget(kGroup);
  EXPECT_EQ(map.Judge(kGroup, raft::Index(1)), kAlive);
}

TEST(DeadMapTest, CountsWhatMayBeAlive) {
  DeadMap map;
  map.Load();
  map.SetSnapshot(kGroup, Snapshot(10, {4, 5, 8}));
  const auto alive = [&](uint64_t first, uint64_t last, uint64_t count) {
    return map.AliveAtMost(kGroup, raft::Index(first), raft::Index(last), count);
  };
  EXPECT_EQ(alive(1, 3, 3), 0u);
  EXPECT_EQ(alive(1, 5, 5), 2u);
  EXPECT_EQ(alive(5, 8, 4), 2u);
  EXPECT_EQ(alive(9, 12, 4), 2u);
  EXPECT_EQ(alive(1, 12, 12), 5u);
  EXPECT_EQ(alive(11, 12, 2), 2u);
  EXPECT_EQ(alive(1, 12, 1), 1u) << "never more than there are";
  map.SetDestroyed(kGroup);
  EXPECT_EQ(alive(1, 12, 12), 0u);
}

TEST(DeadMapTest, StateThatWasTakenGrowsOldOnTheSafeSide) {
  DeadMap map;
  map.Load();
  map.SetSnapshot(kGroup, Snapshot(5));
  const DeadMap::State state = map.StateOf(kGroup);
  map.SetSnapshot(kGroup, Snapshot(10));
  EXPECT_TRUE(state.Judge(raft::Index(5)).dead);
  EXPECT_FALSE(state.Judge(raft::Index(7)).dead);
}

}  // namespace
}  // namespace warren::log
