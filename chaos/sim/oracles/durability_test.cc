#include "chaos/sim/oracles/durability.h"

#include <memory>

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::Index;
using raft::MessageType;
using raft::NodeId;
using raft::Term;

class DurabilityTest : public testing::Test {
 protected:
  void Remember(FakeMember& member, uint64_t term, uint64_t vote) {
    member.image.Apply({.hard_state = Hard(term, vote)});
  }
  raft::Message Ack(uint64_t index, uint64_t term) {
    raft::Message ack;
    ack.type = MessageType::kAppendResponse;
    ack.to = leader_.id();
    ack.term = Term(term);
    ack.index = Index(index);
    return ack;
  }
  // The leader leads term 1 with three entries and has committed this many.
  void Lead(uint64_t committed) {
    leader_.log = EntriesOf({1, 1, 1});
    leader_.Leads(1);
    leader_.committed = committed;
    committed_.OnCommit(leader_, /*led=*/true);
  }
  std::string Rule() const { return verdict_.IsClean() ? "" : verdict_.first()->rule; }

  Verdict verdict_;
  CommittedLog committed_{Machine(), verdict_};
  FakeMember leader_{1};
  FakeMember two_{2};
  FakeMember three_{3};
  Durability::Members members_{&leader_, &two_, &three_};
  Durability durability_{members_, committed_, verdict_};
};

TEST_F(DurabilityTest, VoteThatIsOnDiskMayLeave) {
  Remember(two_, 4, 1);
  raft::Message vote;
  vote.type = MessageType::kVoteResponse;
  vote.to = NodeId(1);
  vote.term = Term(4);
  durability_.OnSent(two_, vote);
  EXPECT_EQ(Rule(), "");
}

TEST_F(DurabilityTest, VoteThatIsNotOnDiskIsAViolation) {
  Remember(two_, 4, 0);
  raft::Message vote;
  vote.type = MessageType::kVoteResponse;
  vote.to = NodeId(1);
  vote.term = Term(4);
  vote.reject = true;
  durability_.OnSent(two_, vote);  // A refusal promises nothing.
  EXPECT_EQ(Rule(), "");

  vote.reject = false;
  durability_.OnSent(two_, vote);
  EXPECT_EQ(Rule(), "PromiseIsDurable");
}

TEST_F(DurabilityTest, AcknowledgementOfWhatIsOnDiskMayLeave) {
  Lead(0);
  Remember(two_, 1, 1);
  two_.HasLog({1, 1});
  durability_.OnSent(two_, Ack(2, 1));
  EXPECT_EQ(Rule(), "");
}

TEST_F(DurabilityTest, AcknowledgementAheadOfTheDiskIsAViolation) {
  Remember(two_, 1, 1);
  two_.HasLog({1, 1});
  durability_.OnSent(two_, Ack(3, 1));
  EXPECT_EQ(Rule(), "PromiseIsDurable");
}

TEST_F(DurabilityTest, AcknowledgementWithoutItsTermOnDiskIsAViolation) {
  two_.HasLog({1, 1});
  durability_.OnSent(two_, Ack(2, 1));
  EXPECT_EQ(Rule(), "PromiseIsDurable");
}

TEST_F(DurabilityTest, AcknowledgementOfAnotherEntryIsAViolation) {
  leader_.HasLog({1, 2});
  leader_.Leads(2);
  Remember(two_, 2, 1);
  two_.HasLog({1, 1});
  durability_.OnSent(two_, Ack(2, 2));
  EXPECT_EQ(Rule(), "PromiseIsDurable");
}

TEST_F(DurabilityTest, BelievingWhatIsNotOnDiskIsAViolation) {
  two_.HasLog({1, 1});
  durability_.CheckBelief(two_, Index(2));
  EXPECT_EQ(Rule(), "");
  two_.log = EntriesOf({1, 2});  // The write of the second one is under way.
  durability_.CheckBelief(two_, Index(2));
  EXPECT_EQ(Rule(), "BelievesWhatIs");
}

TEST_F(DurabilityTest, CommitNeedsTheDisksOfAMajorityButNotTheLeaders) {
  two_.HasLog({1, 1});
  three_.HasLog({1, 1});
  Lead(2);
  durability_.OnCommit(leader_);
  EXPECT_EQ(Rule(), "");
}

