#include "tests/scenario_runner/membership_script.h"

#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

class MembershipScriptTest : public ::testing::Test {
 protected:
  std::string Run(const std::string& command, const std::string& input = "") {
    const absl::StatusOr<Script> script = Script::Parse(command + "\n" + input + "\n----\n");
    EXPECT_TRUE(script.ok()) << script.status();
    return script_.Run(script->blocks().front());
  }

  MembershipScript script_;
};

TEST_F(MembershipScriptTest, NextTellsByWhichCommandAMemberCame) {
  EXPECT_EQ(Run("simple", "v1"), "voters=(1)\n1: StateProbe match=0 next=1\n");
  EXPECT_EQ(Run("simple", "v1"), "voters=(1)\n1: StateProbe match=0 next=1\n");
  EXPECT_EQ(Run("simple", "l2"),
            "voters=(1) learners=(2)\n"
            "1: StateProbe match=0 next=1\n"
            "2: StateProbe match=0 next=2 learner\n");
}

TEST_F(MembershipScriptTest, RefusedCommandsCountAndChangeNothing) {
  EXPECT_EQ(Run("leave-joint"), "can't leave a non-joint config\n");
  EXPECT_EQ(Run("enter-joint"), "can't make a zero-voter config joint\n");
  EXPECT_EQ(Run("simple", "v1 v2"), "more than one voter changed without entering joint config\n");
  EXPECT_EQ(Run("simple", "l1"), "removed all voters\n");
  EXPECT_EQ(Run("simple", "v1"), "voters=(1)\n1: StateProbe match=0 next=4\n");
}

TEST_F(MembershipScriptTest, MemberOfTheOutgoingHalfKeepsItsProgress) {
  Run("simple", "v1");
  Run("simple", "v2");
  EXPECT_EQ(Run("enter-joint autoleave=true", "r1 v1 r2"),
            "voters=(1)&&(1 2) autoleave\n"
            "1: StateProbe match=0 next=1\n"
            "2: StateProbe match=0 next=1\n");
  EXPECT_EQ(Run("enter-joint"), "config is already joint\n");
  EXPECT_EQ(Run("simple", "v3"), "can't apply simple config change in joint config\n");
  EXPECT_EQ(Run("leave-joint"), "voters=(1)\n1: StateProbe match=0 next=1\n");
}

TEST_F(MembershipScriptTest, MemberRemovedAndAddedAtOnceBeginsAnew) {
  Run("simple", "v1");
  Run("simple", "l2");
  EXPECT_EQ(Run("simple", "r2 l2"),
            "voters=(1) learners=(2)\n"
            "1: StateProbe match=0 next=1\n"
            "2: StateProbe match=0 next=2 learner\n");
}

TEST_F(MembershipScriptTest, WhatIsNoCommandIsRefused) {
  EXPECT_EQ(Run("simple", "w1"), "unknown input: w1");
  EXPECT_EQ(Run("leave-joint", "v1"), "this command takes no input");
  EXPECT_EQ(Run("leave"), "unknown command");
}

}  // namespace
}  // namespace warren::scenario_runner
