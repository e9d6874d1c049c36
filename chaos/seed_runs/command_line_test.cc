#include "chaos/seed_runs/command_line.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::seed_runs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<std::string_view, 3> kNames = {"none", "late", "lost"};

TEST(SeedRunsTest, NothingTypedLeavesBothBoundsOpen) {
  const auto range = std::get<SeedRange>(SeedRangeOf("", ""));
  EXPECT_EQ(range.first, 1U);
  EXPECT_EQ(range.last, UINT64_MAX);
  EXPECT_EQ(range.time_max, absl::InfiniteDuration());
}

TEST(SeedRunsTest, SeedsAndTimeAreReadTogether) {
  const auto range = std::get<SeedRange>(SeedRangeOf("3..9", "2m"));
  EXPECT_EQ(range.first, 3U);
  EXPECT_EQ(range.last, 9U);
  EXPECT_EQ(range.time_max, absl::Minutes(2));
}

TEST(SeedRunsTest, NonsenseIsQuoted) {
  EXPECT_THAT(std::get<std::string>(SeedRangeOf("9..3", "")), HasSubstr("A <= B, not '9..3'"));
  EXPECT_THAT(std::get<std::string>(SeedRangeOf("", "-1s")), HasSubstr("not '-1s'"));
}

TEST(SeedRunsTest, BugsAreChosenByNameOrAllOfThem) {
  EXPECT_THAT(std::get<std::vector<size_t>>(ChosenBugs(kNames, "")), ElementsAre(1U, 2U));
  EXPECT_THAT(std::get<std::vector<size_t>>(ChosenBugs(kNames, "lost")), ElementsAre(2U));
  EXPECT_EQ(std::get<std::string>(ChosenBugs(kNames, "none")),
            "there is no planted bug 'none'; there are: late, lost");
}

}  // namespace
}  // namespace warren::seed_runs
