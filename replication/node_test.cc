#include "replication/node.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/testing/test_cluster.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

constexpr uint64_t kGroup = 7;

TEST(NodeTest, AQueueOnOneNodeKeepsWhatItConfirmed) {
  TestCluster cluster(1);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  EXPECT_EQ(cluster.Publish(1, kGroup, 1000).confirmed, 1000u);
  cluster.Stop(1);
  cluster.Start(1);
  EXPECT_THAT(cluster.Ready(1, kGroup), ::warren::testing::IsOkAndHolds(1000u));
  EXPECT_EQ(cluster.Drain(1, kGroup, 1000).seen.size(), 1000u);
  EXPECT_THAT(cluster.Ready(1, kGroup), ::warren::testing::IsOkAndHolds(0u));
}

TEST(NodeTest, ThreeNodesAgree) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  for (uint64_t node = 1; node <= 3; ++node) {
    EXPECT_EQ(cluster.Publish(node, kGroup, 500).confirmed, 500u) << node;
  }
  EXPECT_TRUE(cluster.WaitUntilAlike(kGroup)) << cluster.Describe(kGroup);
  EXPECT_THAT(cluster.Ready(2, kGroup), ::warren::testing::IsOkAndHolds(1500u));
  const Drainer::Result drained = cluster.Drain(3, kGroup, 500);
  EXPECT_EQ(drained.seen.size(), 500u);
}

TEST(NodeTest, ALeaderThatStopsIsReplacedAndNothingIsLost) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  ASSERT_EQ(cluster.Publish(1, kGroup, 300).confirmed, 300u);
  const uint64_t leader = cluster.LeaderOf(kGroup);
  ASSERT_NE(leader, 0u);
  cluster.Stop(leader);
  const uint64_t other = leader == 1 ? 2 : 1;
  EXPECT_THAT(cluster.Ready(other, kGroup), ::warren::testing::IsOkAndHolds(300u));
  EXPECT_EQ(cluster.Drain(other, kGroup, 300).seen.size(), 300u);
  cluster.Start(leader);
  EXPECT_TRUE(cluster.WaitUntilAlike(kGroup)) << cluster.Describe(kGroup);
}

TEST(NodeTest, ANodeThatWasAwayCatchesUp) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  const uint64_t leader = cluster.LeaderOf(kGroup);
  const uint64_t away = leader % 3 + 1;
  cluster.Stop(away);
  // More than a snapshot keeps, so that part of it comes by an install.
  EXPECT_EQ(cluster.Publish(leader, kGroup, 20'000, 1000, 2000).confirmed, 20'000u);
  cluster.Start(away);
  EXPECT_TRUE(cluster.WaitUntilAlike(kGroup)) << cluster.Describe(kGroup);
  cluster.Stop(leader);
  EXPECT_THAT(cluster.Ready(away, kGroup), ::warren::testing::IsOkAndHolds(20'000u));
  EXPECT_EQ(cluster.Drain(away, kGroup, 20'000).seen.size(), 20'000u);
}

TEST(NodeTest, AllAtOnceMayStopAndStart) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  ASSERT_EQ(cluster.Publish(2, kGroup, 1000).confirmed, 1000u);
  for (uint64_t node = 1; node <= 3; ++node) cluster.Stop(node);
  for (uint64_t node = 1; node <= 3; ++node) cluster.Start(node);
  EXPECT_EQ(cluster.Drain(3, kGroup, 1000).seen.size(), 1000u);
}

TEST(NodeTest, ARemovedQueueStaysRemoved) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  ASSERT_EQ(cluster.Publish(1, kGroup, 100).confirmed, 100u);
  ASSERT_THAT(cluster[1].DeleteQueue(GroupId(kGroup), cluster.All()), IsOk());
  EXPECT_THAT(cluster[2].DeleteQueue(GroupId(kGroup), cluster.All(), absl::Seconds(5)),
              StatusIs(absl::StatusCode::kNotFound));
  for (uint64_t node = 1; node <= 3; ++node) cluster.Stop(node);
  for (uint64_t node = 1; node <= 3; ++node) cluster.Start(node);
  // Said by a node that knows it, or by the others, once they have asked that one.
  EXPECT_THAT(cluster.Declare(kGroup).code(),
              AnyOf(absl::StatusCode::kFailedPrecondition, absl::StatusCode::kNotFound));
}

TEST(NodeTest, ADeclarationMayBeRepeated) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  ASSERT_EQ(cluster.Publish(1, kGroup, 10).confirmed, 10u);
  EXPECT_THAT(cluster.Declare(kGroup), IsOk());
  EXPECT_THAT(cluster.Ready(1, kGroup), ::warren::testing::IsOkAndHolds(10u));
}

