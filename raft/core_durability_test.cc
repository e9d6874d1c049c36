// What may leave before the disk has it, and what counts as being on disk.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "raft/core.h"
#include "raft/testing/cluster.h"

namespace warren::raft {
namespace {

using testing::GroupConfig;
using testing::Id;
using testing::In;
using testing::IndexesOf;
using testing::MakeAck;
using testing::MakeAppend;
using testing::MakeBallot;
using testing::MakeEntries;
using testing::MakeHeartbeat;
using testing::MakePreVote;
using testing::MakeVote;
using testing::RaftCluster;
using testing::RaftMember;

constexpr auto kAck = MessageType::kAppendResponse;

Config Plain() {
  Config config = GroupConfig();
  config.pre_vote = config.check_quorum = false;
  return config;
}

// ---- What waits for the disk ------------------------------------------------------------------

TEST(RaftDurabilityTest, VoteLeavesAfterItIsStored) {
  RaftMember member(Plain(), {});
  member.Receive(MakeVote({.term = 5}, Id(0, 0)));
  const Output& output = member.Take();
  EXPECT_EQ(output.hard_state, (HardState{.term = Term(5), .vote = NodeId(2), .commit = {}}));
  EXPECT_TRUE(output.must_store);
  EXPECT_TRUE(output.must_sync);
  EXPECT_TRUE(output.send_now.empty());
  EXPECT_EQ(In(output.send_after_store, MessageType::kVoteResponse, 2).size(), 1u);
}

TEST(RaftDurabilityTest, AnswerToAPreVoteWaitsToo) {
  RaftMember member(GroupConfig(), {});
  member.Receive(MakePreVote({.term = 5}, Id(0, 0)));
  const Output& output = member.Take();
  EXPECT_TRUE(output.send_now.empty());
  EXPECT_EQ(output.send_after_store.size(), 1u);
}

TEST(RaftDurabilityTest, AcknowledgementLeavesAfterTheEntriesAreStored) {
  RaftMember member(Plain(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  const Output& output = member.Take();
  EXPECT_TRUE(output.must_sync);
  EXPECT_TRUE(output.send_now.empty());
  EXPECT_EQ(In(output.send_after_store, kAck, 2).size(), 1u);
  EXPECT_EQ(output.ticket.last, Id(1, 1));
}

// It may be empty-handed itself, but what it acknowledges may be in a write under way.
TEST(RaftDurabilityTest, AcknowledgementOfWhatIsBeingWrittenWaitsForThatWrite) {
  RaftMember member(Plain(), {.term = 1});
  const Message append = MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1}));
  member.Receive(append);
  member.Take();
  member.Receive(append);
  const Output& output = member.Take();
  EXPECT_TRUE(output.append.empty());
  EXPECT_TRUE(output.send_now.empty());
  EXPECT_EQ(output.send_after_store.size(), 1u);
}

TEST(RaftDurabilityTest, RequestsAndAppendsLeaveAtOnce) {
  RaftMember member(Plain(), {});
  member.Step(Campaign{});
  EXPECT_EQ(In(member.Take().send_now, MessageType::kVote).size(), 2u);
  member.Finish();
  member.Receive(MakeBallot(MessageType::kVoteResponse, {.from = 2}));
  EXPECT_EQ(In(member.Take().send_now, MessageType::kAppend).size(), 2u);
}

TEST(RaftDurabilityTest, CandidateVotesForItselfByAMessageThatWaits) {
  RaftMember member(Plain(), {});
  member.Step(Campaign{});
  const Output& output = member.Take();
  EXPECT_EQ(output.hard_state->vote, NodeId(1));
  const std::vector<Message> own = In(output.send_after_store, MessageType::kVoteResponse, 1);
  ASSERT_EQ(own.size(), 1u);
  EXPECT_FALSE(own[0].reject);
}

// Votes of others may arrive before its own term and vote are on disk. If it led by them and
// crashed, it could campaign in the same term again, win by the same votes, and put other entries
// under the same index and term.
TEST(RaftDurabilityTest, CandidateLeadsOnlyAfterItsOwnVoteIsOnDisk) {
  RaftMember member(Plain(), {});
  member.Step(Campaign{});
  member.Take();
  for (const uint64_t id : {2u, 3u}) {
    member.Receive(MakeBallot(MessageType::kVoteResponse, {.from = id}));
  }
  EXPECT_EQ(member.core().role().role, Role::kCandidate);
  member.Finish();
  EXPECT_EQ(member.core().role().role, Role::kLeader);
}

TEST(RaftDurabilityTest, LeaderAcknowledgesItsOwnEntriesByAMessageThatWaits) {
  RaftMember leader(Plain(), {});
  leader.BecomeLeader();
  leader.Propose("a");
  const std::vector<Message> own = In(leader.Take().send_after_store, kAck, 1);
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].index, Index(2));
}

// Raft thesis section 10.2.1: the leader writes to its own disk in parallel.
TEST(RaftDurabilityTest, MajorityCommitsWithoutTheLeadersDisk) {
  RaftMember leader(Plain(), {});
  leader.BecomeLeader();
  leader.Propose("a");
  leader.Take();
  for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 2));
  EXPECT_EQ(leader.core().commit(), Index(2));
  EXPECT_EQ(leader.core().durable(), Index(1));
  EXPECT_EQ(IndexesOf(leader.Take().commit), (std::vector<uint64_t>{1, 2}));
}

