#include "chaos/sim/oracles/completeness.h"

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::NodeId;
using raft::Term;

class CompletenessTest : public testing::Test {
 protected:
  // `first_` leads term 1 and commits this many entries of it.
  void CommitInTermOne(uint64_t entries) {
    first_.log = EntriesOf({1, 1, 1});
    first_.Leads(1);
    first_.committed = entries;
    committed_.OnCommit(first_, /*led=*/true);
  }
  std::string Rule() const { return verdict_.IsClean() ? "" : verdict_.first()->rule; }

  Verdict verdict_;
  EntryHistory history_{{}, verdict_};
  CommittedLog committed_{Machine(), verdict_};
  Completeness completeness_{history_, committed_, verdict_};
  FakeMember first_{1};
  FakeMember second_{2};
};

TEST_F(CompletenessTest, LeaderWithAllThatWasCommittedIsFine) {
  CommitInTermOne(2);
  second_.HasLog({1, 1, 2});
  second_.Leads(2);
  completeness_.CheckLeader(second_);
  EXPECT_EQ(Rule(), "");
}

TEST_F(CompletenessTest, LeaderWithoutSomethingCommittedIsAViolation) {
  CommitInTermOne(2);
  second_.HasLog({1, 2});
  second_.Leads(2);
  completeness_.CheckLeader(second_);
  EXPECT_EQ(Rule(), "LeaderCompletenessInv");
}

// A leader that was cut off owes nothing that was committed after its term.
TEST_F(CompletenessTest, LeaderOfAnEarlierTermOwesNothing) {
  FakeMember later(1);
  later.HasLog({1, 1, 5});
  later.Leads(5);
  later.committed = 3;
  committed_.OnCommit(later, /*led=*/true);
  second_.HasLog({1, 4});
  second_.Leads(4);
  completeness_.CheckLeader(second_);
  EXPECT_EQ(Rule(), "");
}

TEST_F(CompletenessTest, SomebodyAheadOfALeaderInItsOwnTermIsAViolation) {
  second_.HasLog({2});
  second_.Leads(2);
  history_.OnEntry(NodeId(3), Term(), MakeEntry(1, 2));
  history_.OnEntry(NodeId(3), Term(2), MakeEntry(2, 2));
  completeness_.CheckLeader(second_);
  EXPECT_EQ(Rule(), "ElectionSafetyInv");
}

TEST_F(CompletenessTest, WhoWouldGetAVoteHasWhatTheVoterKnowsToBeCommitted) {
  CommitInTermOne(2);
  second_.HasLog({1, 2});
  completeness_.CheckUpToDate(second_, first_);
  EXPECT_EQ(Rule(), "MoreUpToDateCorrectInv");
}

TEST_F(CompletenessTest, WhoWouldNotGetAVoteOwesNothing) {
  CommitInTermOne(2);
  second_.HasLog({1});
  completeness_.CheckUpToDate(second_, first_);
  EXPECT_EQ(Rule(), "");
}

TEST_F(CompletenessTest, HandingOverToWhoLacksSomethingIsAViolation) {
  CommitInTermOne(2);
  second_.HasLog({1});
  completeness_.CheckTransfer(first_, second_);
  EXPECT_EQ(Rule(), "TransferIsComplete");
}

TEST_F(CompletenessTest, HandingOverToWhoHasAllIsFine) {
  CommitInTermOne(2);
  second_.HasLog({1, 1});
  completeness_.CheckTransfer(first_, second_);
  EXPECT_EQ(Rule(), "");
}

}  // namespace
}  // namespace warren::sim
