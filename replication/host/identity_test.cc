#include "replication/host/identity.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/disk/testing/simulated_disk.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using ::warren::testing::IsOk;
using ::warren::testing::StatusIs;

class IdentityFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<NodeIdentity> Open(const WantedIdentity& wanted) {
    return OpenIdentity(&disk_, "/data", wanted, [this] { return ++drawn_ << 20; });
  }
  log::SimulatedDisk disk_{{}};
  uint64_t drawn_ = 0;
  const WantedIdentity wanted_ = {.cluster = "blue", .name = "a", .node = {}};
};

TEST_F(IdentityFileTest, StaysTheSameAndCountsItsStarts) {
  const auto first = Open(wanted_);
  ASSERT_THAT(first, IsOk());
  EXPECT_FALSE(first->node.IsNone());
  EXPECT_EQ(first->incarnation, Incarnation(1));
  disk_.PowerOff();
  disk_.Crash();
  const auto second = Open(wanted_);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->node, first->node);
  EXPECT_EQ(second->incarnation, Incarnation(2));
}

TEST_F(IdentityFileTest, TakesTheIdThatItIsGivenAndKeepsToIt) {
  WantedIdentity wanted = wanted_;
  wanted.node = NodeId(3);
  ASSERT_THAT(Open(wanted), IsOk());
  EXPECT_EQ(Open(wanted_)->node, NodeId(3));
  wanted.node = NodeId(4);
  EXPECT_THAT(Open(wanted),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("'3', not '4'")));
}

TEST_F(IdentityFileTest, AnotherClustersOrNodesDirectoryIsRefused) {
  ASSERT_THAT(Open(wanted_), IsOk());
  WantedIdentity wanted = wanted_;
  wanted.cluster = "green";
  EXPECT_THAT(Open(wanted),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cluster 'blue'")));
  wanted = wanted_;
  wanted.name = "b";
  EXPECT_THAT(Open(wanted),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("'a', not 'b'")));
  EXPECT_EQ(Open(wanted_)->incarnation, Incarnation(2));
}

TEST_F(IdentityFileTest, ADamagedFileIsNotAReasonToBecomeSomebodyElse) {
  ASSERT_THAT(Open(wanted_), IsOk());
  ASSERT_THAT(disk_.Flip("/data/identity", 40, 1), IsOk());
  EXPECT_THAT(Open(wanted_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(IdentityFileTest, PowerLossAtAnyMomentLeavesTheOldOrTheNew) {
  ASSERT_THAT(Open(wanted_), IsOk());
  const NodeId node = Open(wanted_)->node;
  uint64_t least = 2;
  for (uint64_t change = 1; change <= 8; ++change) {
    disk_.PowerOffAt(change);
    const bool done = Open(wanted_).ok();
    disk_.KeepPower();
    if (!disk_.is_off()) disk_.PowerOff();
    disk_.Crash();
    const auto after = Open(wanted_);
    ASSERT_THAT(after, IsOk()) << change;
    EXPECT_EQ(after->node, node);
    EXPECT_GT(after->incarnation.value(), least + (done ? 1 : 0)) << change;
    least = after->incarnation.value();
  }
}

TEST_F(IdentityFileTest, WithoutANameOrAClusterItIsNobody) {
  EXPECT_THAT(Open({.cluster = "", .name = "a", .node = {}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace warren::replication
