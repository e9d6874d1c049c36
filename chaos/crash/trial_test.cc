#include "chaos/crash/trial.h"

#include <gtest/gtest.h>

#include "chaos/crash/planted.h"
#include "chaos/crash/runner.h"

namespace warren::crash {
namespace {

TEST(CrashTrialTest, AHandfulOfSeedsIsClean) {
  TrialResult sum;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const TrialResult result = RunTrial(DrawSetup(seed), log::PlantedBug::kNone, {});
    ASSERT_EQ(result.fault, std::nullopt) << "seed " << seed;
    sum.points.Add(result.points);
    sum.damages += result.damages;
  }
  EXPECT_GE(sum.points.total(), 50u);
  EXPECT_GE(sum.damages, 20u);
}

TEST(CrashTrialTest, ASeedIsARun) {
  const auto story_of = [](uint64_t seed) {
    std::string story;
    RunTrial(DrawSetup(seed), log::PlantedBug::kNone,
             [&story](const std::string& line) { story += line + "\n"; });
    return story;
  };
  for (uint64_t seed = 1; seed <= 3; ++seed) EXPECT_EQ(story_of(seed), story_of(seed));
}

// One of them; ./dev crash --planted looks for all.
TEST(CrashTrialTest, AWatermarkAheadOfTheSyncIsFound) {
  const PlantedSearch search = FindPlanted(log::PlantedBug::kWatermarkAheadOfSync, 1);
  EXPECT_TRUE(search.finding.has_value());
}

}  // namespace
}  // namespace warren::crash
