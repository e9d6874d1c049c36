#include "tests/scenario_runner/difference.h"

#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

TEST(DifferenceTest, MarksLinesThatOnlyOneSideHas) {
  EXPECT_EQ(Difference("a\nb\nc\n", "a\nx\nc\nd\n"), "  a\n- b\n+ x\n  c\n+ d\n");
}

TEST(DifferenceTest, EqualTextsHaveNone) {
  EXPECT_EQ(Difference("a\nb\n", "a\nb\n"), "  ... 2 equal lines ...\n");
}

TEST(DifferenceTest, LongEqualStretchesAreLeftOut) {
  const std::string same = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
  EXPECT_EQ(Difference("a\n" + same + "b\n", same),
            "- a\n  1\n  2\n  3\n  ... 3 equal lines ...\n  7\n  8\n  9\n- b\n");
}

TEST(DifferenceTest, OneSideMayBeEmpty) {
  EXPECT_EQ(Difference("", "a\n"), "+ a\n");
  EXPECT_EQ(Difference("a\n", ""), "- a\n");
}

}  // namespace
}  // namespace warren::scenario_runner
