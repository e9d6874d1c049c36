#include "tests/scenario_runner/log_line.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::scenario_runner {
namespace {

using raft::NoteKind;
using ::testing::HasSubstr;
using ::testing::Not;

class LogLineTest : public ::testing::Test {
 protected:
  LogLineTest() { membership_.voters = {raft::NodeId(1), raft::NodeId(2)}; }

  LogLine LineOf(const raft::Note& note) const {
    return ToLogLine(
        note, {.id = raft::NodeId(10), .role = raft::Role::kCandidate, .membership = membership_});
  }

  raft::Membership membership_;
};

TEST_F(LogLineTest, EveryKindHasAWording) {
  for (int kind = 0; kind <= static_cast<int>(NoteKind::kAmnesiaCured); ++kind) {
    raft::Note note;
    note.kind = static_cast<NoteKind>(kind);
    EXPECT_THAT(LineOf(note).text, Not(HasSubstr("{"))) << kind;
    EXPECT_NE(LineOf(note).text, "") << kind;
  }
}

TEST_F(LogLineTest, StartNamesPeersAndLog) {
  raft::Note note;
  note.kind = NoteKind::kStarted;
  note.last = {.index = raft::Index(5), .term = raft::Term(1)};
  note.commit = raft::Index(4);
  note.applied = raft::Index(3);
  EXPECT_EQ(LineOf(note).text,
            "newRaft a [peers: [1,2], term: 0, commit: 4, applied: 3, lastindex: 5, lastterm: 1]");
  EXPECT_EQ(LineOf(note).level, LogLevel::kInfo);
}

TEST_F(LogLineTest, VoteNamesBothLogs) {
  raft::Note note;
  note.kind = NoteKind::kVoteCast;
  note.message = raft::MessageType::kPreVote;
  note.peer = raft::NodeId(3);
  note.term = raft::Term(4);
  note.last = {.index = raft::Index(5), .term = raft::Term(1)};
  note.theirs = {.index = raft::Index(6), .term = raft::Term(2)};
  EXPECT_EQ(LineOf(note).text,
            "a [logterm: 1, index: 5, vote: 0] cast MsgPreVote for 3 [logterm: 2, index: 6] at "
            "term 4");
}

TEST_F(LogLineTest, ReceivedVoteTellsARefusal) {
  raft::Note note;
  note.kind = NoteKind::kVoteReceived;
  note.message = raft::MessageType::kVoteResponse;
  note.peer = raft::NodeId(2);
  note.term = raft::Term(1);
  EXPECT_EQ(LineOf(note).text, "a received MsgVoteResp from 2 at term 1");
  note.rejected = true;
  EXPECT_EQ(LineOf(note).text, "a received MsgVoteResp rejection from 2 at term 1");
}

TEST_F(LogLineTest, IgnoredChangeSaysWhy) {
  raft::Note note;
  note.kind = NoteKind::kChangeIgnored;
  note.reason = raft::ChangeRefusal::kPending;
  note.index = raft::Index(7);
  note.applied = raft::Index(6);
  note.change.changes = {{.type = raft::MemberChangeType::kAddVoter, .node = raft::NodeId(3)}};
  EXPECT_EQ(LineOf(note).text,
            "a ignoring conf change transition:ConfChangeTransitionAuto "
            "changes:{type:ConfChangeAddNode node_id:3} at config voters=(1 2): possible unapplied "
            "conf change at index 7 (applied to 6)");
}

TEST_F(LogLineTest, RestoreShowsWhatWasThereBefore) {
  raft::Note note;
  note.kind = NoteKind::kSnapshotRestoring;
  note.commit = raft::Index(12);
  note.applied = raft::Index(11);
  note.applying = raft::Index(11);
  note.durable = raft::Index(12);
  note.handed = raft::Index(13);
  note.count = 2;
  note.theirs = {.index = raft::Index(20), .term = raft::Term(2)};
  EXPECT_EQ(LineOf(note).text,
            "log [committed=12, applied=11, applying=11, unstable.offset=13, "
            "unstable.offsetInProgress=14, len(unstable.Entries)=2] starts to restore snapshot "
            "[index: 20, term: 2]");
}

TEST_F(LogLineTest, IgnoredTimeoutNowNamesTheRole) {
  raft::Note note;
  note.kind = NoteKind::kTimeoutNowIgnored;
  note.peer = raft::NodeId(1);
  note.term = raft::Term(2);
  EXPECT_EQ(LineOf(note).text, "a [term 2 state StateCandidate] ignored MsgTimeoutNow from 1");
  EXPECT_EQ(LineOf(note).level, LogLevel::kDebug);
}

}  // namespace
}  // namespace warren::scenario_runner
