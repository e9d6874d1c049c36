#include "chaos/crash/arguments.h"

#include <gtest/gtest.h>

namespace warren::crash {
namespace {

Arguments Parsed(std::vector<std::string> words) {
  return std::get<Arguments>(ParseArguments(std::move(words)));
}

TEST(CrashArgumentsTest, ThePlanByDefault) {
  const auto many = std::get<RunManySeeds>(Parsed({}).task);
  EXPECT_EQ(many.last, kSeedsByDefault);
  EXPECT_TRUE(many.is_default);
}

TEST(CrashArgumentsTest, SeedsAndTimesAreBounds) {
  const auto seeds = std::get<RunManySeeds>(Parsed({"--seeds", "3..9", "--threads", "2"}).task);
  EXPECT_EQ(seeds.first, 3U);
  EXPECT_EQ(seeds.last, 9U);
  EXPECT_FALSE(seeds.is_default);
  const auto time = std::get<RunManySeeds>(Parsed({"--for", "60s"}).task);
  EXPECT_EQ(time.time_max, absl::Minutes(1));
  EXPECT_EQ(time.last, UINT64_MAX);
}

TEST(CrashArgumentsTest, OneSeedPlantedBugsAndKills) {
  EXPECT_EQ(std::get<RunOneSeed>(Parsed({"--seed", "7"}).task).seed, 7U);
  EXPECT_EQ(std::get<SearchPlanted>(Parsed({"--planted"}).task).bugs.size(), 10U);
  EXPECT_EQ(std::get<SearchPlanted>(Parsed({"--planted", "life-not-checked"}).task).bugs,
            std::vector<log::PlantedBug>{log::PlantedBug::kLifeNotChecked});
  EXPECT_EQ(std::get<KillInALoop>(Parsed({"--kills"}).task).rounds, kKillsByDefault);
  EXPECT_EQ(std::get<KillInALoop>(Parsed({"--kills", "3"}).task).rounds, 3U);
}

TEST(CrashArgumentsTest, NonsenseIsRefusedWithAReason) {
  const std::vector<std::vector<std::string>> nonsense = {
      {"--seed", "1", "--planted"}, {"--seeds", "9..3"}, {"--for", "soon"},
      {"--planted", "no-such-bug"}, {"--threads", "0"},  {"--nonsense"}};
  for (const std::vector<std::string>& words : nonsense) {
    const auto parsed = ParseArguments(words);
    const auto* farewell = std::get_if<Farewell>(&parsed);
    ASSERT_NE(farewell, nullptr) << words.front();
    EXPECT_EQ(farewell->exit_code, kExitUsage);
    EXPECT_FALSE(farewell->text.empty());
  }
}

}  // namespace
}  // namespace warren::crash
