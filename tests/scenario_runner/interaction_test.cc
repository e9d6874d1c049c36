#include "tests/scenario_runner/interaction.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class InteractionTest : public ::testing::Test {
 protected:
  std::string Run(const std::string& command, const std::string& input = "") {
    const absl::StatusOr<Script> script = Script::Parse(command + "\n" + input + "\n----\n");
    EXPECT_TRUE(script.ok()) << script.status();
    return interaction_.Run(script->blocks().front());
  }

  // A group of three with a leader, at rest, that says everything from here on.
  void StartGroup(const std::string& arguments = "") {
    EXPECT_EQ(Run("log-level none"), "ok");
    EXPECT_EQ(Run("add-nodes 3 voters=(1,2,3) index=10 " + arguments), "ok");
    EXPECT_EQ(Run("campaign 1"), "ok");
    EXPECT_EQ(Run("stabilize"), "ok");
    EXPECT_EQ(Run("log-level debug"), "ok");
  }

  Interaction interaction_;
};

TEST_F(InteractionTest, GroupElectsTheMemberThatCampaigns) {
  StartGroup();
  EXPECT_EQ(Run("raft-state"),
            "1: StateLeader (Voter) Term:1 Lead:1\n"
            "2: StateFollower (Voter) Term:1 Lead:1\n"
            "3: StateFollower (Voter) Term:1 Lead:1\n");
}

TEST_F(InteractionTest, ProposalIsStoredEverywhere) {
  StartGroup();
  EXPECT_EQ(Run("propose 1 foo"), "ok");
  EXPECT_THAT(Run("stabilize"), HasSubstr("> 3 receiving messages\n"));
  for (const char* const member : {"1", "2", "3"}) {
    EXPECT_EQ(Run(std::string("raft-log ") + member),
              "1/11 EntryNormal \"\"\n1/12 EntryNormal \"foo\"\n");
  }
}

TEST_F(InteractionTest, SilenceShowsErrorsAlone) {
  EXPECT_EQ(Run("log-level none"), "ok");
  EXPECT_EQ(Run("add-nodes 1"), "ok");
  EXPECT_EQ(Run("propose 1 foo"), "raft proposal dropped");
  EXPECT_EQ(Run("campaign 2"), "there is no node 2: there are 1");
}

TEST_F(InteractionTest, StabilizeIsQuietForItselfAlone) {
  StartGroup();
  Run("propose 1 foo");
  EXPECT_EQ(Run("stabilize log-level=none"), "ok");
  EXPECT_THAT(Run("status 1"), StartsWith("1: StateReplicate match=12 next=13\n"));
}

TEST_F(InteractionTest, DroppedMessagesAreGone) {
  StartGroup();
  Run("propose 1 foo");
  Run("process-ready 1");
  EXPECT_EQ(Run("deliver-msgs drop=(2,3) type=MsgApp"),
            "dropped: 1->2 MsgApp Term:1 Log:1/11 Commit:11 Entries:[1/12 EntryNormal \"foo\"]\n"
            "dropped: 1->3 MsgApp Term:1 Log:1/11 Commit:11 Entries:[1/12 EntryNormal \"foo\"]\n");
  EXPECT_EQ(Run("deliver-msgs 2 3"), "no messages\n");
}

TEST_F(InteractionTest, FollowerPassesATransferOn) {
  StartGroup();
  EXPECT_EQ(Run("transfer-leadership from=2 to=3"), "ok");
  EXPECT_EQ(Run("process-ready 2"),
            "Ready MustSync=false:\nMessages:\n3->1 MsgTransferLeader Term:1 Log:0/0\n");
  EXPECT_THAT(Run("deliver-msgs 1"),
              HasSubstr("INFO 1 [term 1] starts to transfer leadership to 3"));
  Run("stabilize");
  EXPECT_THAT(Run("raft-state"), HasSubstr("3: StateLeader (Voter) Term:2 Lead:3\n"));
}

TEST_F(InteractionTest, FollowerWithoutLeaderDropsATransfer) {
  EXPECT_EQ(Run("log-level none"), "ok");
  EXPECT_EQ(Run("add-nodes 2 voters=(1,2) index=10"), "ok");
  EXPECT_EQ(Run("log-level info"), "ok");
  EXPECT_EQ(Run("transfer-leadership from=1 to=2"),
            "INFO 1 no leader at term 0; dropping leader transfer msg\n");
}

TEST_F(InteractionTest, AsynchronousStorageWaitsForItsThreads) {
  StartGroup("async-storage-writes=true");
  Run("propose 1 foo");
  EXPECT_THAT(Run("process-ready 1"), HasSubstr("1->AppendThread MsgStorageAppend"));
  EXPECT_EQ(Run("raft-log 1"), "1/11 EntryNormal \"\"\n");
  EXPECT_THAT(Run("process-append-thread 1"),
              HasSubstr("AppendThread->1 MsgStorageAppendResp Term:1 Log:1/12\n"));
  EXPECT_EQ(Run("raft-log 1"), "1/11 EntryNormal \"\"\n1/12 EntryNormal \"foo\"\n");
  EXPECT_EQ(Run("process-append-thread 1"), "no append work to perform");
  EXPECT_EQ(Run("process-apply-thread 1"), "no apply work to perform");
}

TEST_F(InteractionTest, CompactedLogStillServesByASnapshot) {
  StartGroup();
  Run("propose 1 foo");
  Run("stabilize log-level=none");
  EXPECT_EQ(Run("compact 1 12"), "log is empty: first index=13, last index=12");
  EXPECT_EQ(Run("compact 1 12"), "requested index is unavailable due to compaction");
  EXPECT_EQ(Run("compact 1 13"), "cannot compact to 13: known to be applied and durable is 12");
  EXPECT_EQ(Run("send-snapshot 1 3"),
            "1->3 MsgSnap Term:1 Log:0/0\n"
            "  Snapshot: Index:12 Term:1 ConfState:Voters:[1 2 3] VotersOutgoing:[] Learners:[] "
            "LearnersNext:[] AutoLeave:false");
}

TEST_F(InteractionTest, FaultyCommandsAreNamed) {
  StartGroup();
  EXPECT_EQ(Run("elect 1"), "unknown command");
  EXPECT_EQ(Run("campaign"), "the first argument must be a node's number");
  EXPECT_EQ(Run("campaign x"), "not a node's number: 'x'");
  EXPECT_EQ(Run("status 4"), "there is no node 4: there are 3");
  EXPECT_EQ(Run("propose 1"), "expected a node's number and a word to propose");
  EXPECT_EQ(Run("deliver-msgs 1 drop=1"), "can't both deliver and drop msgs to 1");
  EXPECT_EQ(Run("deliver-msgs 1 type=MsgX"), "unknown message type MsgX");
  EXPECT_EQ(Run("log-level loud"),
            "log levels must be either of [DEBUG INFO WARN ERROR FATAL NONE]");
  EXPECT_EQ(Run("report-unreachable 1"),
            "must specify exactly two nodes: the one to tell, and the unreachable one");
  EXPECT_EQ(Run("set-randomized-election-timeout 1 timeout=0"),
            "the argument timeout must be a number of ticks");
  EXPECT_EQ(Run("transfer-leadership from=1"), "the argument to is missing");
  EXPECT_EQ(Run("propose-conf-change 1 transition=never"), "unknown transition never");
  EXPECT_EQ(Run("propose-conf-change 1 v1=true", "v1 v2"),
            "v1 conf change can only have one operation and no transition");
}

}  // namespace
}  // namespace warren::scenario_runner
