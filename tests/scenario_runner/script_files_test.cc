#include "tests/scenario_runner/script_files.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::warren::testing::IsOkAndHolds;
using ::warren::testing::StatusIs;

class ScriptFilesTest : public ::testing::Test {
 protected:
  ScriptFilesTest() {
    const ::testing::TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::path(::testing::TempDir()) / (std::string("script_files_") + test->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~ScriptFilesTest() override { fs::remove_all(root_); }

  void Add(const fs::path& file) {
    fs::create_directories((root_ / file).parent_path());
    WARREN_EXPECT_OK(ReplaceText(root_ / file, "# nothing\n"));
  }

  fs::path root_;
};

TEST_F(ScriptFilesTest, FindsScriptsOfAllKindsInOrder) {
  Add("quorum/b.txt");
  Add("interaction/z.txt");
  Add("interaction/a.txt");
  Add("interaction/README.md");
  Add("other/c.txt");
  EXPECT_THAT(FindScripts(root_),
              IsOkAndHolds(ElementsAre(Field(&ScriptFile::label, "interaction/a.txt"),
                                       Field(&ScriptFile::label, "interaction/z.txt"),
                                       Field(&ScriptFile::label, "quorum/b.txt"))));
}

TEST_F(ScriptFilesTest, AcceptsOneFolderAndOneFile) {
  Add("confchange/a.txt");
  for (const fs::path& place : {root_ / "confchange", root_ / "confchange" / "a.txt"}) {
    EXPECT_THAT(FindScripts(place),
                IsOkAndHolds(ElementsAre(Field(&ScriptFile::kind, ScriptKind::kMembership))));
  }
  EXPECT_THAT(FindScripts(root_ / "confchange" / ""), IsOkAndHolds(::testing::SizeIs(1)));
}

TEST_F(ScriptFilesTest, SaysWhatItLookedFor) {
  EXPECT_THAT(FindScripts(root_), StatusIs(absl::StatusCode::kNotFound, HasSubstr("looked for")));
  EXPECT_THAT(FindScripts(root_ / "absent"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such directory")));
  Add("other/a.txt");
  EXPECT_THAT(FindScripts(root_ / "other" / "a.txt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("not 'other'")));
}

TEST_F(ScriptFilesTest, ReplacedTextIsReadBack) {
  WARREN_ASSERT_OK(ReplaceText(root_ / "a.txt", "one\n"));
  WARREN_ASSERT_OK(ReplaceText(root_ / "a.txt", "two\n"));
  EXPECT_THAT(ReadText(root_ / "a.txt"), IsOkAndHolds(std::string("two\n")));
  EXPECT_THAT(ReadText(root_ / "b.txt"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace warren::scenario_runner
