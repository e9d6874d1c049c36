#include "replication/host/fetcher.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace warren::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

base::IntervalSet Set(std::vector<std::pair<uint64_t, uint64_t>> runs) {
  base::IntervalSet set;
  for (const auto& [first, last] : runs) set.InsertRange(first, last);
  return set;
}

class FetcherTest : public ::testing::Test {
 protected:
  // Entries 1 to 100 are of term 3; the snapshot ends at 50.
  static Fetcher Make(const GroupConfig& config, base::IntervalSet missing) {
    raft::TermRuns terms({.index = raft::Index(1), .term = raft::Term(3)});
    for (int i = 2; i <= 100; ++i) terms.Append(raft::Term(3));
    return {config, std::move(missing), raft::Index(50), terms, {NodeId(2), NodeId(3)}};
  }
  static raft::Entry Entry(uint64_t index, uint64_t term = 3) {
    return {.id = {.index = raft::Index(index), .term = raft::Term(term)},
            .time = {},
            .type = raft::EntryType::kNormal,
            .payload = base::Bytes::Copy("body")};
  }

  struct Sent {
    NodeId to;
    FetchRequest request;
  };
  uint32_t Poll(Fetcher& fetcher, uint32_t slots = 10) {
    return Poll(fetcher, {.requests = slots, .more_at = {}});
  }
  uint32_t Poll(Fetcher& fetcher, const FetchBudget::Room& room) {
    return fetcher.Poll(
        now_, room, [this](NodeId node) { return node != distrusted_; },
        [this](NodeId to, const FetchRequest& request) {
          sent_.push_back({to, request});
        });
  }
  // Answers the oldest request.
  std::vector<raft::Entry> Answer(Fetcher& fetcher, std::vector<raft::Entry> entries,
                                  base::IntervalSet dead = {}, uint64_t considered = 1000) {
    const Sent sent = sent_.front();
    sent_.erase(sent_.begin());
    return fetcher.OnAnswer(sent.to, {.number = sent.request.number,
                                      .last_considered = raft::Index(considered),
                                      .dead = std::move(dead),
                                      .entries = std::move(entries)});
  }

  GroupConfig config_;
  base::MonotonicTime now_{absl::Seconds(100)};
  NodeId distrusted_;
  std::vector<Sent> sent_;
};

TEST_F(FetcherTest, AsksOnceAndIsDoneWhenAllIsStored) {
  Fetcher fetcher = Make(config_, Set({{10, 11}}));
  EXPECT_EQ(Poll(fetcher), 1u);
  EXPECT_EQ(Poll(fetcher), 0u);
  EXPECT_EQ(sent_[0].request.indexes, Set({{10, 11}}));
  EXPECT_EQ(Answer(fetcher, {Entry(10), Entry(11)}).size(), 2u);
  EXPECT_FALSE(fetcher.IsDone());
  fetcher.OnStored(Set({{10, 11}}));
  EXPECT_TRUE(fetcher.IsDone());
}

TEST_F(FetcherTest, WhatDidNotFitIsAskedForAgain) {
  Fetcher fetcher = Make(config_, Set({{10, 13}}));
  Poll(fetcher);
  Answer(fetcher, {Entry(10)}, {}, 10);
  ASSERT_EQ(Poll(fetcher), 1u);
  EXPECT_EQ(sent_[0].request.indexes, Set({{11, 13}}));
}

TEST_F(FetcherTest, WhatOneMemberDoesNotHaveTheOtherIsAskedFor) {
  Fetcher fetcher = Make(config_, Set({{10, 10}}));
  Poll(fetcher);
  const NodeId first = sent_[0].to;
  Answer(fetcher, {});
  ASSERT_EQ(Poll(fetcher), 1u);
  EXPECT_NE(sent_[0].to, first);
  EXPECT_TRUE(fetcher.Unobtainable().empty());
  Answer(fetcher, {});
  EXPECT_EQ(Poll(fetcher), 0u);
  EXPECT_EQ(fetcher.Unobtainable(), Set({{10, 10}}));
}

TEST_F(FetcherTest, WhatNobodyHadIsAskedForAgainLater) {
  Fetcher fetcher = Make(config_, Set({{10, 10}}));
  for (int i = 0; i < 2; ++i) {
    Poll(fetcher);
    Answer(fetcher, {});
  }
  EXPECT_EQ(Poll(fetcher), 0u);
  ASSERT_TRUE(fetcher.NextDeadline().has_value());
  now_ = *fetcher.NextDeadline();
  EXPECT_EQ(Poll(fetcher), 1u);
}

