#include "chaos/sim/arguments.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::sim {
namespace {

using testing::HasSubstr;

Arguments Parse(std::vector<std::string> words) {
  const auto parsed = ParseArguments(std::move(words));
  EXPECT_TRUE(std::holds_alternative<Arguments>(parsed));
  return std::get<Arguments>(parsed);
}

std::string Refusal(std::vector<std::string> words) {
  const auto parsed = ParseArguments(std::move(words));
  if (!std::holds_alternative<Farewell>(parsed)) return "accepted";
  EXPECT_EQ(std::get<Farewell>(parsed).exit_code, kExitUsage);
  return std::get<Farewell>(parsed).text;
}

TEST(ArgumentsTest, NothingMeansTenSecondsOfSeeds) {
  const Arguments arguments = Parse({});
  const auto& many = std::get<RunManySeeds>(arguments.task);
  EXPECT_EQ(many.first, 1U);
  EXPECT_EQ(many.time_max, absl::Seconds(10));
  EXPECT_GE(arguments.threads, 1U);
}

TEST(ArgumentsTest, OneSeed) {
  const Arguments arguments = Parse({"--seed", "17", "--trace", "--calm"});
  EXPECT_EQ(std::get<RunOneSeed>(arguments.task).seed, 17U);
  EXPECT_TRUE(std::get<RunOneSeed>(arguments.task).trace);
  EXPECT_EQ(arguments.MakeSetup(17).faulty_for, Seconds(300));
}

TEST(ArgumentsTest, RangeOfSeedsHasNoTimeLimitUnlessGiven) {
  const auto range = std::get<RunManySeeds>(Parse({"--seeds", "5..9"}).task);
  EXPECT_EQ(range.first, 5U);
  EXPECT_EQ(range.last, 9U);
  EXPECT_EQ(range.time_max, absl::InfiniteDuration());

  const auto both = std::get<RunManySeeds>(Parse({"--seeds", "5..9", "--for", "2m"}).task);
  EXPECT_EQ(both.time_max, absl::Minutes(2));
}

TEST(ArgumentsTest, PlantedBugsAllOrByName) {
  EXPECT_EQ(std::get<SearchPlanted>(Parse({"--planted"}).task).bugs.size(), 12U);
  EXPECT_EQ(std::get<SearchPlanted>(Parse({"--planted", "ack-before-store"}).task).bugs,
            std::vector{raft::PlantedBug::kAckBeforeStore});
}

TEST(ArgumentsTest, RefusesWhatMakesNoSense) {
  EXPECT_THAT(Refusal({"--seeds", "9..5"}), HasSubstr("A <= B, not '9..5'"));
  EXPECT_THAT(Refusal({"--seeds", "9"}), HasSubstr("A..B"));
  EXPECT_THAT(Refusal({"--for", "fast"}), HasSubstr("'fast'"));
  EXPECT_THAT(Refusal({"--for", "-1s"}), HasSubstr("duration"));
  EXPECT_THAT(Refusal({"--planted", "nonsense"}), HasSubstr("there are: vote-not-persisted"));
  EXPECT_THAT(Refusal({"--nodes", "2"}), HasSubstr("--nodes"));
  EXPECT_THAT(Refusal({"--threads", "0"}), HasSubstr("--threads"));
  EXPECT_THAT(Refusal({"--seed", "1", "--for", "1s"}), HasSubstr("exclude"));
  EXPECT_THAT(Refusal({"--trace"}), HasSubstr("--trace needs --seed"));
  EXPECT_THAT(Refusal({"--wat"}), HasSubstr("--wat"));
}

TEST(ArgumentsTest, HelpEndsWell) {
  const auto parsed = ParseArguments({"--help"});
  ASSERT_TRUE(std::holds_alternative<Farewell>(parsed));
  EXPECT_EQ(std::get<Farewell>(parsed).exit_code, 0);
  EXPECT_THAT(std::get<Farewell>(parsed).text, HasSubstr("--planted"));
}

TEST(ArgumentsTest, RepeatsWhatMattersToTheRun) {
  EXPECT_EQ(Parse({"--for", "1s"}).ForRepeating(), "");
  EXPECT_EQ(Parse({"--for", "1s", "--calm", "--nodes", "5"}).ForRepeating(), "--calm --nodes 5 ");
}

}  // namespace
}  // namespace warren::sim
