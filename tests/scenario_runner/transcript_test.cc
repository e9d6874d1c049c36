#include "tests/scenario_runner/transcript.h"

#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

TEST(TranscriptTest, TakeEmptiesIt) {
  Transcript transcript;
  transcript.WriteLine("one");
  transcript.Write("two");
  EXPECT_EQ(transcript.Take(), "one\ntwo");
  EXPECT_EQ(transcript.Take(), "");
}

TEST(TranscriptTest, LoggerLinesBelowTheLevelAreLeftOut) {
  Transcript transcript;
  transcript.set_level(LogLevel::kWarn);
  transcript.Log(LogLevel::kInfo, "quiet");
  transcript.Log(LogLevel::kWarn, "loud");
  transcript.WriteLine("said");
  EXPECT_EQ(transcript.Take(), "WARN loud\nsaid\n");
}

TEST(TranscriptTest, AtLevelNoneNothingAppears) {
  Transcript transcript;
  transcript.set_level(LogLevel::kNone);
  transcript.Log(LogLevel::kFatal, "a");
  transcript.WriteLine("b");
  EXPECT_EQ(transcript.Take(), "");
}

TEST(TranscriptTest, IndentedShiftsLinesAndEndsTheLast) {
  Transcript transcript;
  transcript.WriteLine("> 1");
  {
    const Transcript::Indented outer(transcript);
    transcript.WriteLine("a");
    {
      const Transcript::Indented inner(transcript);
      transcript.Write("b\nc");
    }
    transcript.Write("d");
  }
  transcript.Write("e");
  EXPECT_EQ(transcript.Take(), "> 1\n  a\n    b\n    c\n  d\ne");
}

TEST(TranscriptTest, LevelNamesAreKnownInAnyCase) {
  EXPECT_EQ(LogLevelNamed("none"), LogLevel::kNone);
  EXPECT_EQ(LogLevelNamed("Debug"), LogLevel::kDebug);
  EXPECT_EQ(LogLevelNamed("WARN"), LogLevel::kWarn);
  EXPECT_EQ(LogLevelNamed("warning"), std::nullopt);
  EXPECT_EQ(LogLevelNamed(""), std::nullopt);
}

}  // namespace
}  // namespace warren::scenario_runner