TEST_F(DurabilityTest, CommitWithoutAMajorityIsAViolation) {
  two_.HasLog({1, 1});
  three_.HasLog({1});
  Lead(2);
  durability_.OnCommit(leader_);
  EXPECT_EQ(Rule(), "CommittedIsDurableInv");
}

TEST_F(DurabilityTest, CommitNeedsBothHalvesWhileJoint) {
  two_.HasLog({1, 1});
  three_.HasLog({1, 1});
  leader_.group.outgoing = {NodeId(1), NodeId(2)};
  Lead(2);
  durability_.OnCommit(leader_);
  EXPECT_EQ(Rule(), "CommittedIsDurableInv");
}

TEST_F(DurabilityTest, WhatAnAmnesiacAcknowledgedStillCounts) {
  two_.HasLog({1, 1});
  three_.HasLog({1, 1});
  three_.image.Rot(Index(2), /*vote_too=*/false);
  Lead(2);
  durability_.OnCommit(leader_);
  EXPECT_EQ(Rule(), "");
}

TEST_F(DurabilityTest, ReplacingACommittedEntryOnDiskIsAViolation) {
  two_.HasLog({1, 1, 1});
  two_.at_term = Term(2);
  Lead(2);
  raft::Output output;
  output.append = {MakeEntry(3, 2)};  // Above what is committed.
  durability_.OnWrite(two_, output);
  EXPECT_EQ(Rule(), "");
  output.append = {MakeEntry(2, 2)};
  durability_.OnWrite(two_, output);
  EXPECT_EQ(Rule(), "CommittedIsKept");
}

// The others have gone on to a later term and committed there; the leader of this member's term has
// not heard of it yet.
TEST_F(DurabilityTest, MemberOfAnEarlierTermMayReplaceWhatALaterOneCommitted) {
  two_.HasLog({1, 1});
  two_.at_term = Term(4);
  leader_.log = EntriesOf({1, 1, 5});
  leader_.Leads(5);
  leader_.committed = 3;
  committed_.OnCommit(leader_, /*led=*/true);
  raft::Output output;
  output.append = {MakeEntry(2, 4)};
  durability_.OnWrite(two_, output);
  EXPECT_EQ(Rule(), "");
}

TEST_F(DurabilityTest, CuttingACommittedEntryOffIsAViolation) {
  two_.HasLog({1, 1, 1});
  two_.at_term = Term(1);
  Lead(3);
  raft::Output output;
  output.append = {MakeEntry(2, 1)};  // The same entry, but nothing behind it.
  durability_.OnWrite(two_, output);
  EXPECT_EQ(Rule(), "CommittedIsKept");
}

TEST_F(DurabilityTest, MajorityThatCouldElectSomebodyElseIsAViolation) {
  leader_.HasLog({1, 1});
  two_.HasLog({1, 1});
  Lead(2);
  durability_.CheckQuorumLog(leader_);
  EXPECT_EQ(Rule(), "");

  FakeMember empty(2);
  members_[1] = &empty;
  durability_.CheckQuorumLog(leader_);
  EXPECT_EQ(Rule(), "QuorumLogInv");
}

TEST_F(DurabilityTest, LiveBodyThatIsGoneIsAViolation) {
  Lead(3);
  Machine machine;
  for (uint64_t i = 1; i <= 3; ++i) {
    raft::Entry entry = MakeEntry(i, 1);
    entry.payload = Command{.id = i}.Encode();
    ASSERT_TRUE(committed_.OnApply(NodeId(1), machine, entry));
    machine.Apply(entry);
  }
  const raft::SnapshotRef snapshot = machine.TakeSnapshot(leader_.membership());
  Bodies bodies;
  for (uint64_t i = 1; i <= 3; ++i) bodies.emplace(Index(i), MakeEntry(i, 1));
  two_.image.Apply({.install = DiskWrite::Install{.snapshot = snapshot, .bodies = bodies}});
  durability_.CheckBodies(two_);
  EXPECT_EQ(Rule(), "");

  bodies.erase(Index(2));
  three_.image.Apply({.install = DiskWrite::Install{.snapshot = snapshot, .bodies = bodies}});
  durability_.CheckBodies(three_);
  EXPECT_EQ(Rule(), "BodiesAreKept");
}

}  // namespace
}  // namespace warren::sim
