#include "chaos/sim/oracles/committed_log.h"

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::Index;
using raft::NodeId;
using raft::Term;

class CommittedLogTest : public testing::Test {
 protected:
  void Commit(FakeMember& member, uint64_t index, bool led = true) {
    member.committed = index;
    committed_.OnCommit(member, led);
  }
  // Applies to a machine of its own, as a member does.
  bool Apply(uint64_t member, Machine& machine, const raft::Entry& entry) {
    if (!committed_.OnApply(NodeId(member), machine, entry)) return false;
    machine.Apply(entry);
    committed_.OnApplied(NodeId(member), entry.id.index, machine.chain());
    return true;
  }
  std::string Rule() const { return verdict_.IsClean() ? "" : verdict_.first()->rule; }

  Verdict verdict_;
  CommittedLog committed_{Machine(), verdict_};
  FakeMember leader_{1};
  FakeMember follower_{2};
};

TEST_F(CommittedLogTest, FollowersMayLagBehindTheLeader) {
  leader_.HasLog({1, 1, 2});
  leader_.Leads(2);
  follower_.HasLog({1, 1});
  Commit(leader_, 3);
  Commit(follower_, 2, /*led=*/false);

  EXPECT_EQ(Rule(), "");
  EXPECT_EQ(committed_.last(), Id(3, 2));
  EXPECT_EQ(committed_.At(Index(1)), Id(1, 1));
}

TEST_F(CommittedLogTest, DisagreementIsAViolation) {
  leader_.HasLog({1, 2});
  leader_.Leads(2);
  follower_.HasLog({1, 1});
  Commit(leader_, 2);
  Commit(follower_, 2, /*led=*/false);

  EXPECT_EQ(Rule(), "LogInv");
}

TEST_F(CommittedLogTest, CommittingWhatIsNotThereIsAViolation) {
  leader_.HasLog({1});
  leader_.Leads(1);
  Commit(leader_, 2);

  EXPECT_EQ(Rule(), "LogInv");
}

TEST_F(CommittedLogTest, CommittingBeforeAnyLeaderIsAViolation) {
  follower_.HasLog({1, 1});
  Commit(follower_, 2, /*led=*/false);

  EXPECT_EQ(Rule(), "OnlyLeadersCommit");
}

TEST_F(CommittedLogTest, LeaderThatCommitsAnOldEntryIsAViolation) {
  leader_.HasLog({1, 1});
  leader_.Leads(3);
  Commit(leader_, 2);

  EXPECT_EQ(Rule(), "CommitsOwnTerm");
}

TEST_F(CommittedLogTest, LaterLeaderWithoutWhatIsCommittedIsAViolation) {
  leader_.HasLog({1, 1});
  leader_.Leads(1);
  Commit(leader_, 2);
  follower_.HasLog({1, 2, 2});
  follower_.Leads(2);
  Commit(follower_, 3);

  EXPECT_EQ(Rule(), "LogInv");
}

TEST_F(CommittedLogTest, KnowsInWhichTermSomethingWasCommitted) {
  leader_.HasLog({1, 1, 4});
  leader_.Leads(1);
  Commit(leader_, 1);
  leader_.Leads(4);
  Commit(leader_, 3);

  EXPECT_EQ(committed_.LastBy(Term(3), Index(3)), Id(1, 1));
  EXPECT_EQ(committed_.LastBy(Term(4), Index(3)), Id(3, 4));
  EXPECT_EQ(committed_.LastBy(Term(4), Index(2)), Id(2, 1));
  EXPECT_EQ(committed_.LastBy(Term(0), Index(3)), Id(0, 0));
}

TEST_F(CommittedLogTest, EqualMachinesAreFine) {
  leader_.HasLog({1, 1});
  leader_.Leads(1);
  Commit(leader_, 2);
  for (const uint64_t member : {1u, 2u}) {
    Machine machine;
    for (const raft::Entry& entry : leader_.log) EXPECT_TRUE(Apply(member, machine, entry));
  }
  EXPECT_EQ(Rule(), "");
}

TEST_F(CommittedLogTest, ApplyingWhatIsNotCommittedIsAViolation) {
  Machine machine;
  EXPECT_FALSE(Apply(1, machine, MakeEntry(1, 1)));
  EXPECT_EQ(Rule(), "LogInv");
}

TEST_F(CommittedLogTest, ApplyingWithAGapIsAViolation) {
  leader_.HasLog({1, 1});
  leader_.Leads(1);
  Commit(leader_, 2);
  Machine machine;
  EXPECT_FALSE(Apply(1, machine, MakeEntry(2, 1)));
  EXPECT_EQ(Rule(), "AppliedAlike");
}

TEST_F(CommittedLogTest, MachineThatDiffersIsAViolation) {
  leader_.HasLog({1});
  leader_.Leads(1);
  Commit(leader_, 1);
  Machine machine;
  ASSERT_TRUE(Apply(1, machine, leader_.log[0]));
  committed_.OnApplied(NodeId(2), Index(1), machine.chain() + 1);

  EXPECT_EQ(Rule(), "AppliedAlike");
}

}  // namespace
}  // namespace warren::sim
