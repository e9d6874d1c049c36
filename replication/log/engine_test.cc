#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/log_engine.h"
#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr raft::GroupId kGroup(7);

class LogEngineTest : public ::testing::Test {
 protected:
  LogEngineTest() { EXPECT_THAT(log_.Open(), IsOk()); }

  std::vector<uint64_t> CompletedTickets() const {
    std::vector<uint64_t> tickets;
    for (const Completion& completion : log_.listener.completions) {
      tickets.push_back(completion.ticket.epoch.value());
    }
    return tickets;
  }
  absl::Status AppendMarked(uint64_t index, bool may_be_lost) {
    Write write = log_.MakeWrite(7);
    write.entries = MakeEntries(index, index, 1);
    write.may_be_lost = may_be_lost;
    return log_->Submit(std::move(write));
  }

  LogFixture log_;
};

TEST_F(LogEngineTest, WritesAreCompletedOnceTheirRoundIsSynced) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 3, 1)), IsOk());
  EXPECT_THAT(log_.listener.completions, IsEmpty());
  EXPECT_TRUE(log_->WriteRound());
  EXPECT_THAT(CompletedTickets(), ElementsAre(1, 2));
  EXPECT_FALSE(log_->WriteRound());
  EXPECT_EQ(log_->GetStats().rounds, 1);
  EXPECT_EQ(log_->GetStats().syncs, 1);
}

TEST_F(LogEngineTest, CompletionsComeInTheOrderOfSubmission) {
  ASSERT_THAT(log_.Create(7), IsOk());
  for (uint64_t i = 1; i <= 20; ++i) {
    ASSERT_THAT(log_.Append(7, MakeEntries(i, i, 1, 2000)), IsOk());
  }
  log_.WriteAll();
  EXPECT_THAT(CompletedTickets(), SizeIs(21));
  EXPECT_TRUE(std::is_sorted(
      log_.listener.completions.begin(), log_.listener.completions.end(),
      [](const Completion& a, const Completion& b) { return a.ticket.epoch < b.ticket.epoch; }));
  EXPECT_GT(log_->GetStats().rounds, 3) << "a round has at most 8 KiB here";
}

TEST_F(LogEngineTest, WhatMayBeLostWaitsForNoSync) {
  ASSERT_THAT(log_.Create(7), IsOk());
  log_.WriteAll();
  const uint64_t syncs = log_->GetStats().syncs;
  ASSERT_THAT(AppendMarked(1, /*may_be_lost=*/true), IsOk());
  log_.WriteAll();
  EXPECT_THAT(CompletedTickets(), SizeIs(2));
  EXPECT_EQ(log_->GetStats().syncs, syncs);
  ASSERT_THAT(AppendMarked(2, /*may_be_lost=*/false), IsOk());
  log_.WriteAll();
  EXPECT_EQ(log_->GetStats().syncs, syncs + 1);
}

TEST_F(LogEngineTest, EntriesAreReadBeforeAndAfterTheyAreWritten) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 3, 1)), IsOk());
  const std::string second = log_.ReadOne(7, 2);
  EXPECT_THAT(second, HasSubstr("2@1:entry 2 of term 1"));
  log_.WriteAll();
  EXPECT_EQ(log_.ReadOne(7, 2), second);
  ASSERT_THAT(log_.Open(), IsOk());  // From the segment now.
  EXPECT_EQ(log_.ReadOne(7, 2), second);
  EXPECT_EQ(log_.ReadOne(7, 4), "NOT_FOUND");
}

TEST_F(LogEngineTest, ARangeEndsAtItsBytesButHasOneEntryAtLeast) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 10, 1, 100)), IsOk());
  log_.WriteAll();
  for (int from_disk = 0; from_disk < 2; ++from_disk) {
    const size_t each = 100 + raft::kEntryOverheadBytes;
    EXPECT_THAT(*log_->Read(kGroup, raft::Index(2), raft::Index(9), 3 * each), SizeIs(3));
    EXPECT_THAT(*log_->Read(kGroup, raft::Index(2), raft::Index(9), 1), SizeIs(1));
    EXPECT_THAT(*log_->Read(kGroup, raft::Index(2), raft::Index(9), SIZE_MAX), SizeIs(8));
    EXPECT_THAT(*log_->Read(kGroup, raft::Index(2), raft::Index(99), SIZE_MAX), SizeIs(9));
    ASSERT_THAT(log_.Open(), IsOk());
  }
}

TEST_F(LogEngineTest, ANewSuffixReplacesTheOldOne) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 1)), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(3, 4, 2)), IsOk());
  log_.WriteAll();
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_THAT(log_.ReadOne(7, 2), HasSubstr("2@1:"));
    EXPECT_THAT(log_.ReadOne(7, 3), HasSubstr("3@2:"));
    EXPECT_EQ(log_.ReadOne(7, 5), "NOT_FOUND");
    EXPECT_EQ(log_->Describe(kGroup)->last, (raft::EntryId{raft::Index(4), raft::Term(2)}));
    ASSERT_THAT(log_.Open(), IsOk());
  }
}

