#include "tests/scenario_runner/lines.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LinesTest, LastLineCountsWithAndWithoutItsEnd) {
  EXPECT_THAT(Lines("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(Lines("a\nb"), ElementsAre("a", "b"));
}

TEST(LinesTest, BlankLinesAreKept) {
  EXPECT_THAT(Lines("a\n\nb\n\n"), ElementsAre("a", "", "b", ""));
}

TEST(LinesTest, NothingHasNoLines) { EXPECT_THAT(Lines(""), IsEmpty()); }

TEST(LinesTest, WordsIgnoreSpaceAround) {
  EXPECT_THAT(Words("  v1\tl2\n r3 "), ElementsAre("v1", "l2", "r3"));
  EXPECT_THAT(Words(" \n"), IsEmpty());
}

TEST(LinesTest, TrimmedDropsSpaceAtBothEnds) {
  EXPECT_EQ(Trimmed(" \n a b\t"), "a b");
  EXPECT_EQ(Trimmed(" \t"), "");
}

TEST(LinesTest, NumberMustBeAllThereIs) {
  EXPECT_EQ(NumberIn("12"), 12U);
  EXPECT_EQ(NumberIn("18446744073709551615"), UINT64_MAX);
  for (const char* const text : {"", "-1", "+1", " 1", "1x", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(NumberIn(text), std::nullopt) << text;
  }
}

TEST(LinesTest, PrefixStandsBeforeEachLine) {
  EXPECT_EQ(Prefixed("a\n\nb", "> "), "> a\n> \n> b\n");
}

}  // namespace
}  // namespace warren::scenario_runner
