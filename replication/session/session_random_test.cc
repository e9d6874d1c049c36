// Sessions and leaders in a world that breaks; and does the model find what is wrong on purpose?
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "replication/session/testing/session_world.h"

namespace warren::replication {
namespace {

constexpr uint64_t kSeeds = 1000;

std::string RunSeed(uint64_t seed, SessionPlantedBug bug) {
  WorldConfig config;
  config.seed = seed;
  config.planted_bug = bug;
  SessionWorld world(config);
  return world.Run();
}

// The first seed that finds it; 0: none does.
uint64_t FirstFinding(SessionPlantedBug bug) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (!RunSeed(seed, bug).empty()) return seed;
  }
  return 0;
}

TEST(SessionRandomTest, KeepsItsPromisesInAWorldThatBreaks) {
  uint64_t confirmed = 0;
  uint64_t delivered = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    WorldConfig config;
    config.seed = seed;
    SessionWorld world(config);
    ASSERT_EQ(world.Run(), "") << "seed " << seed;
    confirmed += world.model().confirmed();
    delivered += world.model().delivered();
  }
  // The world is not so broken that nothing happens in it.
  EXPECT_GT(confirmed, kSeeds * 20);
  EXPECT_GT(delivered, kSeeds * 20);
}

TEST(SessionPlantedTest, AStaleSettleThatIsAcceptedIsFound) {
  EXPECT_NE(FirstFinding(SessionPlantedBug::kStaleSettleAccepted), 0u);
}
TEST(SessionPlantedTest, APublishThatIsAppliedTwiceIsFound) {
  EXPECT_NE(FirstFinding(SessionPlantedBug::kPublishAppliedTwice), 0u);
}
TEST(SessionPlantedTest, ALeaseThatIsLostOnAttachIsFound) {
  EXPECT_NE(FirstFinding(SessionPlantedBug::kLeaseLostOnAttach), 0u);
}
TEST(SessionPlantedTest, AConfirmBeforeQuorumIsFound) {
  EXPECT_NE(FirstFinding(SessionPlantedBug::kConfirmBeforeQuorum), 0u);
}

}  // namespace
}  // namespace warren::replication
