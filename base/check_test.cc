#include "base/check.h"

#include "gtest/gtest.h"

namespace warren::base {
namespace {

TEST(CheckTest, TrueConditionIsEvaluatedOnceAndPasses) {
  int evaluated = 0;
  WARREN_CHECK(++evaluated == 1);
  WARREN_CHECK_MSG(++evaluated == 2, "counts up");
  EXPECT_EQ(evaluated, 2);
}

TEST(CheckTest, IsUsableInConstantExpressions) {
  constexpr auto kHalf = [](int n) {
    WARREN_CHECK(n % 2 == 0);
    return n / 2;
  };
  static_assert(kHalf(4) == 2);
  EXPECT_EQ(kHalf(6), 3);
}

TEST(CheckDeathTest, FalseConditionNamesConditionAndPlace) {
  EXPECT_DEATH(WARREN_CHECK(1 + 1 == 3), "check_test.cc:[0-9]+: check failed: 1 \\+ 1 == 3");
}

TEST(CheckDeathTest, MessageNamesTheInvariant) {
  EXPECT_DEATH(WARREN_CHECK_MSG(1 > 2, "commit never passes the last index"),
               "check failed: 1 > 2 \\(commit never passes the last index\\)");
}

}  // namespace
}  // namespace warren::base
