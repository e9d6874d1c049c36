#include "chaos/queue_model/arguments.h"

#include <gtest/gtest.h>

namespace warren::queue_model {
namespace {

Arguments Parsed(std::vector<std::string> words) {
  return std::get<Arguments>(ParseArguments(std::move(words)));
}

TEST(QueueSimArgumentsTest, TenMillionOperationsByDefault) {
  const Arguments arguments = Parsed({});
  EXPECT_EQ(std::get<RunManySeeds>(arguments.task).operations, 10'000'000U);
  EXPECT_GE(arguments.threads, 1U);
}

TEST(QueueSimArgumentsTest, SeedsAndTimesAreBounds) {
  const Arguments seeds = Parsed({"--seeds", "3..9", "--threads", "2"});
  EXPECT_EQ(std::get<RunManySeeds>(seeds.task).first, 3U);
  EXPECT_EQ(std::get<RunManySeeds>(seeds.task).last, 9U);
  EXPECT_EQ(std::get<RunManySeeds>(seeds.task).operations, UINT64_MAX);
  EXPECT_EQ(seeds.threads, 2U);
  EXPECT_EQ(std::get<RunManySeeds>(Parsed({"--for", "60s"}).task).time_max, absl::Minutes(1));
  EXPECT_EQ(std::get<RunManySeeds>(Parsed({"--operations", "5"}).task).operations, 5U);
}

TEST(QueueSimArgumentsTest, OneSeedAndPlantedBugs) {
  EXPECT_EQ(std::get<RunOneSeed>(Parsed({"--seed", "7"}).task).seed, 7U);
  EXPECT_EQ(std::get<SearchPlanted>(Parsed({"--planted"}).task).bugs.size(), 10U);
  EXPECT_EQ(std::get<SearchPlanted>(Parsed({"--planted", "unseen-confirmed"}).task).bugs,
            std::vector<queue::PlantedBug>{queue::PlantedBug::kUnseenConfirmed});
}

TEST(QueueSimArgumentsTest, NonsenseIsRefusedWithAReason) {
  const std::vector<std::vector<std::string>> nonsense = {
      {"--seed", "1", "--planted"},  {"--seeds", "9..3"}, {"--for", "soon"},
      {"--planted", "no-such-bug"},  {"--threads", "0"},  {"--nonsense"},
      {"--seed", "1", "--for", "1s"}};
  for (const std::vector<std::string>& words : nonsense) {
    const auto parsed = ParseArguments(words);
    const auto* farewell = std::get_if<Farewell>(&parsed);
    ASSERT_NE(farewell, nullptr) << words.front();
    EXPECT_EQ(farewell->exit_code, kExitUsage);
    EXPECT_FALSE(farewell->text.empty());
  }
}

TEST(QueueSimArgumentsTest, HelpIsNoFailure) {
  const auto parsed = ParseArguments({"--help"});
  EXPECT_EQ(std::get<Farewell>(parsed).exit_code, 0);
  EXPECT_NE(std::get<Farewell>(parsed).text.find("--operations"), std::string::npos);
}

}  // namespace
}  // namespace warren::queue_model
