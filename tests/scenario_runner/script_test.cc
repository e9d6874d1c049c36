#include "tests/scenario_runner/script.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::warren::testing::StatusIs;

std::vector<Block> Parsed(std::string_view text) {
  const absl::StatusOr<Script> script = Script::Parse(text);
  EXPECT_TRUE(script.ok()) << script.status();
  return script.ok() ? script->blocks() : std::vector<Block>();
}

void ExpectRefused(std::string_view text, std::string_view why) {
  EXPECT_THAT(Script::Parse(text),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(why))));
}

TEST(ScriptTest, BlockHasCommandInputAndAnswer) {
  const std::vector<Block> blocks = Parsed(
      "# A comment.\n"
      "\n"
      "propose-conf-change 1\n"
      "  v1 l2\n"
      "----\n"
      "ok\n");
  ASSERT_THAT(blocks, SizeIs(1));
  EXPECT_EQ(blocks[0].line, 3U);
  EXPECT_EQ(blocks[0].command, "propose-conf-change");
  EXPECT_THAT(blocks[0].arguments, ElementsAre(Argument{.key = "1", .values = {}}));
  EXPECT_EQ(blocks[0].input, "v1 l2");
  EXPECT_EQ(blocks[0].expected, "ok\n");
}

TEST(ScriptTest, BlankLineEndsTheAnswer) {
  const std::vector<Block> blocks = Parsed("a\n----\none\ntwo\n\n\nb\n----\n\n# end\n");
  ASSERT_THAT(blocks, SizeIs(2));
  EXPECT_EQ(blocks[0].expected, "one\ntwo\n");
  EXPECT_EQ(blocks[1].command, "b");
  EXPECT_EQ(blocks[1].expected, "");
}

TEST(ScriptTest, AnswerBetweenDoubledSeparatorsMayHaveBlankLines) {
  const std::vector<Block> blocks =
      Parsed("a\n----\n----\none\n\n----\ntwo\n----\n----\n\nb\n----\nok\n");
  ASSERT_THAT(blocks, SizeIs(2));
  EXPECT_EQ(blocks[0].expected, "one\n\n----\ntwo\n");
  EXPECT_EQ(blocks[1].expected, "ok\n");
}

TEST(ScriptTest, ArgumentsAreBareOrHaveValues) {
  const std::vector<Block> blocks =
      Parsed("deliver-msgs 1 type=MsgApp drop=(2, 3) cfgj=() x=(4)\n----\n");
  ASSERT_THAT(blocks, SizeIs(1));
  EXPECT_THAT(
      blocks[0].arguments,
      ElementsAre(Argument{.key = "1", .values = {}}, Argument{.key = "type", .values = {"MsgApp"}},
                  Argument{.key = "drop", .values = {"2", "3"}},
                  Argument{.key = "cfgj", .values = {}}, Argument{.key = "x", .values = {"4"}}));
}

TEST(ScriptTest, ArgumentIsFoundByItsKey) {
  const std::vector<Block> blocks = Parsed("transfer-leadership from=1 to=4\n----\n");
  ASSERT_THAT(blocks, SizeIs(1));
  ASSERT_NE(blocks[0].Find("to"), nullptr);
  EXPECT_THAT(blocks[0].Find("to")->values, ElementsAre("4"));
  EXPECT_EQ(blocks[0].Find("via"), nullptr);
}

TEST(ScriptTest, BackslashContinuesTheCommand) {
  const std::vector<Block> blocks = Parsed("add-nodes 3 \\\n  voters=(1,2,3)\n----\nok\n");
  ASSERT_THAT(blocks, SizeIs(1));
  EXPECT_THAT(blocks[0].arguments, SizeIs(2));
  EXPECT_EQ(blocks[0].input, "");
}

TEST(ScriptTest, TextWithoutCommandsIsAScript) { EXPECT_THAT(Parsed("# nothing\n\n"), IsEmpty()); }

TEST(ScriptTest, FaultsAreNamedWithTheirLine) {
  ExpectRefused("# c\n\ncampaign 1\n\n", "line 3: 'campaign' has no ---- line");
  ExpectRefused("----\nok\n", "line 1: ---- without a command");
  ExpectRefused("a\n----\n----\none\n\n", "line 1: the answer between doubled ---- lines");
  ExpectRefused("a\n----\n----\none\n----\n----\nb\n", "line 7: a blank line must follow");
}

TEST(ScriptTest, OtherAnswersLeaveAllElseAsItIs) {
  const absl::StatusOr<Script> script = Script::Parse(
      "# Head.\n"
      "a\n"
      "----\n"
      "old\n"
      "\n"
      "# Between.\n"
      "b\n"
      "----\n"
      "----\n"
      "with\n"
      "\n"
      "blank\n"
      "----\n"
      "----\n"
      "\n"
      "# Foot.\n");
  WARREN_ASSERT_OK(script);
  EXPECT_EQ(script->WithAnswers({"x\n\ny\n", "z\n"}),
            "# Head.\n"
            "a\n"
            "----\n"
            "----\n"
            "x\n"
            "\n"
            "y\n"
            "----\n"
            "----\n"
            "\n"
            "# Between.\n"
            "b\n"
            "----\n"
            "z\n"
            "\n"
            "# Foot.\n");
}

TEST(ScriptTest, SameAnswersGiveTheSameText) {
  const std::string text = "# c\na 1\nin\n----\nout\n\nb\n----\n----\n\n\n----\n----\n\n# d\n";
  const absl::StatusOr<Script> script = Script::Parse(text);
  WARREN_ASSERT_OK(script);
  EXPECT_EQ(script->WithAnswers({script->blocks()[0].expected, script->blocks()[1].expected}),
            text);
}

}  // namespace
}  // namespace warren::scenario_runner
