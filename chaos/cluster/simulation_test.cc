#include "chaos/cluster/simulation.h"

#include "gtest/gtest.h"

#include "chaos/cluster/planted.h"

namespace warren::cluster_sim {
namespace {

TEST(ClusterSimTest, FixedSeedsAreClean) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const RunResult result = Simulate(DrawSetup(seed));
    EXPECT_FALSE(result.violation.has_value())
        << "seed " << seed << ": " << result.violation->rule << ": " << result.violation->details;
  }
}

TEST(ClusterSimTest, ARunIsAFunctionOfItsSeed) {
  for (const uint64_t seed : {2U, 3U, 8U}) {
    EXPECT_EQ(Simulate(DrawSetup(seed)).hash, Simulate(DrawSetup(seed)).hash) << seed;
  }
  EXPECT_NE(Simulate(DrawSetup(2)).hash, Simulate(DrawSetup(3)).hash);
}

TEST(ClusterSimTest, RunsAreAboutSomething) {
  Stats stats;
  for (uint64_t seed = 1; seed <= 20; ++seed) stats.Add(Simulate(DrawSetup(seed)).stats);
  EXPECT_GT(stats.confirmed, 1000u);
  EXPECT_GT(stats.redelivered, 100u);
  EXPECT_GT(stats.leaders, 50u);
  EXPECT_GT(stats.streams_broken, 100u);
  EXPECT_GT(stats.changes, 5u);
}

TEST(ClusterSimTest, APlantedBugIsFound) {
  bool found = false;
  for (uint64_t seed = 1; seed <= 20 && !found; ++seed) {
    ClusterSetup setup = DrawSetup(seed);
    Plant(PlantedBug::kPublishAppliedTwice, setup);
    found = Simulate(setup).violation.has_value();
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace warren::cluster_sim
