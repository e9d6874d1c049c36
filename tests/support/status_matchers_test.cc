#include "tests/support/status_matchers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace warren::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<int> Half(int whole) {
  if (whole % 2 != 0) return absl::InvalidArgumentError(absl::StrCat(whole, " is odd"));
  return whole / 2;
}

template <typename Matcher, typename Value>
std::string Explain(const Matcher& matcher, const Value& value) {
  ::testing::StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(StatusMatchersTest, IsOkTellsSuccessFromFailure) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(Half(4), IsOk());
  EXPECT_THAT(absl::AbortedError("x"), Not(IsOk()));
  EXPECT_THAT(Half(3), Not(IsOk()));
}

TEST(StatusMatchersTest, IsOkExplainsFailureWithTheStatus) {
  EXPECT_THAT(Explain(IsOk(), Half(3)), HasSubstr("3 is odd"));
}

TEST(StatusMatchersTest, IsOkAndHoldsComparesTheValue) {
  EXPECT_THAT(Half(4), IsOkAndHolds(2));
  EXPECT_THAT(Half(4), IsOkAndHolds(Gt(1)));
  EXPECT_THAT(Half(4), Not(IsOkAndHolds(3)));
  EXPECT_THAT(Half(3), Not(IsOkAndHolds(1)));
}

TEST(StatusMatchersTest, IsOkAndHoldsTakesMatchersOfContainers) {
  const absl::StatusOr<std::vector<int>> result(std::vector<int>{1, 2});
  EXPECT_THAT(result, IsOkAndHolds(ElementsAre(1, 2)));
  EXPECT_THAT(result, Not(IsOkAndHolds(ElementsAre(1))));
}

TEST(StatusMatchersTest, StatusIsComparesCodeAndMessage) {
  EXPECT_THAT(Half(3), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Half(3), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("odd")));
  EXPECT_THAT(Half(3), Not(StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("even"))));
  EXPECT_THAT(Half(3), Not(StatusIs(absl::StatusCode::kDataLoss)));
  EXPECT_THAT(Half(4), StatusIs(absl::StatusCode::kOk));
  EXPECT_THAT(absl::AbortedError("x"), StatusIs(absl::StatusCode::kAborted));
}

TEST(StatusMatchersTest, AssertOkEndsTheTestOnFailure) {
  EXPECT_FATAL_FAILURE(WARREN_ASSERT_OK(absl::AbortedError("late")), "late");
  WARREN_ASSERT_OK(absl::OkStatus());
}

TEST(StatusMatchersTest, ExpectOkFailsTheTestAndGoesOn) {
  EXPECT_NONFATAL_FAILURE(WARREN_EXPECT_OK(absl::AbortedError("late")), "late");
  WARREN_EXPECT_OK(Half(2));
}

TEST(StatusMatchersTest, AssertOkAndAssignMovesTheValueOut) {
  absl::StatusOr<std::unique_ptr<int>> result(std::make_unique<int>(7));
  WARREN_ASSERT_OK_AND_ASSIGN(const std::unique_ptr<int> seven, std::move(result));
  EXPECT_EQ(*seven, 7);
}

}  // namespace
}  // namespace warren::testing
