#include "tests/scenario_runner/describe.h"

#include "gtest/gtest.h"

#include "tests/scenario_runner/config_change_text.h"
#include "tests/support/status_matchers.h"

namespace warren::scenario_runner {
namespace {

using ::warren::testing::StatusIs;

raft::NodeId Node(uint64_t id) { return raft::NodeId(id); }

raft::Entry EntryWith(raft::EntryType type, base::Bytes payload) {
  return {.id = {.index = raft::Index(4), .term = raft::Term(2)},
          .time = {},
          .type = type,
          .payload = std::move(payload)};
}

TEST(DescribeTest, QuotedEscapesWhatDoesNotPrint) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("a\"b\\c\n\t\r\x01"), R"("a\"b\\c\n\t\r\x01")");
}

TEST(DescribeTest, HardStateLeavesOutNoVote) {
  raft::HardState state{.term = raft::Term(3), .vote = Node(2), .commit = raft::Index(7)};
  EXPECT_EQ(Describe(state), "Term:3 Vote:2 Commit:7");
  state.vote = raft::NodeId();
  EXPECT_EQ(Describe(state), "Term:3 Commit:7");
}

TEST(DescribeTest, RoleNamesLeaderAndState) {
  EXPECT_EQ(Describe(raft::RoleState{.role = raft::Role::kPreCandidate, .leader = {}}),
            "Lead:0 State:StatePreCandidate");
  EXPECT_EQ(Describe(raft::RoleState{.role = raft::Role::kFollower, .leader = Node(3)}),
            "Lead:3 State:StateFollower");
}

TEST(DescribeTest, NormalEntryShowsItsPayload) {
  const raft::Entry entry = EntryWith(raft::EntryType::kNormal, base::Bytes::Copy("foo"));
  EXPECT_EQ(Describe(entry), "2/4 EntryNormal \"foo\"");
}

TEST(DescribeTest, ConfigEntryShowsItsChangesAndItsKind) {
  raft::ConfigChange change;
  change.changes = {{.type = raft::MemberChangeType::kAddVoter, .node = Node(1)},
                    {.type = raft::MemberChangeType::kRemove, .node = Node(12)}};
  EXPECT_EQ(Describe(EntryWith(raft::EntryType::kConfig, raft::EncodeConfigChange(change))),
            "2/4 EntryConfChangeV2 v1 r12");
  change.changes.pop_back();
  change.context = base::Bytes::Copy(kFirstKindMark);
  EXPECT_EQ(Describe(EntryWith(raft::EntryType::kConfig, raft::EncodeConfigChange(change))),
            "2/4 EntryConfChange v1");
}

TEST(DescribeTest, EmptyConfigEntryShowsItsKindOnly) {
  EXPECT_EQ(Describe(EntryWith(raft::EntryType::kConfig, {})), "2/4 EntryConfChangeV2");
}

TEST(DescribeTest, ProgressNamesWhatIsOutOfTheOrdinary) {
  raft::ProgressView view{.state = raft::ProgressState::kReplicate,
                          .match = raft::Index(4),
                          .next = raft::Index(5),
                          .pending_snapshot = {},
                          .learner = false,
                          .paused = false,
                          .active = true,
                          .window_full = false,
                          .inflight = 0};
  EXPECT_EQ(Describe(view), "StateReplicate match=4 next=5");
  view.learner = true;
  view.paused = true;
  view.active = false;
  view.inflight = 2;
  view.window_full = true;
  EXPECT_EQ(Describe(view),
            "StateReplicate match=4 next=5 learner paused inactive inflight=2[full]");
  view = {.state = raft::ProgressState::kSnapshot,
          .match = raft::Index(),
          .next = raft::Index(12),
          .pending_snapshot = raft::Index(11),
          .learner = false,
          .paused = true,
          .active = true,
          .window_full = false,
          .inflight = 0};
  EXPECT_EQ(Describe(view), "StateSnapshot match=0 next=12 paused pendingSnap=11");
}

TEST(DescribeTest, MembershipNamesHalvesAndLearners) {
  raft::Membership membership{.voters = {Node(1), Node(10)},
                              .outgoing = {},
                              .learners = {},
                              .learners_next = {},
                              .auto_leave = false};
  EXPECT_EQ(Describe(membership), "voters=(1 a)");
  membership.outgoing = {Node(1), Node(2)};
  membership.learners = {Node(3)};
  membership.learners_next = {Node(2)};
  membership.auto_leave = true;
  EXPECT_EQ(Describe(membership), "voters=(1 a)&&(1 2) learners=(3) learners_next=(2) autoleave");
  EXPECT_EQ(DescribeInSnapshot(membership),
            "Voters:[1 10] VotersOutgoing:[1 2] Learners:[3] LearnersNext:[2] AutoLeave:true");
}

TEST(ConfigChangeTextTest, TextAndChangesGoBothWays) {
  WARREN_ASSERT_OK_AND_ASSIGN(const std::vector<raft::MemberChange> changes,
                              ParseMemberChanges(" v1 l22  r3\nu4 "));
  EXPECT_EQ(ToText(changes), "v1 l22 r3 u4");
  EXPECT_EQ(ToText({}), "");
}

TEST(ConfigChangeTextTest, OtherWordsAreRefused) {
  for (const char* const text : {"v", "x1", "v-1", "v1x", "v1 l"}) {
    EXPECT_THAT(ParseMemberChanges(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ConfigChangeTextTest, LogShowsTransitionChangesAndContext) {
  raft::ConfigChange change;
  change.transition = raft::Transition::kJointExplicit;
  change.changes = {{.type = raft::MemberChangeType::kAddLearner, .node = Node(2)}};
  change.context = base::Bytes::Copy("note");
  EXPECT_EQ(DescribeInLog(change),
            "transition:ConfChangeTransitionJointExplicit "
            "changes:{type:ConfChangeAddLearnerNode node_id:2} context:\"note\"");
  change.context = base::Bytes::Copy(kFirstKindMark);
  change.changes.clear();
  change.transition = raft::Transition::kAuto;
  EXPECT_EQ(DescribeInLog(change), "transition:ConfChangeTransitionAuto");
}

}  // namespace
}  // namespace warren::scenario_runner
