#include "chaos/crash/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace warren::crash {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr raft::GroupId kGroup(1000);

raft::WriteTicket Ticket(uint64_t number) {
  raft::WriteTicket ticket;
  ticket.epoch = raft::WriteEpoch(number);
  return ticket;
}

// A group whose term says which write it has seen.
class OracleTest : public ::testing::Test {
 protected:
  OracleTest() {
    GroupModel model;
    model.Create(1, {});
    oracle_.Submit(kGroup, std::move(model), Ticket(1), false);
    oracle_.BeginFrame();
    EXPECT_EQ(Complete(1), std::nullopt);
  }

  void Submit(uint64_t number, bool may_be_lost = false) {
    GroupModel model = oracle_.Now(kGroup);
    model.hard_state.term = raft::Term(number);
    oracle_.Submit(kGroup, std::move(model), Ticket(number), may_be_lost);
  }
  std::optional<std::string> Complete(uint64_t number) {
    return oracle_.Complete({.group = kGroup, .ticket = Ticket(number)});
  }
  static log::Recovery Found(uint64_t term) {
    log::Recovery recovery;
    log::RecoveredGroup& group = recovery.groups.emplace_back();
    group.group = kGroup;
    group.hard_state.term = raft::Term(term);
    group.terms = raft::TermRuns(raft::EntryId{});
    return recovery;
  }

  Oracle oracle_;
};

TEST_F(OracleTest, WhatWasAcknowledgedIsThere) {
  Submit(2);
  oracle_.BeginFrame();
  ASSERT_EQ(Complete(2), std::nullopt);
  EXPECT_THAT(oracle_.Judge(Found(0)), Optional(HasSubstr("hard state")));
  EXPECT_EQ(oracle_.Judge(Found(2)), std::nullopt);
}

TEST_F(OracleTest, WhatWasNotMayBeThereOrNot) {
  Submit(2);
  Submit(3);
  for (const uint64_t term : {uint64_t{0}, uint64_t{2}, uint64_t{3}}) {
    Oracle oracle = oracle_;
    EXPECT_EQ(oracle.Judge(Found(term)), std::nullopt);
    EXPECT_EQ(oracle.Now(kGroup).hard_state.term, raft::Term(term));  // From then on it is so.
  }
  EXPECT_NE(oracle_.Judge(Found(4)), std::nullopt);
}

TEST_F(OracleTest, WhatMayBeLostIsNotHeldByItsCompletion) {
  Submit(2, /*may_be_lost=*/true);
  ASSERT_EQ(Complete(2), std::nullopt);
  EXPECT_EQ(Oracle(oracle_).Judge(Found(0)), std::nullopt);
  Submit(3);
  ASSERT_EQ(Complete(3), std::nullopt);
  EXPECT_NE(Oracle(oracle_).Judge(Found(2)), std::nullopt);
}

TEST_F(OracleTest, CompletionsComeInOrderAndOnce) {
  Submit(2);
  Submit(3);
  EXPECT_NE(Complete(3), std::nullopt);
  EXPECT_EQ(Complete(2), std::nullopt);
  EXPECT_NE(Complete(2), std::nullopt);
}

TEST_F(OracleTest, AGroupIsGoneOnlyAfterItsEnd) {
  EXPECT_THAT(Oracle(oracle_).Judge({}), Optional(HasSubstr("gone")));
  GroupModel model = oracle_.Now(kGroup);
  model.Destroy();
  oracle_.Submit(kGroup, std::move(model), Ticket(2), false);
  EXPECT_EQ(Oracle(oracle_).Judge({}), std::nullopt);
  EXPECT_EQ(Oracle(oracle_).Judge(Found(0)), std::nullopt);
  ASSERT_EQ(Complete(2), std::nullopt);
  EXPECT_NE(Oracle(oracle_).Judge(Found(0)), std::nullopt);
}

TEST_F(OracleTest, WithoutDamageTheLogIsWhole) {
  log::Recovery recovery = Found(0);
  recovery.whole = false;
  EXPECT_THAT(oracle_.Judge(recovery), Optional(HasSubstr("not whole")));
  recovery = Found(0);
  recovery.damage.emplace_back();
  EXPECT_THAT(oracle_.Judge(recovery), Optional(HasSubstr("damage")));
}

TEST_F(OracleTest, AfterDamageAllIsThereOrNamedOrNobodyVotes) {
  Submit(2);
  oracle_.BeginFrame();
  ASSERT_EQ(Complete(2), std::nullopt);
  EXPECT_EQ(Oracle(oracle_).JudgeDamaged(Found(2), false).verdict, Verdict::kSound);
  EXPECT_TRUE(Oracle(oracle_).JudgeDamaged(Found(0), false).fault.has_value());

  log::Recovery forgetful = Found(0);
  forgetful.whole = false;
  EXPECT_TRUE(Oracle(oracle_).JudgeDamaged(forgetful, false).fault.has_value());
  forgetful.groups[0].hard_state.amnesiac = true;
  EXPECT_EQ(Oracle(oracle_).JudgeDamaged(forgetful, false).verdict, Verdict::kAmnesiac);
}

TEST_F(OracleTest, OnlyTheLastFrameMayGoUnseen) {
  Submit(2);
  oracle_.BeginFrame();
  ASSERT_EQ(Complete(2), std::nullopt);
  EXPECT_EQ(Oracle(oracle_).JudgeDamaged(Found(0), true).verdict, Verdict::kResidual);
  oracle_.BeginFrame();  // A seal, for one.
  EXPECT_TRUE(Oracle(oracle_).JudgeDamaged(Found(0), true).fault.has_value());
}

}  // namespace
}  // namespace warren::crash
