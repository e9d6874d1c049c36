#include "chaos/sim/swarm.h"

#include <set>

#include "gtest/gtest.h"

namespace warren::sim {
namespace {

raft::Config ForMember(const RunSetup& setup) {
  raft::Config config = setup.core;
  config.id = raft::NodeId(1);
  return config;
}

TEST(SwarmTest, EverySetupMakesSense) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    const RunSetup setup = DrawSetup(seed);
    const absl::Status status = ForMember(setup).Validate();
    EXPECT_TRUE(status.ok()) << "seed " << seed << ": " << status;
    EXPECT_GE(setup.nodes, 3U);
    EXPECT_LE(setup.nodes, kNodesMax);
    EXPECT_LE(setup.first_voters, setup.nodes);
  }
  EXPECT_TRUE(ForMember(CalmSetup(1)).Validate().ok());
}

TEST(SwarmTest, SetupIsAFunctionOfTheSeed) {
  EXPECT_EQ(Describe(DrawSetup(5)), Describe(DrawSetup(5)));
  EXPECT_NE(Describe(DrawSetup(5)), Describe(DrawSetup(6)));
}

TEST(SwarmTest, NodesCanBeAskedFor) {
  for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(DrawSetup(seed, 7).nodes, 7U);
  EXPECT_EQ(CalmSetup(1, 5).nodes, 5U);
}

TEST(SwarmTest, EachFaultIsOffInSomeRunsAndOnInOthers) {
  for (size_t kind = 0; kind < kStrikeNames.size(); ++kind) {
    std::set<bool> seen;
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      seen.insert(DrawSetup(seed).nemesis.every[kind] > Duration(0));
    }
    EXPECT_EQ(seen.size(), 2U) << kStrikeNames[kind];
  }
}

}  // namespace
}  // namespace warren::sim
