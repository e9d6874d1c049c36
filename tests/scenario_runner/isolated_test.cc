#include "tests/scenario_runner/isolated.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

using ::testing::HasSubstr;
using ::warren::testing::IsOkAndHolds;
using ::warren::testing::StatusIs;

TEST(IsolatedTest, ReturnsWhatTheWorkReturns) {
  EXPECT_THAT(RunIsolated([] { return std::string(); }), IsOkAndHolds(std::string()));
  const std::string large(1 << 20, 'x');
  EXPECT_THAT(RunIsolated([&] { return large; }), IsOkAndHolds(large));
}

TEST(IsolatedTest, SurvivesTheDeathOfTheWork) {
  EXPECT_THAT(RunIsolated([]() -> std::string { std::abort(); }),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("signal 6")));
  EXPECT_THAT(RunIsolated([]() -> std::string { std::_Exit(3); }),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("exit code 3")));
}

TEST(IsolatedTest, TheWorkChangesNothingHere) {
  int value = 1;
  WARREN_ASSERT_OK(RunIsolated([&] {
    value = 2;
    return std::string();
  }));
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace warren::scenario_runner
