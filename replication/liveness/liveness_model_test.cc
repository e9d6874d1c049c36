// Whole clusters under random faults, against oracles that know everything.
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

#include "replication/liveness/testing/model_cluster.h"

namespace warren::replication {
namespace {

using testing::ModelCluster;
using testing::WorldTime;

constexpr uint64_t kSeeds = 40;

// Two beat intervals by clocks that may be slow, the longest delay, and the opening of streams.
constexpr WorldTime kInterval = 102'000;
constexpr absl::Duration kUntilTrusted =
    absl::Microseconds(2 * kInterval + 2 * ModelCluster::kDelayMax);
// An acknowledgement goes there and back.
constexpr absl::Duration kOneMoreInterval = absl::Microseconds(kInterval);

std::vector<LivenessConfig> Alike(size_t nodes) {
  return std::vector<LivenessConfig>(nodes, LivenessConfig{});
}

size_t NodesFor(uint64_t seed) { return 2 + seed % 4; }

TEST(LivenessModelTest, NoLeaseWhileAMajoritySuspectsAndHealedIsTrusted) {
  ModelCluster::Counts total;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    ModelCluster cluster(seed, Alike(NodesFor(seed)));
    for (int round = 0; round < 5; ++round) {
      cluster.RunWithFaults(absl::Seconds(8));
      cluster.EndFaults();
      cluster.RunInPeace(kUntilTrusted);
      ASSERT_TRUE(cluster.AllTrustAll());
      cluster.RunInPeace(kOneMoreInterval);
      ASSERT_TRUE(cluster.AllHoldTheirLease());
    }
    ASSERT_TRUE(cluster.violations().empty()) << absl::StrJoin(cluster.violations(), "\n");
    total.suspected += cluster.counts().suspected;
    total.restarted += cluster.counts().restarted;
    total.leases_lost += cluster.counts().leases_lost;
    total.pauses += cluster.counts().pauses;
  }
  EXPECT_GT(total.suspected, 20 * kSeeds);
  EXPECT_GT(total.restarted, 5 * kSeeds);
  EXPECT_GT(total.leases_lost, 5 * kSeeds);
  EXPECT_GT(total.pauses, 3 * kSeeds);
}

TEST(LivenessModelTest, NobodyIsSuspectedWhileBeatsArriveInTime) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    ModelCluster cluster(seed, Alike(NodesFor(seed)));
    cluster.RunInPeace(kUntilTrusted + kOneMoreInterval);
    // Who started first found nobody who listened.
    const ModelCluster::Counts at_first = cluster.counts();
    for (int i = 0; i < 100; ++i) {
      cluster.ResetSomeStreams();  // Opened again within the grace.
      cluster.RunInPeace(absl::Milliseconds(230));
      ASSERT_TRUE(cluster.AllTrustAll());
      ASSERT_TRUE(cluster.AllHoldTheirLease());
    }
    EXPECT_EQ(cluster.counts().suspected, at_first.suspected);
    EXPECT_EQ(cluster.counts().leases_lost, at_first.leases_lost);
    ASSERT_TRUE(cluster.violations().empty()) << absl::StrJoin(cluster.violations(), "\n");
  }
}

// The oracle can see: where nodes disagree about the times, leases overlap with suspicions.
TEST(LivenessModelTest, NodesThatDisagreeAboutTheTimesAreFound) {
  uint64_t found = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::vector<LivenessConfig> configs = Alike(3);
    for (size_t i = 1; i < configs.size(); ++i) {
      configs[i].suspect_after = absl::Milliseconds(500);
      configs[i].lease = absl::Milliseconds(400);
    }
    ModelCluster cluster(seed, configs);
    cluster.RunWithFaults(absl::Seconds(20));
    if (!cluster.violations().empty()) ++found;
  }
  EXPECT_GT(found, kSeeds / 4);
}

}  // namespace
}  // namespace warren::replication