TEST(RaftDurabilityTest, OnlyWhatIsDurableIsAppliedWhereThatIsAskedFor) {
  Config config = Plain();
  config.compatibility.apply_only_stable = true;
  RaftMember leader(config, {});
  leader.BecomeLeader();
  leader.Propose("a");
  leader.Take();
  for (const uint64_t id : {2u, 3u}) leader.Receive(MakeAck({.from = id}, 2));
  const Output& output = leader.Take();
  EXPECT_EQ(IndexesOf(output.commit), std::vector<uint64_t>{1});
}

// ---- Which completions count ------------------------------------------------------------------

TEST(RaftDurabilityTest, LaterTicketCoversEarlierWrites) {
  RaftMember member(Plain(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  member.Take();
  member.Receive(MakeAppend({.term = 1}, Id(1, 1), MakeEntries(2, {1})));
  const WriteTicket second = member.Take().ticket;
  member.Step(Stored{second});
  EXPECT_EQ(member.core().durable(), Index(2));
}

// Leaders of terms 1, 2 and 3 give index 1 the entries 1@1, 1@2 and again 1@1.
TEST(RaftDurabilityTest, CompletionDoesNotCountForEntriesThatReplacedItsOwn) {
  RaftMember member(Plain(), {.term = 1});
  member.Receive(MakeAppend({.from = 2, .term = 1}, Id(0, 0), MakeEntries(1, {1})));
  const WriteTicket first = member.Take().ticket;
  member.Receive(MakeAppend({.from = 3, .term = 2}, Id(0, 0), MakeEntries(1, {2})));
  member.Take();
  member.Receive(MakeAppend({.from = 2, .term = 3}, Id(0, 0), MakeEntries(1, {1})));
  const WriteTicket third = member.Take().ticket;
  member.Step(Stored{first});
  EXPECT_EQ(member.core().durable(), Index(0)) << "the disk may still be about to write 1@2";
  member.Step(Stored{third});
  EXPECT_EQ(member.core().durable(), Index(1));
}

TEST(RaftDurabilityTest, CompletionFromBeforeATermCountsWithTheNextWrite) {
  RaftMember member(Plain(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  const WriteTicket before = member.Take().ticket;
  member.Receive(MakeHeartbeat({.from = 3, .term = 2}));
  const Output& output = member.Take();
  ASSERT_TRUE(output.must_store) << "the term is to be stored, and its ticket covers the entry";
  const WriteTicket after = output.ticket;
  member.Step(Stored{before});
  EXPECT_EQ(member.core().durable(), Index(0));
  member.Step(Stored{after});
  EXPECT_EQ(member.core().durable(), Index(1));
}

TEST(RaftDurabilityTest, CompletionComingTwiceIsHarmless) {
  RaftMember member(Plain(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1})));
  const WriteTicket ticket = member.Take().ticket;
  member.Step(Stored{ticket});
  member.Step(Stored{ticket});
  EXPECT_EQ(member.core().durable(), Index(1));
}

TEST(RaftDurabilityTest, TicketOfAWriteWithoutEntriesNamesNone) {
  RaftMember member(Plain(), {.term = 1, .log = {1}});
  member.Receive(MakeHeartbeat({.term = 2}));
  const Output& output = member.Take();
  EXPECT_TRUE(output.must_store);
  EXPECT_EQ(output.ticket.last, Id(0, 0));
  EXPECT_EQ(output.ticket.term, Term(2));
}

// ---- What survives a crash --------------------------------------------------------------------

TEST(RaftDurabilityTest, VoteIsRememberedAcrossACrash) {
  RaftMember member(Plain(), {});
  member.Receive(MakeVote({.from = 2, .term = 5}, Id(0, 0)));
  member.Run();
  member.Restart();
  EXPECT_EQ(member.core().term(), Term(5));
  member.Receive(MakeVote({.from = 3, .term = 5}, Id(9, 4)));
  EXPECT_TRUE(In(member.Take().send_after_store, MessageType::kVoteResponse).at(0).reject);
}

// The answer never left, so nobody counts on it.
TEST(RaftDurabilityTest, VoteThatWasNotStoredBindsNobody) {
  RaftMember member(Plain(), {});
  member.Receive(MakeVote({.from = 2, .term = 5}, Id(0, 0)));
  member.Take();
  member.Restart();
  member.Receive(MakeVote({.from = 3, .term = 5}, Id(0, 0)));
  EXPECT_FALSE(In(member.Take().send_after_store, MessageType::kVoteResponse).at(0).reject);
}

TEST(RaftDurabilityTest, AcknowledgedEntriesSurviveACrash) {
  RaftMember member(Plain(), {.term = 1});
  member.Receive(MakeAppend({.term = 1}, Id(0, 0), MakeEntries(1, {1, 1}), /*commit=*/1));
  member.Run();
  member.Restart();
  EXPECT_EQ(member.core().last(), Id(2, 1));
  EXPECT_EQ(member.core().durable(), Index(2));
}

TEST(RaftDurabilityTest, CommittedEntriesAreAppliedAgainAfterACrash) {
  RaftCluster cluster({1, 2, 3});
  cluster.Elect(1);
  cluster.Propose(1, "a");
  cluster.Propose(1, "b");
  cluster.Deliver();
  cluster.TickAll(2);
  const std::vector<std::string> expected = {"a", "b"};
  for (uint64_t id = 1; id <= 3; ++id) cluster.Restart(id);
  for (int i = 0; i < 100 && cluster.Leader() == 0; ++i) cluster.TickAll();
  cluster.TickAll(3);
  for (uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(cluster[id].AppliedPayloads(), expected);
  cluster.CheckSameApplied();
}

}  // namespace
}  // namespace warren::raft
