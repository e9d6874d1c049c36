// The contract between TakeOutput and whoever takes it (raft/output.h).
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/core.h"
#include "raft/testing/cluster.h"
#include "tests/support/status_matchers.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::In;
using testing::IndexesOf;
using testing::IsEmpty;
using testing::MakeAck;
using testing::MakeAppend;
using testing::MakeEntries;
using testing::MakeHeartbeat;
using testing::NodeConfig;
using testing::RaftMember;
using testing::VotersOnly;

constexpr auto kAck = MessageType::kAppendResponse;
constexpr auto kAppend = MessageType::kAppend;

RaftMember KnownLeader(Config config = GroupConfig()) {
  RaftMember leader(config, {});
  leader.BecomeLeader();
  for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 1));
  leader.Run();
  return leader;
}

TEST(RaftOutputTest, FreshMemberHasNone) {
  RaftMember member(GroupConfig(), {.term = 3, .log = {1, 2}});
  EXPECT_FALSE(member.core().HasOutput());
  EXPECT_TRUE(IsEmpty(member.Take()));
}

TEST(RaftOutputTest, NothingIsGivenTwice) {
  RaftMember member(GroupConfig(), {});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1, 1}), /*commit=*/2));
  EXPECT_TRUE(member.core().HasOutput());
  EXPECT_FALSE(IsEmpty(member.Take()));
  EXPECT_FALSE(member.core().HasOutput());
  EXPECT_TRUE(IsEmpty(member.Take()));
}

TEST(RaftOutputTest, CommittedEntriesOfAStartAreGivenOut) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1, 1}, .commit = 2});
  EXPECT_TRUE(member.core().HasOutput());
  EXPECT_EQ(IndexesOf(member.Take().commit), (std::vector<uint64_t>{1, 2}));
}

TEST(RaftOutputTest, RoleIsToldWhenItChanges) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(MakeHeartbeat({.from = 2, .term = 1}));
  EXPECT_EQ(member.Take().role, (RoleState{Role::kFollower, NodeId(2)}));
  member.Receive(MakeHeartbeat({.from = 2, .term = 1}));
  EXPECT_FALSE(member.Take().role.has_value());
  member.Receive(MakeHeartbeat({.from = 3, .term = 2}));
  EXPECT_EQ(member.Take().role, (RoleState{Role::kFollower, NodeId(3)}));
}

TEST(RaftOutputTest, OutputTakenLateTellsTheLastStateOnly) {
  RaftMember member(GroupConfig(), {.term = 1});
  for (uint64_t term = 2; term <= 6; ++term) {
    member.Receive(MakeHeartbeat({.from = 2 + term % 2, .term = term}));
  }
  const Output& output = member.Take();
  EXPECT_EQ(output.hard_state->term, Term(6));
  EXPECT_EQ(output.role->leader, NodeId(2));
}

// The commit index on disk is a hint that saves work at restart.
TEST(RaftOutputTest, CommitIndexIsNotWorthAWriteOfItsOwn) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1, 1}});
  member.Receive(MakeHeartbeat({.term = 1}, /*commit=*/2));
  const Output& output = member.Take();
  EXPECT_FALSE(output.must_store);
  EXPECT_FALSE(output.hard_state.has_value());
  EXPECT_EQ(output.commit.size(), 2u);
}

TEST(RaftOutputTest, CommitIndexIsStoredAlongWithEntries) {
  RaftMember member(GroupConfig(), {.term = 1, .log = {1}});
  member.Receive(MakeAppend({.term = 1}, Id(1, 1), MakeEntries(2, {1}), /*commit=*/1));
  const Output& output = member.Take();
  ASSERT_TRUE(output.hard_state.has_value());
  EXPECT_EQ(output.hard_state->commit, Index(1));
}

TEST(RaftOutputTest, CommitIndexIsStoredEachTimeWhereThatIsAskedFor) {
  Config config = GroupConfig();
  config.compatibility.store_each_commit = true;
  RaftMember member(config, {.term = 1, .log = {1}});
  member.Receive(MakeHeartbeat({.term = 1}, /*commit=*/1));
  const Output& output = member.Take();
  EXPECT_TRUE(output.must_store);
  EXPECT_FALSE(output.must_sync) << "a hint";
  EXPECT_EQ(output.hard_state->commit, Index(1));
}

// ---- Batching ---------------------------------------------------------------------------------

TEST(RaftOutputTest, ProposalsThatCameTogetherLeaveTogether) {
  RaftMember leader = KnownLeader();
  for (int i = 0; i < 10; ++i) leader.Propose(std::to_string(i));
  const Output& output = leader.Take();
  EXPECT_EQ(output.append.size(), 10u);
  for (const uint64_t id : {2u, 3u}) {
    const std::vector<Message> appends = In(output.send_now, kAppend, id);
    ASSERT_EQ(appends.size(), 1u);
    EXPECT_EQ(appends[0].entries.size(), 10u);
  }
  EXPECT_EQ(In(output.send_after_store, kAck, 1).size(), 1u) << "one word to itself for all";
}

TEST(RaftOutputTest, ProposalOfSeveralPayloadsIsOneBatch) {
  RaftMember leader = KnownLeader();
  const std::vector<base::Bytes> payloads = {base::Bytes::Copy("a"), base::Bytes::Copy("b")};
  const StepResult result = leader.Step(Propose{.payloads = payloads, .clock = LogTime(5)});
  EXPECT_EQ(result.first, Id(2, 1));
  EXPECT_EQ(IndexesOf(leader.Take().append), (std::vector<uint64_t>{2, 3}));
}