TEST_F(FetcherTest, AnEntryOfAnotherTermIsNotTheOne) {
  Fetcher fetcher = Make(config_, Set({{10, 10}}));
  Poll(fetcher);
  EXPECT_THAT(Answer(fetcher, {Entry(10, 4)}), IsEmpty());
  EXPECT_FALSE(fetcher.IsDone());
}

TEST_F(FetcherTest, TheDeadBelowTheSnapshotAreNotMissed) {
  Fetcher fetcher = Make(config_, Set({{10, 12}}));
  Poll(fetcher);
  EXPECT_THAT(Answer(fetcher, {Entry(11)}, Set({{10, 10}, {12, 12}})).size(), 1u);
  fetcher.OnStored(Set({{11, 11}}));
  EXPECT_TRUE(fetcher.IsDone());
  EXPECT_EQ(fetcher.dead(), 2u);
}

TEST_F(FetcherTest, TheDeadAboveTheSnapshotAreNeededForReplay) {
  Fetcher fetcher = Make(config_, Set({{60, 60}}));
  Poll(fetcher);
  EXPECT_EQ(sent_[0].request.needed_above, raft::Index(50));
  Answer(fetcher, {}, Set({{60, 60}}));
  EXPECT_FALSE(fetcher.IsDone());
  EXPECT_EQ(fetcher.dead(), 0u);
}

TEST_F(FetcherTest, SilenceIsEndedByPatience) {
  Fetcher fetcher = Make(config_, Set({{10, 10}}));
  Poll(fetcher);
  const Sent unanswered = sent_[0];
  sent_.clear();
  now_ = now_ + config_.fetch_patience;
  ASSERT_EQ(Poll(fetcher), 1u);
  EXPECT_NE(sent_[0].to, unanswered.to);
  // The late answer finds nobody who waits for it.
  EXPECT_THAT(fetcher.OnAnswer(unanswered.to, {.number = unanswered.request.number,
                                               .last_considered = raft::Index(10),
                                               .dead = {},
                                               .entries = {Entry(10)}}),
              IsEmpty());
}

TEST_F(FetcherTest, WhoIsNotTrustedIsNotAsked) {
  distrusted_ = NodeId(2);
  Fetcher fetcher = Make(config_, Set({{10, 10}}));
  ASSERT_EQ(Poll(fetcher), 1u);
  EXPECT_EQ(sent_[0].to, NodeId(3));
  fetcher.OnNodeLost(NodeId(3));
  distrusted_ = NodeId(3);
  ASSERT_EQ(Poll(fetcher), 1u);
  EXPECT_EQ(sent_[1].to, NodeId(2));
}

TEST_F(FetcherTest, LooksAgainWhenTheBudgetAllowsMore) {
  Fetcher fetcher = Make(config_, Set({{1, 10}}));
  const base::MonotonicTime more_at = now_ + absl::Milliseconds(7);
  EXPECT_EQ(Poll(fetcher, {.requests = 0, .more_at = more_at}), 0u);
  EXPECT_EQ(fetcher.NextDeadline(), more_at);
  now_ = more_at;
  EXPECT_EQ(Poll(fetcher), 1u);
  EXPECT_GT(fetcher.NextDeadline(), more_at);
}

TEST_F(FetcherTest, KeepsToItsWindowAndToTheSlots) {
  config_.fetches_max = 2;
  Fetcher fetcher = Make(config_, Set({{1, 5000}}));
  EXPECT_EQ(Poll(fetcher, 1), 1u);
  EXPECT_EQ(Poll(fetcher, 10), 1u);
  EXPECT_EQ(fetcher.under_way(), 2u);
  base::IntervalSet both = sent_[0].request.indexes;
  both.IntersectWith(sent_[1].request.indexes);
  EXPECT_TRUE(both.empty());
}

TEST_F(FetcherTest, AnAnswerFromAnotherMemberIsNone) {
  Fetcher fetcher = Make(config_, Set({{10, 10}}));
  Poll(fetcher);
  const NodeId other = sent_[0].to == NodeId(2) ? NodeId(3) : NodeId(2);
  EXPECT_THAT(fetcher.OnAnswer(other, {.number = sent_[0].request.number,
                                       .last_considered = raft::Index(10),
                                       .dead = {},
                                       .entries = {Entry(10)}}),
              IsEmpty());
  EXPECT_EQ(fetcher.under_way(), 1u);
}

}  // namespace
}  // namespace warren::replication
