#include "chaos/sim/simulation.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "chaos/sim/planted.h"
#include "chaos/sim/runner.h"
#include "chaos/sim/swarm.h"

namespace warren::sim {
namespace {

std::string Describe(const RunResult& result) {
  if (!result.violation.has_value()) return "clean";
  return result.violation->rule + ": " + result.violation->details;
}

TEST(SimulationTest, SeedRepeatsBitForBit) {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const RunResult first = Simulate(DrawSetup(seed));
    const RunResult second = Simulate(DrawSetup(seed));
    EXPECT_EQ(first.hash, second.hash) << "seed " << seed;
    EXPECT_EQ(first.stats.steps, second.stats.steps);
  }
}

TEST(SimulationTest, TracingChangesNothing) {
  size_t lines = 0;
  const RunResult traced = Simulate(DrawSetup(4), [&](std::string_view /*line*/) { ++lines; });
  EXPECT_EQ(traced.hash, Simulate(DrawSetup(4)).hash);
  EXPECT_GT(lines, 100U);
}

TEST(SimulationTest, SeedsDiffer) {
  EXPECT_NE(Simulate(DrawSetup(1)).hash, Simulate(DrawSetup(2)).hash);
}

TEST(SimulationTest, CalmClusterElectsOnceAndCommitsEverything) {
  RunSetup setup = CalmSetup(1);
  setup.faulty_for = Seconds(20);
  const RunResult result = Simulate(setup);

  EXPECT_FALSE(result.violation.has_value()) << Describe(result);
  EXPECT_EQ(result.stats.elections, 1U);
  EXPECT_GT(result.stats.commits, 1800U);  // 100 a second.
  EXPECT_GE(result.stats.applied, 3 * result.stats.commits);
  for (const uint64_t count : result.stats.faults) EXPECT_EQ(count, 0U);
}

TEST(SimulationTest, RunnerGivesTheSameHashesOnAnyNumberOfThreads) {
  RunPlan plan{.first_seed = 1, .last_seed = 8, .threads = 1, .make_setup = [](uint64_t seed) {
                 return DrawSetup(seed);
               }};
  const RunTotals one = RunSeeds(plan, [](uint64_t /*done*/) {});
  plan.threads = 3;
  const RunTotals three = RunSeeds(plan, [](uint64_t /*done*/) {});

  EXPECT_EQ(one.seeds, 8U);
  EXPECT_EQ(one.hashes, three.hashes);
  EXPECT_EQ(one.stats.steps, three.stats.steps);
}

// The fixed seeds of every test run; `./dev sim` runs as many others as there is time for.
class FixedSeedsTest : public testing::TestWithParam<uint64_t> {};

TEST_P(FixedSeedsTest, NothingIsViolated) {
  constexpr uint64_t kSeedsPerTest = 25;
  for (uint64_t i = 0; i < kSeedsPerTest; ++i) {
    const uint64_t seed = GetParam() * kSeedsPerTest + i;
    const RunResult result = Simulate(DrawSetup(seed));
    EXPECT_FALSE(result.violation.has_value())
        << Describe(result) << "\nrepeat with: ./dev sim --seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FixedSeedsTest, testing::Range(uint64_t{0}, uint64_t{8}));

// A simulator that finds nothing may be blind: each planted mistake must be found.
class PlantedTest : public testing::TestWithParam<raft::PlantedBug> {};

TEST_P(PlantedTest, IsFoundWithinAFewSeeds) {
  const PlantedSearch search = FindPlanted(GetParam(), /*processes=*/1, /*nodes=*/0);
  ASSERT_TRUE(search.finding.has_value());
  EXPECT_LE(search.finding->seed, 200U);
  EXPECT_FALSE(search.finding->by.empty());
}

INSTANTIATE_TEST_SUITE_P(Bugs, PlantedTest, testing::ValuesIn(AllPlantedBugs()),
                         [](const auto& bug) {
                           std::string name(Name(bug.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace warren::sim
