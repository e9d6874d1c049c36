#include "tests/scenario_runner/report.h"

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::warren::testing::IsOkAndHolds;
using ::warren::testing::StatusIs;

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    const ::testing::TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(::testing::TempDir()) / (std::string("report_") + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~ReportTest() override { fs::remove_all(root_); }

  ScriptFile FileWith(ScriptKind kind, const std::string& text) {
    const fs::path path = root_ / "a.txt";
    WARREN_EXPECT_OK(ReplaceText(path, text));
    return {.path = path, .kind = kind, .label = "folder/a.txt"};
  }

  fs::path root_;
};

TEST_F(ReportTest, PassedScriptIsOneLine) {
  const Verdict verdict =
      Judge(FileWith(ScriptKind::kQuorum, "vote cfg=(1) votes=(y)\n----\nVoteWon\n"), Level::kText);
  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.text, "ok   text folder/a.txt\n");
}

TEST_F(ReportTest, FailedScriptShowsTheFirstWrongAnswer) {
  const Verdict verdict = Judge(FileWith(ScriptKind::kQuorum,
                                         "vote cfg=(1) votes=(y)\n----\nVoteWon\n\n"
                                         "vote cfg=(1) votes=(n)\n----\nVoteWon\n\n"
                                         "vote cfg=(1) votes=(_)\n----\nVoteWon\n"),
                                Level::kMessages);
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.text,
            "FAIL messages folder/a.txt:5\n"
            "    vote: the answer differs (- expected, + actual)\n"
            "    - VoteWon\n"
            "    + VoteLost\n");
}

TEST_F(ReportTest, WhatIsNoScriptFails) {
  const Verdict verdict = Judge(FileWith(ScriptKind::kInteraction, "campaign 1\n"), Level::kStates);
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.text,
            "FAIL states folder/a.txt\n    line 1: 'campaign' has no ---- line after it\n");
}

TEST_F(ReportTest, RewrittenScriptHasNotPassed) {
  const ScriptFile file =
      FileWith(ScriptKind::kQuorum, "# c\nvote cfg=(1) votes=(y)\n----\nVoteLost\n\n# d\n");
  const Verdict first = Rewrite(file);
  EXPECT_FALSE(first.passed);
  EXPECT_THAT(first.text, HasSubstr("rewritten"));
  EXPECT_THAT(ReadText(file.path),
              IsOkAndHolds(std::string("# c\nvote cfg=(1) votes=(y)\n----\nVoteWon\n\n# d\n")));
  EXPECT_TRUE(Rewrite(file).passed);
}

TEST_F(ReportTest, OnlyOurOwnScriptsAreRewritten) {
  const auto file_at = [](const char* path) {
    return ScriptFile{.path = path, .kind = ScriptKind::kQuorum, .label = "a"};
  };
  WARREN_EXPECT_OK(CheckMayRewrite({file_at("/x/tests/scenarios/raft/quorum/a.txt")}));
  for (const char* const path : {"/x/data/raft/quorum/a.txt", "/x/tests/a.txt",
                                 "/x/scenarios/tests/a.txt", "/x/tests/scenarios_of/a.txt"}) {
    EXPECT_THAT(CheckMayRewrite({file_at(path)}), StatusIs(absl::StatusCode::kFailedPrecondition))
        << path;
  }
}

}  // namespace
}  // namespace warren::scenario_runner