TEST_F(LogEngineTest, SingleEntriesBelowASnapshotAreReadInTheOrderAsked) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 9, 1)), IsOk());
  ASSERT_THAT(log_.Snapshot(7, MakeSnapshot(8, 1, {2, 5, 6})), IsOk());
  log_.WriteAll();
  ASSERT_THAT(log_.Open(), IsOk());
  const std::vector<raft::Index> wanted = {raft::Index(9), raft::Index(5), raft::Index(6),
                                           raft::Index(2)};
  const auto entries = log_->ReadSparse(kGroup, wanted);
  ASSERT_THAT(entries, IsOk());
  ASSERT_THAT(*entries, SizeIs(4));
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ((*entries)[i].id.index, wanted[i]);
}

TEST_F(LogEngineTest, HardStatesAndSnapshotsSurviveARestart) {
  ASSERT_THAT(log_.Create(7), IsOk());
  Write write = log_.MakeWrite(7);
  write.hard_state = raft::HardState{
      .term = raft::Term(5), .vote = raft::NodeId(3), .commit = raft::Index(2), .amnesiac = false};
  write.entries = MakeEntries(1, 4, 5);
  ASSERT_THAT(log_->Submit(Write(write)), IsOk());
  Write commit = log_.MakeWrite(7);
  commit.hard_state = write.hard_state;
  commit.hard_state->commit = raft::Index(4);
  ASSERT_THAT(log_->Submit(Write(commit)), IsOk());
  ASSERT_THAT(log_.Snapshot(7, MakeSnapshot(3, 5, {1})), IsOk());
  log_.WriteAll();
  ASSERT_THAT(log_.Open(), IsOk());
  const RecoveredGroup* const found = log_.Recovered(7);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->hard_state, *commit.hard_state);
  EXPECT_EQ(found->snapshot->state, "state at 3");
  EXPECT_EQ(found->base.id.index, raft::Index(3));
  EXPECT_TRUE(found->live.Contains(1));
  EXPECT_TRUE(log_.recovery.whole);
  EXPECT_THAT(log_.recovery.damage, IsEmpty());
}

TEST_F(LogEngineTest, ACommitHintIsNotYoungerThanWhatACoreStartsFrom) {
  RecoveredGroup group;
  group.hard_state.commit = raft::Index(9);
  group.last = {.index = raft::Index(4), .term = raft::Term(1)};
  EXPECT_EQ(ToRecovered(group).hard_state.commit, raft::Index(4));
}

TEST_F(LogEngineTest, AGroupThatComesBackHasNothingOfItsEarlierLife) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 1)), IsOk());
  ASSERT_THAT(log_->Destroy(kGroup, {}), IsOk());
  EXPECT_EQ(log_.ReadOne(7, 1), "NOT_FOUND");
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 1, 9)), IsOk());
  log_.WriteAll();
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_THAT(log_.ReadOne(7, 1), HasSubstr("1@9:"));
    EXPECT_EQ(log_.ReadOne(7, 2), "NOT_FOUND");
    ASSERT_THAT(log_.Open(), IsOk());
  }
}

TEST_F(LogEngineTest, AnInstalledSnapshotComesWithItsEntries) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 1)), IsOk());
  Write write = log_.MakeWrite(7);
  write.install = MakeSnapshot(20, 1, {2, 11, 13});
  write.bodies = {MakeEntry(11, 1, "eleven")};
  ASSERT_THAT(log_->Submit(std::move(write)), IsOk());
  EXPECT_EQ(log_.ReadOne(7, 11), "11@1:eleven");
  log_.WriteAll();
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_EQ(log_.ReadOne(7, 11), "11@1:eleven");
    EXPECT_THAT(log_.ReadOne(7, 2), HasSubstr("2@1:"));
    EXPECT_EQ(log_.ReadOne(7, 3), "NOT_FOUND") << "it may be of another history";
    EXPECT_EQ(log_.ReadOne(7, 13), "DATA_LOSS") << "nobody has brought it";
    EXPECT_EQ(log_->Describe(kGroup)->last.index, raft::Index(20));
    ASSERT_THAT(log_.Open(), IsOk());
  }
  Write repair = log_.MakeWrite(7);
  repair.bodies = {MakeEntry(13, 1, "thirteen")};
  ASSERT_THAT(log_->Submit(std::move(repair)), IsOk());
  log_.WriteAll();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_EQ(log_.ReadOne(7, 13), "13@1:thirteen");
  EXPECT_TRUE(log_.Recovered(7)->missing.empty());
}

