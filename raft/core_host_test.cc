// What the core and its host owe each other, beyond what one concept's tests show. Each of these
// was once found by the simulator.
#include <algorithm>
#include <memory>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/builders.h"
#include "raft/testing/member.h"

namespace warren::raft {
namespace {

using testing::Id;
using testing::MakeAck;
using testing::MakeAppend;
using testing::MakeBallot;
using testing::MakeEntries;
using testing::MakeHeartbeat;
using testing::MakeMessage;
using testing::RaftMember;

Message MakeSnapshotMessage(uint64_t index, uint64_t term, const Membership& membership) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = Id(index, term);
  snapshot->membership = membership;
  Message message = MakeMessage(MessageType::kSnapshot, {.term = term});
  message.snapshot = snapshot;
  return message;
}

// The host is busy with an older change of the membership when a snapshot comes in. Were the change
// made on top of the snapshot's membership, this member would count majorities of a group that
// nobody else is in.
TEST(RaftHostTest, ChangeFromBeforeASnapshotDoesNotAlterItsMembership) {
  const ConfigChange older = testing::MakeChange({testing::Remove(3)});
  RaftMember member(testing::GroupConfig());
  Entry entry = testing::MakeEntry(1, 1);
  entry.type = EntryType::kConfig;
  entry.payload = EncodeConfigChange(older);
  member.Receive(MakeAppend({}, Id(0, 0), {entry}, /*commit=*/1));
  ASSERT_EQ(member.Take().commit.size(), 1u);
  const Membership newer = testing::VotersOnly({1, 2, 3, 4});
  member.Receive(MakeSnapshotMessage(10, 1, newer));
  const WriteTicket ticket = member.Take().ticket;

  const ApplyConfigChange change{.index = Index(1), .change = older};
  EXPECT_EQ(member.Step(change).outcome, Outcome::kDone);
  EXPECT_EQ(member.core().membership(), testing::VotersOnly({1, 2})) << "as of what is applied";
  member.Step(Stored{ticket});
  EXPECT_EQ(member.core().applied(), Index(10));
  EXPECT_EQ(member.core().membership(), newer);
  EXPECT_EQ(member.Step(change).outcome, Outcome::kRefused);
  EXPECT_EQ(member.core().membership(), newer);
}

TEST(RaftHostTest, InstallMustBeSynced) {
  RaftMember member(testing::GroupConfig());
  member.Receive(MakeSnapshotMessage(10, 1, testing::VotersOnly({1, 2, 3})));
  const Output& output = member.Take();
  ASSERT_TRUE(output.install.has_value());
  EXPECT_TRUE(output.must_store);
  EXPECT_TRUE(output.must_sync);
}

// The leader's snapshot is older than the change that added this member. If it were refused, and
// the change needed this member to commit, nothing newer would ever be made.
TEST(RaftHostTest, SnapshotThatDoesNotKnowItsReceiverIsTaken) {
  RaftMember member(testing::GroupConfig(4), {.membership = testing::VotersOnly({})});
  Message message = MakeSnapshotMessage(10, 1, testing::VotersOnly({1, 2, 3}));
  message.to = NodeId(4);
  member.Receive(message);
  member.Run();
  EXPECT_EQ(member.core().last(), Id(10, 1));
  EXPECT_FALSE(member.core().membership().Contains(NodeId(4)));
}

// Between a write and its completion the term changed, so the completion does not count, and the
// core knows less to be durable than the host does.
TEST(RaftHostTest, CompactGoesNoFurtherThanWhatIsKnownDurable) {
  RaftMember member(testing::GroupConfig());
  member.Receive(MakeAppend({}, Id(0, 0), MakeEntries(1, {1, 1, 1}), /*commit=*/3));
  const WriteTicket ticket = member.Take().ticket;
  member.Step(Applied{Index(3)});
  member.Receive(MakeHeartbeat({.from = 3, .term = 2}));
  member.Step(Stored{ticket});
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->last.id = Id(3, 1);
  member.Step(SnapshotTaken{snapshot});

  member.Step(Compact{Index(3)});
  EXPECT_EQ(member.core().GetStatus().base, Id(0, 0));

  member.Step(Stored{member.Take().ticket});
  member.Step(Compact{Index(3)});
  EXPECT_EQ(member.core().GetStatus().base, Id(3, 1));
}

// Otherwise it could lead the same term again after a crash, with other entries.
TEST(RaftHostTest, CandidateDoesNotLeadBeforeItsOwnVoteIsStored) {
  Config config = testing::GroupConfig();
  config.pre_vote = false;
  RaftMember member(config);
  member.Step(Campaign{});
  member.Take();
  member.Receive(MakeBallot(MessageType::kVoteResponse, {.from = 2, .term = 1}));
  member.Receive(MakeBallot(MessageType::kVoteResponse, {.from = 3, .term = 1}));
  EXPECT_EQ(member.core().role().role, Role::kCandidate);
  member.Finish();
  EXPECT_EQ(member.core().role().role, Role::kLeader);
}

// The member has not applied the change that made it one of two voters, and asks one that is a
// voter no more. The other knows that the change is committed, but cannot win: its log is shorter.
TEST(RaftHostTest, CandidateLearnsFromARefusalWhatIsCommitted) {
  RaftMember member(testing::GroupConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 1});
  member.Run();
  member.Step(Campaign{});
  member.Run();
  Message refusal = MakeBallot(MessageType::kPreVoteResponse, {.from = 3, .term = 2}, false);
  refusal.commit = Index(2);
  refusal.context = 1;
  member.Receive(refusal);
  EXPECT_EQ(member.core().commit(), Index(2));
}