TEST(NodeTest, ALeaderThatIsCutOffIsReplaced) {
  TestCluster cluster(3);
  ASSERT_THAT(cluster.Declare(kGroup), IsOk());
  ASSERT_EQ(cluster.Publish(1, kGroup, 100).confirmed, 100u);
  const uint64_t leader = cluster.LeaderOf(kGroup);
  for (uint64_t node = 1; node <= 3; ++node) {
    if (node == leader) continue;
    cluster.hub().Cut(NodeId(leader), NodeId(node));
    cluster.hub().Cut(NodeId(node), NodeId(leader));
  }
  const uint64_t other = leader % 3 + 1;
  EXPECT_EQ(cluster.Publish(other, kGroup, 100).confirmed, 100u);
  for (uint64_t node = 1; node <= 3; ++node) {
    if (node == leader) continue;
    cluster.hub().Heal(NodeId(leader), NodeId(node));
    cluster.hub().Heal(NodeId(node), NodeId(leader));
  }
  EXPECT_TRUE(cluster.WaitUntilAlike(kGroup)) << cluster.Describe(kGroup);
  EXPECT_THAT(cluster.Ready(leader, kGroup), ::warren::testing::IsOkAndHolds(200u));
}

TEST(NodeTest, ANewMemberLearnsFirstAndThenTakesAnothersPlace) {
  TestCluster cluster(4);
  ASSERT_THAT(cluster.Declare(kGroup, {}, {NodeId(1), NodeId(2), NodeId(3)}), IsOk());
  ASSERT_EQ(cluster.Publish(1, kGroup, 2000).confirmed, 2000u);
  const uint64_t leader = cluster.LeaderOf(kGroup);
  const uint64_t leaves = leader % 3 + 1;
  const uint64_t stays = 6 - leader - leaves;
  Node& node = cluster[leader];
  const auto at_leader = [&](auto&& task) {
    node.Do(node.ShardOfGroup(GroupId(kGroup)),
            [&](Shard& shard) { task(*shard.Find(GroupId(kGroup))); });
  };
  at_leader(
      [](Group& group) { EXPECT_EQ(group.AddMember(NodeId(4)).outcome, raft::Outcome::kDone); });
  const auto members = [&] {
    raft::Membership membership;
    at_leader([&](Group& group) { membership = group.core()->membership(); });
    return membership;
  };
  EXPECT_TRUE(TestCluster::Await([&] { return members().IsVoter(NodeId(4)); }))
      << cluster.Describe(kGroup);
  at_leader([&](Group& group) {
    EXPECT_EQ(group.RemoveMember(NodeId(leaves)).outcome, raft::Outcome::kDone);
  });
  EXPECT_TRUE(TestCluster::Await([&] { return !members().Contains(NodeId(leaves)); }))
      << cluster.Describe(kGroup);
  cluster.Stop(leaves);
  EXPECT_TRUE(cluster.WaitUntilAlike(kGroup)) << cluster.Describe(kGroup);
  cluster.Stop(stays);
  EXPECT_EQ(cluster.Drain(4, kGroup, 2000).seen.size(), 2000u);
}