TEST(RaftOutputTest, AcknowledgementsThatWaitForTheSameWriteBecomeOne) {
  RaftMember member(GroupConfig(), {.term = 1});
  for (uint64_t i = 1; i <= 5; ++i) {
    member.Receive(MakeAppend({.term = 1}, Id(i - 1, i == 1 ? 0 : 1), MakeEntries(i, {1})));
  }
  const std::vector<Message> acks = In(member.Take().send_after_store, kAck);
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].index, Index(5));
}

TEST(RaftOutputTest, RefusalsAreNotMerged) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(7, 1), {}));
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  member.Receive(MakeAppend({.term = 1}, Id(8, 1), {}));
  EXPECT_EQ(In(member.Take().send_after_store, kAck).size(), 3u);
}

TEST(RaftOutputTest, AcknowledgementsOfTwoTermsAreNotMerged) {
  RaftMember member(GroupConfig(), {.term = 1});
  member.Receive(MakeAppend({.from = 2, .term = 1}, Id(0, 0), MakeEntries(1, {1})));
  member.Receive(MakeAppend({.from = 2, .term = 2}, Id(1, 1), MakeEntries(2, {2})));
  const std::vector<Message> acks = In(member.Take().send_after_store, kAck);
  ASSERT_EQ(acks.size(), 2u);
  EXPECT_EQ(acks[0].term, Term(1));
  EXPECT_EQ(acks[1].term, Term(2));
}

TEST(RaftOutputTest, OneAcknowledgementPerAppendWhereThatIsAskedFor) {
  Config config = GroupConfig();
  config.compatibility.separate_acks = true;
  RaftMember member(config, {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  member.Receive(MakeAppend({.term = 1}, Id(1, 1), MakeEntries(2, {1})));
  EXPECT_EQ(In(member.Take().send_after_store, kAck).size(), 2u);
}

TEST(RaftOutputTest, AppendsLeaveWithTheirStepWhereThatIsAskedFor) {
  Config config = GroupConfig();
  config.compatibility.send_in_step = true;
  RaftMember leader = KnownLeader(config);
  leader.Propose("a");
  leader.Propose("b");
  EXPECT_EQ(In(leader.Take().send_now, kAppend, 2).size(), 2u);
}

// Lists are swapped between the core and its host, so two rounds use two sets of memory, and from
// the third round on each is used again.
TEST(RaftOutputTest, RoundsUseTheSameMemoryAgain) {
  RaftMember leader = KnownLeader();
  std::vector<const Entry*> rooms;
  std::vector<const Message*> messages;
  for (uint64_t round = 0; round < 12; ++round) {
    leader.Propose("x");
    const Output& output = leader.Take();
    ASSERT_EQ(output.send_now.size(), 2u);
    messages.push_back(&output.send_now[0]);
    rooms.push_back(output.send_now[0].entries.data());
    leader.Finish();
    for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 2 + round));
    leader.Take();
    leader.Finish();
  }
  for (size_t i = 6; i < rooms.size(); ++i) {
    EXPECT_EQ(messages[i], messages[i - 2]);
    EXPECT_EQ(rooms[i], rooms[i - 2]);
  }
}

// ---- Observers --------------------------------------------------------------------------------

TEST(RaftOutputTest, NotesAndTracesAreMadeOnlyIfWanted) {
  for (const bool wanted : {false, true}) {
    Config config = GroupConfig();
    config.notes = config.trace = wanted;
    RaftMember member(config, {});
    member.Step(Campaign{});
    const Output& output = member.Take();
    EXPECT_EQ(output.notes.empty(), !wanted);
    EXPECT_EQ(output.trace.empty(), !wanted);
  }
}

TEST(RaftOutputTest, NotesTakenByHandAreNotGivenAgain) {
  Config config = GroupConfig();
  config.notes = true;
  RaftMember member(config, {});
  EXPECT_FALSE(member.core().TakeNotes().empty());
  EXPECT_TRUE(member.Take().notes.empty());
}

TEST(RaftOutputTest, StatusShowsTheMemberAndItsPeers) {
  RaftMember leader = KnownLeader();
  leader.Propose("a");
  leader.Run();
  const Status status = leader.core().GetStatus();
  EXPECT_EQ(status.id, NodeId(1));
  EXPECT_EQ(status.role, (RoleState{Role::kLeader, NodeId(1)}));
  EXPECT_EQ(status.last, Id(2, 1));
  EXPECT_EQ(status.durable, Index(2));
  EXPECT_EQ(status.applied, Index(1));
  EXPECT_EQ(status.hard_state.commit, Index(1));
  EXPECT_EQ(status.membership, VotersOnly({1, 2, 3}));
  ASSERT_EQ(status.peers.size(), 3u);
  EXPECT_EQ(status.peers[0].progress.match, Index(2));
  EXPECT_EQ(status.peers[1].progress.match, Index(1));
  EXPECT_EQ(status.peers[1].progress.next, Index(3));
}

TEST(RaftOutputTest, StatusOfAFollowerHasNoPeers) {
  RaftMember member(NodeConfig(), {});
  EXPECT_TRUE(member.core().GetStatus().peers.empty());
}

}  // namespace
}  // namespace warren::raft
