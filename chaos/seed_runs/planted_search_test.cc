#include "chaos/seed_runs/planted_search.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

namespace warren::seed_runs {
namespace {

// Runs of which those in `guilty` fail with the bug, and those in `broken` without it too.
SearchPlan PlanOf(size_t processes, std::vector<uint64_t> guilty, std::vector<uint64_t> broken) {
  const auto has = [](const std::vector<uint64_t>& seeds, uint64_t seed) {
    return std::find(seeds.begin(), seeds.end(), seed) != seeds.end();
  };
  return {.seeds_max = 10,
          .processes = processes,
          .with_bug = [=](uint64_t seed) -> ApartTask {
            return [=](uint64_t& /*step*/) -> std::optional<std::string> {
              if (!has(guilty, seed) && !has(broken, seed)) return std::nullopt;
              return "a rule\nand details";
            };
          },
          .is_fine_without = [=](uint64_t seed) { return !has(broken, seed); }};
}

TEST(PlantedSearchTest, LowestSeedIsTheSameHoweverManyProcessesLook) {
  for (const size_t processes : {1U, 3U, 20U}) {
    const auto finding = FindLowest(PlanOf(processes, {5, 6, 9}, {}));
    ASSERT_TRUE(finding.has_value());
    EXPECT_EQ(finding->seed, 5U);
    EXPECT_EQ(finding->by, "a rule");
  }
}

TEST(PlantedSearchTest, SeedThatFailsWithoutTheBugDoesNotCount) {
  EXPECT_EQ(FindLowest(PlanOf(2, {4}, {1, 3}))->seed, 4U);
  EXPECT_FALSE(FindLowest(PlanOf(2, {}, {1, 3})).has_value());
}

TEST(PlantedSearchTest, SeedsBeyondTheLastAreNotTried) {
  EXPECT_FALSE(FindLowest(PlanOf(4, {11, 12}, {})).has_value());
}

}  // namespace
}  // namespace warren::seed_runs