// ---- Queues in memory

constexpr uint64_t kDurable = 8;

class MemoryQueueTest : public ::testing::Test {
 protected:
  absl::Status DeclareInMemory(std::vector<NodeId> members = {NodeId(1)}) {
    return cluster_.Declare(kGroup, {}, std::move(members), Durability::kInMemory);
  }
  raft::StepResult AtGroup(const std::function<raft::StepResult(Group&)>& change) {
    raft::StepResult result;
    Node& node = cluster_[1];
    node.Do(node.ShardOfGroup(GroupId(kGroup)),
            [&](Shard& shard) { result = change(*shard.Find(GroupId(kGroup))); });
    return result;
  }

  TestCluster cluster_{1};
};

TEST_F(MemoryQueueTest, ServesWithoutTheDisk) {
  const log::LogStats before = cluster_[1].LogStatistics();
  ASSERT_THAT(DeclareInMemory(), IsOk());
  EXPECT_EQ(cluster_.Publish(1, kGroup, 2000, 1000).confirmed, 2000u);
  EXPECT_THAT(cluster_.Ready(1, kGroup), ::warren::testing::IsOkAndHolds(2000u));
  const log::LogStats full = cluster_[1].LogStatistics();
  EXPECT_EQ(full.memory_groups, 1u);
  EXPECT_GT(full.memory_bytes, 2'000'000u);
  EXPECT_EQ(cluster_.Drain(1, kGroup, 2000).seen.size(), 2000u);
  EXPECT_THAT(cluster_.Ready(1, kGroup), ::warren::testing::IsOkAndHolds(0u));
  const log::LogStats after = cluster_[1].LogStatistics();
  EXPECT_EQ(after.user_bytes, before.user_bytes);
  EXPECT_EQ(after.groups, before.groups);
  EXPECT_LT(after.bytes_written - before.bytes_written, 65'536u) << "its number, and seals";
  ASSERT_THAT(cluster_.Declare(kDurable), IsOk());
  EXPECT_EQ(cluster_.Publish(1, kDurable, 10, 1000).confirmed, 10u);
  EXPECT_GT(cluster_[1].LogStatistics().user_bytes, before.user_bytes + 10'000);
}

TEST_F(MemoryQueueTest, GivesItsMemoryBack) {
  ASSERT_THAT(DeclareInMemory(), IsOk());
  for (int round = 0; round < 5; ++round) {
    ASSERT_EQ(cluster_.Publish(1, kGroup, 3000, 1000).confirmed, 3000u);
    ASSERT_EQ(cluster_.Drain(1, kGroup, 3000).seen.size(), 3000u);
  }
  // Of 15 MB.
  EXPECT_TRUE(TestCluster::Await([&] {
    return cluster_[1].LogStatistics().memory_bytes < 1'000'000;
  })) << cluster_[1].LogStatistics().memory_bytes;
  EXPECT_EQ(cluster_.Publish(1, kGroup, 10).confirmed, 10u);
  EXPECT_EQ(cluster_.Drain(1, kGroup, 10).seen.size(), 10u);
}

TEST_F(MemoryQueueTest, IsRemovedForEver) {
  ASSERT_THAT(DeclareInMemory(), IsOk());
  ASSERT_EQ(cluster_.Publish(1, kGroup, 100).confirmed, 100u);
  ASSERT_THAT(cluster_[1].DeleteQueue(GroupId(kGroup), cluster_.All()), IsOk());
  EXPECT_TRUE(TestCluster::Await([&] { return cluster_[1].LogStatistics().memory_groups == 0; }));
  EXPECT_EQ(cluster_[1].LogStatistics().memory_bytes, 0u);
  for (int life = 0; life < 2; ++life) {
    EXPECT_THAT(cluster_.Ready(1, kGroup), StatusIs(absl::StatusCode::kNotFound)) << life;
    EXPECT_THAT(DeclareInMemory(), StatusIs(absl::StatusCode::kFailedPrecondition)) << life;
    EXPECT_THAT(cluster_.Declare(kGroup), StatusIs(absl::StatusCode::kFailedPrecondition)) << life;
    cluster_.Stop(1);
    cluster_.Start(1);
  }
}

TEST_F(MemoryQueueTest, EndsWithItsNode) {
  ASSERT_THAT(DeclareInMemory(), IsOk());
  ASSERT_THAT(cluster_.Declare(kDurable), IsOk());
  ASSERT_EQ(cluster_.Publish(1, kGroup, 100).confirmed, 100u);
  ASSERT_EQ(cluster_.Publish(1, kDurable, 200).confirmed, 200u);
  cluster_.Stop(1);
  cluster_.Start(1);
  EXPECT_THAT(cluster_.Ready(1, kGroup), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(cluster_.Publish(1, kGroup, 1).confirmed, 0u) << "the session is told";
  EXPECT_THAT(cluster_[1].DeleteQueue(GroupId(kGroup), cluster_.All()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(DeclareInMemory(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(cluster_[1].ListGroups().size(), 1u);
  EXPECT_EQ(cluster_.Drain(1, kDurable, 200).seen.size(), 200u);
}

TEST_F(MemoryQueueTest, HasOneMember) {
  EXPECT_THAT(DeclareInMemory({NodeId(1), NodeId(2), NodeId(3)}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("a group in memory has exactly one member, not 3")));
  ASSERT_THAT(DeclareInMemory(), IsOk());
  ASSERT_EQ(cluster_.Publish(1, kGroup, 1).confirmed, 1u);
  EXPECT_EQ(AtGroup([](Group& group) { return group.AddMember(NodeId(2)); }).outcome,
            raft::Outcome::kRefused);
  EXPECT_EQ(AtGroup([](Group& group) { return group.RemoveMember(NodeId(1)); }).outcome,
            raft::Outcome::kRefused);
  EXPECT_EQ(cluster_[1].ListGroups().front().durability, Durability::kInMemory);
}

TEST_F(MemoryQueueTest, KeepsItsDurability) {
  ASSERT_THAT(DeclareInMemory(), IsOk());
  ASSERT_THAT(cluster_.Declare(kDurable), IsOk());
  EXPECT_THAT(DeclareInMemory(), IsOk());
  EXPECT_THAT(cluster_.Declare(kGroup), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                 HasSubstr("here already, in memory")));
  EXPECT_THAT(cluster_.Declare(kDurable, {}, {}, Durability::kInMemory),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("here already, on disk")));
}

TEST(NodeTest, AMemoryQueueIsUsedFromAnyNode) {
  TestCluster cluster(2);
  ASSERT_THAT(cluster.Declare(kGroup, {}, {NodeId(2)}, Durability::kInMemory), IsOk());
  ASSERT_EQ(cluster.Publish(1, kGroup, 500).confirmed, 500u);
  EXPECT_EQ(cluster.Drain(1, kGroup, 500).seen.size(), 500u);
  cluster.Stop(2);
  cluster.Start(2);
  EXPECT_THAT(cluster.Ready(1, kGroup), StatusIs(absl::StatusCode::kNotFound));
}

TEST(NodeTest, AFaultyConfigurationIsRefusedWithAllItsFaults) {
  NodeConfig config;
  config.liveness.suspect_after = absl::Milliseconds(1);
  const auto node = Node::Open(std::move(config), {});
  EXPECT_THAT(node.status(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("directory")));
  EXPECT_THAT(node.status().message(), HasSubstr("suspect_after"));
}

TEST(NodeTest, ADirectoryInUseIsRefused) {
  TestCluster cluster(1);
  NodeConfig config;
  config.directory = cluster.DirectoryOf(1);
  config.cluster = "test";
  config.name = "node-1";
  EXPECT_THAT(Node::Open(std::move(config), {}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace warren::replication
