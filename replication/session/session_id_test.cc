#include "replication/session/session_id.h"

#include <cstdint>
#include <set>

#include "gtest/gtest.h"

namespace warren::replication {
namespace {

constexpr NodeId kNode(0x1234567890abcdef);
constexpr Incarnation kLife(7);
constexpr uint64_t kCounterBits = 28;
constexpr uint64_t kCounters = uint64_t{1} << kCounterBits;

uint64_t CounterOf(SessionId id) { return id.value() % kCounters; }

TEST(SessionIdsTest, AnIdTellsItsNodeAndItsLife) {
  SessionIds ids(kNode, kLife);
  const SessionId id = ids.Next();
  EXPECT_TRUE(SessionIds::IsOf(id, kNode));
  EXPECT_TRUE(SessionIds::IsOf(id, kNode, kLife));
  EXPECT_FALSE(SessionIds::IsOf(id, kNode, Incarnation(8)));
  EXPECT_FALSE(SessionIds::IsOf(id, NodeId(2)));
  EXPECT_FALSE(SessionIds::IsOf(id, NodeId(2), kLife));
}

TEST(SessionIdsTest, AFormerLifeIsOneBefore) {
  const SessionId id = SessionIds(kNode, Incarnation(0x7'ffff)).Next();
  EXPECT_FALSE(SessionIds::IsOfFormerLife(id, kNode, Incarnation(0x7'fffe)));
  EXPECT_FALSE(SessionIds::IsOfFormerLife(id, kNode, Incarnation(0x7'ffff)));
  EXPECT_TRUE(SessionIds::IsOfFormerLife(id, kNode, Incarnation(0x8'0000)));
  EXPECT_TRUE(SessionIds::IsOfFormerLife(id, kNode, Incarnation(0x8'1000)));
  EXPECT_FALSE(SessionIds::IsOfFormerLife(id, NodeId(2), Incarnation(0x8'0000)));
}

TEST(SessionIdsTest, OfAnIncarnationTheLowBitsCount) {
  const SessionId id = SessionIds(kNode, Incarnation(0x7'0003)).Next();
  EXPECT_TRUE(SessionIds::IsOf(id, kNode, Incarnation(0x7'0003)));
  EXPECT_FALSE(SessionIds::IsOf(id, kNode, Incarnation(0x7'0004)));
  EXPECT_TRUE(SessionIds::IsOf(id, kNode, Incarnation(0x6'0003)));
  EXPECT_TRUE(SessionIds::IsOf(id, kNode));
}

TEST(SessionIdsTest, ShardsOfANodeGiveDifferentIds) {
  constexpr ShardNo kShards = 3;
  std::set<SessionId> all;
  for (ShardNo shard = 0; shard < kShards; ++shard) {
    SessionIds ids(kNode, kLife, shard, kShards);
    for (int i = 0; i < 1000; ++i) all.insert(ids.Next());
  }
  EXPECT_EQ(all.size(), 3000u);
}

TEST(SessionIdsTest, NodesWithSmallIdsHaveDifferentHashes) {
  std::set<uint64_t> prefixes;
  for (uint64_t node = 1; node <= 100; ++node) {
    prefixes.insert(SessionIds(NodeId(node), kLife).Next().value() >> kCounterBits);
  }
  EXPECT_EQ(prefixes.size(), 100u);
}

// Two nodes with one hash: their ids differ all the same, since the counters begin apart.
TEST(SessionIdsTest, CountersOfNodesBeginApart) {
  std::set<uint64_t> counters;
  for (uint64_t node = 1; node <= 100; ++node) {
    counters.insert(CounterOf(SessionIds(NodeId(node), kLife).Next()));
  }
  EXPECT_EQ(counters.size(), 100u);
}

TEST(SessionIdsTest, TheCounterWrapsAroundWithinItsBits) {
  // Steps as large as a shard's number can be, so that the way around is short.
  constexpr ShardNo kShards = UINT16_MAX;
  SessionIds ids(kNode, kLife, 1, kShards);
  uint64_t before = CounterOf(ids.Next());
  int wrapped = 0;
  for (uint64_t i = 0; i < 2 * kCounters / kShards; ++i) {
    const SessionId id = ids.Next();
    ASSERT_TRUE(SessionIds::IsOf(id, kNode, kLife));
    ASSERT_EQ(CounterOf(id), (before + kShards) % kCounters);
    if (CounterOf(id) < before) ++wrapped;
    before = CounterOf(id);
  }
  EXPECT_GE(wrapped, 1);
}

// The hash of node 0 is 0, and so is every part of its first id but the counter's step.
TEST(SessionIdsTest, NoIdIsNobodys) {
  constexpr ShardNo kShards = 1 << 15;  // Divides the counter's range, so that it passes 0.
  SessionIds ids(NodeId(0), Incarnation(0), 0, kShards);
  bool all_name_somebody = true;
  for (uint64_t i = 0; i < 2 * kCounters / kShards; ++i) {
    all_name_somebody = all_name_somebody && !ids.Next().IsNone();
  }
  EXPECT_TRUE(all_name_somebody);
}

// Nodes of other versions read the ids. If this fails, they take sessions for another node's.
TEST(SessionIdsTest, IdsStayAsTheyAre) {
  EXPECT_EQ(SessionIds(NodeId(1), Incarnation(1)).Next().value(), 0x4179b00010c0e0d1u);
  EXPECT_EQ(SessionIds(kNode, kLife, 2, 4).Next().value(), 0xcdfbe0007bf6d3c9u);
}

}  // namespace
}  // namespace warren::replication
