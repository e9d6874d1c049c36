#include "chaos/sim/oracles/checker.h"

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::NodeId;
using raft::Term;

// Whether what the nodes report reaches the oracle that it is for; what that makes of it is tested
// beside the oracle.
class CheckerTest : public testing::Test {
 protected:
  CheckerTest() {
    for (FakeMember* member : {&one_, &two_, &three_}) {
      checker_.Add(*member);
      checker_.OnStarted(*member);
    }
  }
  void Vote(const FakeMember& voter, uint64_t candidate, uint64_t term) {
    raft::Message vote;
    vote.type = raft::MessageType::kVoteResponse;
    vote.from = voter.id();
    vote.to = NodeId(candidate);
    vote.term = Term(term);
    checker_.OnSent(voter, vote);
  }
  static void Remember(FakeMember& member, uint64_t term, uint64_t vote) {
    member.image.Apply({.hard_state = Hard(term, vote)});
    member.at_term = Term(term);
  }
  // `one_` is elected in term 1 by all and writes three entries.
  void Elect() {
    for (FakeMember* member : {&one_, &two_, &three_}) {
      Remember(*member, 1, 1);
      Vote(*member, 1, 1);
    }
    one_.Leads(1);
    checker_.OnStepped(one_);
    raft::Output output;
    output.append = EntriesOf({1, 1, 1});
    one_.log = output.append;
    checker_.OnOutput(one_, output);
    checker_.OnStepped(one_);
  }
  std::string Rule() const { return verdict_.IsClean() ? "" : verdict_.first()->rule; }

  Stats stats_;
  Verdict verdict_;
  FakeMember one_{1};
  FakeMember two_{2};
  FakeMember three_{3};
  Checker checker_{Machine(), stats_, verdict_};
};

TEST_F(CheckerTest, OrdinaryLifeIsFine) {
  Elect();
  two_.HasLog({1, 1, 1});
  three_.HasLog({1, 1, 1});
  one_.committed = 3;
  checker_.OnStepped(one_);
  checker_.Audit();

  EXPECT_EQ(Rule(), "");
  EXPECT_EQ(stats_.elections, 1U);
  EXPECT_EQ(stats_.commits, 3U);
}

TEST_F(CheckerTest, SeesAnElectionWithoutVotes) {
  two_.Leads(3);
  checker_.OnStepped(two_);
  EXPECT_EQ(Rule(), "ElectionQuorum");
}

TEST_F(CheckerTest, SeesACommitWithoutCopies) {
  Elect();
  one_.committed = 3;
  checker_.OnStepped(one_);
  EXPECT_EQ(Rule(), "CommittedIsDurableInv");
}

TEST_F(CheckerTest, SeesATermThatFalls) {
  Elect();
  one_.at_term = Term(0);
  checker_.OnStepped(one_);
  EXPECT_EQ(Rule(), "Monotone");
}

TEST_F(CheckerTest, SeesACommitIndexThatFalls) {
  Elect();
  two_.HasLog({1, 1, 1});
  three_.HasLog({1, 1, 1});
  one_.committed = 3;
  checker_.OnStepped(one_);
  one_.committed = 2;
  checker_.OnStepped(one_);
  EXPECT_EQ(Rule(), "Monotone");
}

TEST_F(CheckerTest, SeesAStartInAnotherTermThanTheDisks) {
  one_.at_term = Term(7);
  checker_.OnStarted(one_);
  EXPECT_EQ(Rule(), "Monotone");
}

TEST_F(CheckerTest, SeesASnapshotOfWhatIsNotCommitted) {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last.id = Id(9, 1);
  raft::Output output;
  output.install = raft::Install{.snapshot = snapshot, .missing = {}};
  checker_.OnOutput(two_, output);
  EXPECT_EQ(Rule(), "LogInv");
}

TEST_F(CheckerTest, SeesAHandoverTooEarly) {
  Elect();
  two_.HasLog({1, 1, 1});
  one_.image.Apply({.entries = one_.log});
  one_.committed = 3;
  checker_.OnStepped(one_);
  raft::Message handover;
  handover.type = raft::MessageType::kTimeoutNow;
  handover.to = three_.id();
  checker_.OnSent(one_, handover);
  EXPECT_EQ(Rule(), "TransferIsComplete");
}

TEST_F(CheckerTest, SeesAReadOfThePast) {
  Elect();
  two_.HasLog({1, 1, 1});
  three_.HasLog({1, 1, 1});
  one_.committed = 3;
  checker_.OnStepped(one_);
  checker_.OnReadAsked(raft::ReadId(1));
  raft::Output output;
  output.reads = {{.id = raft::ReadId(1), .index = raft::Index(2)}};
  checker_.OnOutput(two_, output);
  EXPECT_EQ(Rule(), "ReadIsFresh");
}

// Nobody reported that the disk of `two_` came to hold something else.
TEST_F(CheckerTest, AuditSeesWhatNobodyReported) {
  Elect();
  two_.HasLog({1, 1, 1});
  three_.HasLog({1, 1, 1});
  one_.committed = 3;
  checker_.OnStepped(one_);
  two_.image.Apply({.entries = {MakeEntry(3, 1, "something else")}});
  checker_.Audit();
  EXPECT_EQ(Rule(), "LogMatchingInv");
}

}  // namespace
}  // namespace warren::sim