TEST(RaftHostTest, CommitOfAnEntryThatIsNotOursIsNotLearned) {
  RaftMember member(testing::GroupConfig(), {.term = 2, .log = {1, 1, 1}, .commit = 1});
  member.Run();
  Message request = testing::MakePreVote({.from = 3, .term = 3}, Id(3, 2));
  request.commit = Index(2);
  request.context = 2;
  member.Receive(request);
  EXPECT_EQ(member.core().commit(), Index(1));
}

// What an earlier leader committed may lie beyond the commit index of one that has not committed
// anything in its own term.
TEST(RaftHostTest, LeaderAnswersForTheGroupOnceItHasCommittedInItsTerm) {
  RaftMember leader(testing::GroupConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 1});
  leader.Run();
  leader.BecomeLeader();
  const uint64_t term = leader.core().term().value();
  Message query = MakeMessage(MessageType::kTermQuery, {.from = 3, .term = 1});
  query.incarnation = Incarnation(2);
  leader.Receive(query);
  EXPECT_FALSE(testing::SentOf(leader.Take(), MessageType::kTermReply).at(0).leader);
  leader.Finish();

  leader.Receive(MakeAck({.from = 2, .term = term}, leader.core().last().index.value()));
  leader.Receive(query);
  EXPECT_TRUE(testing::SentOf(leader.Take(), MessageType::kTermReply).at(0).leader);
}

// The message that carried the last commit index may be lost, and an idle group says nothing more.
TEST(RaftHostTest, GroupIsIdleOnlyWhenEverybodyKnowsWhatIsCommitted) {
  RaftMember leader(testing::NodeConfig());
  leader.BecomeLeader();
  const uint64_t term = leader.core().term().value();
  const uint64_t last = leader.core().last().index.value();
  const auto acknowledge = [&](uint64_t commit) {
    for (const uint64_t from : {2u, 3u}) {
      Message ack = MakeAck({.from = from, .term = term}, last);
      ack.commit = Index(commit);
      leader.Receive(ack);
    }
    leader.Run();
  };
  acknowledge(last - 1);
  ASSERT_EQ(leader.core().commit(), Index(last));
  EXPECT_TRUE(leader.core().WantsTick());
  leader.Tick();
  EXPECT_EQ(testing::SentOf(leader.Take(), MessageType::kAppend).size(), 2u);
  leader.Finish();
  acknowledge(last);
  EXPECT_FALSE(leader.core().WantsTick());
}

// A leader that has compacted its log beyond a member has nothing to append to it, and sends no
// snapshot to somebody who may not be there. It must make itself heard all the same.
TEST(RaftHostTest, SilentMemberBelowTheLogIsSpokenTo) {
  RaftMember leader(testing::NodeConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 3});
  leader.Run();
  leader.TakeSnapshot();
  leader.Compact(3);
  leader.BecomeLeader();
  const uint64_t term = leader.core().term().value();
  leader.Receive(testing::MakeReject({.from = 2, .term = term}, 3, Id(0, 0)));
  leader.Take();
  leader.Finish();
  leader.Step(SnapshotReport{.peer = NodeId(2), .delivered = false});
  leader.Tick();
  EXPECT_EQ(testing::In(leader.Take().send_now, MessageType::kSnapshot, 2).size(), 1u);
  leader.Finish();

  Message asks = testing::MakeVote({.from = 3, .term = term + 5}, Id(0, 0));
  leader.Receive(asks);
  EXPECT_FALSE(leader.Take().send_now.empty());
}

// An amnesiac is no witness for a quorum check, but it is there, and may need a snapshot.
TEST(RaftHostTest, AmnesiacGetsASnapshot) {
  RaftMember leader(testing::GroupConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 3});
  leader.Run();
  leader.TakeSnapshot();
  leader.Compact(3);
  leader.BecomeLeader();
  const uint64_t term = leader.core().term().value();
  Message reject = testing::MakeReject({.term = term}, 3, Id(0, 0));
  reject.amnesiac = true;
  leader.Receive(reject);
  EXPECT_EQ(testing::SentOf(leader.Take(), MessageType::kSnapshot).size(), 1u);
}

}  // namespace
}  // namespace warren::raft