TEST_F(LogEngineTest, AnInstalledHistoryTakesThePlaceOfOurs) {
  ASSERT_THAT(log_.Create(7), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 1)), IsOk());
  raft::Snapshot leaders = *MakeSnapshot(10, 2, {2, 4});
  leaders.terms = *raft::TermRuns::FromRuns({{.first = raft::Index(1), .term = raft::Term(1)},
                                             {.first = raft::Index(3), .term = raft::Term(2)}},
                                            raft::Index(10));
  Write write = log_.MakeWrite(7);
  write.install = std::make_shared<const raft::Snapshot>(leaders);
  write.bodies = {MakeEntry(4, 2, "the leader's")};
  ASSERT_THAT(log_->Submit(std::move(write)), IsOk());
  ASSERT_THAT(log_.Append(7, MakeEntries(11, 12, 2)), IsOk());
  for (int stage = 0; stage < 3; ++stage) {  // Nothing is written; written; opened again.
    EXPECT_THAT(log_.ReadOne(7, 2), HasSubstr("2@1:entry 2")) << "both have it, stage " << stage;
    EXPECT_EQ(log_.ReadOne(7, 4), "4@2:the leader's") << "stage " << stage;
    EXPECT_EQ(log_.ReadOne(7, 5), "NOT_FOUND") << "stage " << stage;
    EXPECT_THAT(log_.ReadOne(7, 12), HasSubstr("12@2:")) << "stage " << stage;
    if (stage == 0) log_.WriteAll();
    if (stage == 1) {
      ASSERT_THAT(log_.Open(), IsOk());
    }
  }
}

TEST_F(LogEngineTest, WhatMayBeLostCannotFillTheQueueForEver) {
  log_.config.queued_bytes_max = log_.config.round_bytes_max;
  ASSERT_THAT(log_.Open(), IsOk());
  ASSERT_THAT(log_.Create(7), IsOk());
  log_.WriteAll();
  Write write = log_.MakeWrite(7);
  write.entries = MakeEntries(1, 1, 1, 7000);
  write.may_be_lost = true;
  ASSERT_THAT(log_->Submit(std::move(write)), IsOk());
  log_.WriteAll();
  EXPECT_THAT(log_.Append(7, MakeEntries(2, 2, 1, 7000)),
              StatusIs(absl::StatusCode::kResourceExhausted));
  log_.WriteAll();
  EXPECT_THAT(log_.Append(7, MakeEntries(2, 2, 1, 7000)), IsOk());
}

TEST_F(LogEngineTest, OpeningAgainAndAgainNeedsNoRetirement) {
  ASSERT_THAT(log_.Create(7), IsOk());
  log_.WriteAll();
  log_.config.segments_max = log_.config.segments_kept + 3;
  for (int i = 0; i < 12; ++i) ASSERT_THAT(log_.Open(), IsOk());
  log_.MaintainAll();
  EXPECT_THAT(log_.Append(7, MakeEntries(1, 1, 1)), IsOk());
  EXPECT_TRUE(log_->WriteRound());
}

TEST_F(LogEngineTest, WhatMakesNoSenseIsRefusedAndChangesNothing) {
  ASSERT_THAT(log_.Create(7), IsOk());
  EXPECT_THAT(log_.Create(7), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(log_.Append(8, MakeEntries(1, 1, 1)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log_.Append(7, MakeEntries(2, 2, 1)), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_THAT(log_.Append(7, MakeEntries(1, 5, 3)), IsOk());
  EXPECT_THAT(log_.Append(7, MakeEntries(6, 6, 2)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log_.Append(7, MakeEntries(6, 6, 3, 30'000)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log_.Snapshot(7, MakeSnapshot(6, 3)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log_.Snapshot(7, MakeSnapshot(4, 2)), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_THAT(log_.Snapshot(7, MakeSnapshot(4, 3)), IsOk());
  EXPECT_THAT(log_.Append(7, MakeEntries(4, 4, 4)), StatusIs(absl::StatusCode::kInvalidArgument));
  log_.WriteAll();
  ASSERT_THAT(log_.Open(), IsOk());
  EXPECT_EQ(log_->Describe(kGroup)->last, (raft::EntryId{raft::Index(5), raft::Term(3)}));
}

TEST_F(LogEngineTest, AFullQueueRefusesEarly) {
  ASSERT_THAT(log_.Create(7), IsOk());
  uint64_t next = 1;
  absl::Status status;
  while (status.ok() && next < 100) {
    status = log_.Append(7, MakeEntries(next, next, 1, 2000));
    if (status.ok()) ++next;
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(log_->GetStats().refused, 1);
  log_.WriteAll();
  EXPECT_THAT(log_.Append(7, MakeEntries(next, next, 1, 2000)), IsOk());
}

TEST_F(LogEngineTest, ARefusedWriteIsStillTheCallers) {
  ASSERT_THAT(log_.Create(7), IsOk());
  absl::Status status;
  Write write;
  for (uint64_t next = 1; status.ok() && next < 100; ++next) {
    write = log_.MakeWrite(7);
    write.entries = MakeEntries(next, next, 1, 2000);
    status = log_->Submit(std::move(write));  // NOLINT(bugprone-use-after-move): that is the point.
  }
  ASSERT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  log_.WriteAll();
  ASSERT_EQ(write.entries.size(), 1u);
  EXPECT_THAT(log_->Submit(std::move(write)), IsOk());
}

TEST_F(LogEngineTest, AnIdleLogSealsItsLastFrameOnce) {
  ASSERT_THAT(log_.Create(7), IsOk());
  log_.WriteAll();
  EXPECT_TRUE(log_->Seal());
  EXPECT_FALSE(log_->Seal());
  EXPECT_EQ(log_->GetStats().seals, 1);
}

}  // namespace
}  // namespace warren::log
