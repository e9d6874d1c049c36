#include "tests/scenario_runner/level.h"

#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

Block BlockOf(std::string command, std::vector<Argument> arguments = {}) {
  Block block;
  block.command = std::move(command);
  block.arguments = std::move(arguments);
  return block;
}

constexpr std::string_view kTwoMembers =
    "> 1 handling Ready\n"
    "  Ready MustSync=true:\n"
    "  HardState Term:1 Vote:1 Commit:2\n"
    "  Messages:\n"
    "  1->2 MsgVote Term:1 Log:1/2\n"
    "  INFO 1 received MsgVoteResp from 1 at term 1\n"
    "> 2 receiving messages\n"
    "  1->2 MsgVote Term:1 Log:1/2\n"
    "  DEBUG 2 did something\n"
    "> 2 handling Ready\n"
    "  HardState Term:1 Vote:1 Commit:2\n"
    "> 1 handling Ready\n"
    "  HardState Term:1 Vote:1 Commit:3\n";

TEST(LevelTest, NamesGoBothWays) {
  for (const Level level : {Level::kStates, Level::kMessages, Level::kText}) {
    EXPECT_EQ(LevelNamed(Name(level)), level);
  }
  EXPECT_EQ(LevelNamed("message"), std::nullopt);
}

TEST(LevelTest, TextKeepsEverything) {
  EXPECT_EQ(Reduce(Level::kText, BlockOf("stabilize"), kTwoMembers), kTwoMembers);
}

TEST(LevelTest, MessagesLeaveLoggerLinesOut) {
  EXPECT_EQ(Reduce(Level::kMessages, BlockOf("stabilize"), kTwoMembers),
            "> 1 handling Ready\n"
            "  Ready MustSync=true:\n"
            "  HardState Term:1 Vote:1 Commit:2\n"
            "  Messages:\n"
            "  1->2 MsgVote Term:1 Log:1/2\n"
            "> 2 receiving messages\n"
            "  1->2 MsgVote Term:1 Log:1/2\n"
            "> 2 handling Ready\n"
            "  HardState Term:1 Vote:1 Commit:2\n"
            "> 1 handling Ready\n"
            "  HardState Term:1 Vote:1 Commit:3\n");
}

TEST(LevelTest, StatesKeepHardStatesMemberByMember) {
  EXPECT_EQ(Reduce(Level::kStates, BlockOf("stabilize"), kTwoMembers),
            "1: HardState Term:1 Vote:1 Commit:2\n"
            "1: HardState Term:1 Vote:1 Commit:3\n"
            "2: HardState Term:1 Vote:1 Commit:2\n");
}

TEST(LevelTest, StatesKnowWhoseOutputASingleMembersIs) {
  EXPECT_EQ(Reduce(Level::kStates, BlockOf("process-ready", {{.key = "3", .values = {}}}),
                   "Ready MustSync=false:\nHardState Term:2 Commit:7\n"),
            "3: HardState Term:2 Commit:7\n");
}

TEST(LevelTest, StatesKeepWhatAsksForStateWhole) {
  for (const char* const command : {"status", "raft-state", "raft-log", "compact"}) {
    EXPECT_EQ(Reduce(Level::kStates, BlockOf(command), "1: StateProbe match=0 next=1\n"),
              "1: StateProbe match=0 next=1\n");
  }
}

TEST(LevelTest, NothingLeftReadsOk) {
  const Block block = BlockOf("campaign", {{.key = "1", .values = {}}});
  const std::string_view answer = "INFO 1 is starting a new election at term 0\n";
  EXPECT_EQ(Reduce(Level::kMessages, block, answer), "ok\n");
  EXPECT_EQ(Reduce(Level::kStates, block, "ok\n"), "ok\n");
  EXPECT_EQ(Reduce(Level::kText, block, answer), answer);
}

TEST(LevelTest, OnlyALevelInCapitalsMakesALoggerLine) {
  EXPECT_TRUE(IsLoggerLine("INFO 1 became leader at term 1"));
  EXPECT_TRUE(IsLoggerLine("    ERROR something"));
  EXPECT_FALSE(IsLoggerLine("INFORM 1"));
  EXPECT_FALSE(IsLoggerLine("info 1"));
  EXPECT_FALSE(IsLoggerLine("1->2 MsgApp Term:1 Log:1/2 Entries:[1/3 EntryNormal \"INFO x\"]"));
}

}  // namespace
}  // namespace warren::scenario_runner
