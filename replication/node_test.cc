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
