#include "chaos/sim/oracles/entry_history.h"

#include "gtest/gtest.h"

#include "chaos/sim/testing/fake_member.h"

namespace warren::sim {
namespace {

using raft::Index;
using raft::NodeId;
using raft::Term;

class EntryHistoryTest : public testing::Test {
 protected:
  void Add(uint64_t member, uint64_t previous_term, const raft::Entry& entry) {
    history_.OnEntry(NodeId(member), Term(previous_term), entry);
  }
  std::string Rule() const { return verdict_.IsClean() ? "" : verdict_.first()->rule; }

  Verdict verdict_;
  EntryHistory history_{{}, verdict_};
};

TEST_F(EntryHistoryTest, EqualLogsAreFine) {
  for (const uint64_t member : {1u, 2u}) {
    Add(member, 0, MakeEntry(1, 1));
    Add(member, 1, MakeEntry(2, 3));
  }
  EXPECT_EQ(Rule(), "");
  EXPECT_EQ(history_.LastOf(Term(3)), Index(2));
  EXPECT_NE(history_.Find(Id(2, 3)), nullptr);
  EXPECT_EQ(history_.Find(Id(2, 1)), nullptr);
}

TEST_F(EntryHistoryTest, OneIndexMayHaveEntriesOfSeveralTerms) {
  Add(1, 0, MakeEntry(1, 1, "one"));
  Add(2, 0, MakeEntry(1, 2, "other"));
  EXPECT_EQ(Rule(), "");
}

TEST_F(EntryHistoryTest, OneNameForTwoEntriesIsAViolation) {
  Add(1, 0, MakeEntry(1, 1, "one"));
  Add(2, 0, MakeEntry(1, 1, "other"));
  EXPECT_EQ(Rule(), "LogMatchingInv");
}

TEST_F(EntryHistoryTest, OneEntryWithTwoPastsIsAViolation) {
  Add(1, 0, MakeEntry(1, 1));
  Add(1, 1, MakeEntry(2, 3));
  Add(2, 0, MakeEntry(1, 2));
  Add(2, 2, MakeEntry(2, 3));
  EXPECT_EQ(Rule(), "LogMatchingInv");
}

TEST_F(EntryHistoryTest, TimeThatFallsIsAViolation) {
  raft::Entry late = MakeEntry(1, 1);
  late.time = raft::LogTime(100);
  Add(1, 0, late);
  Add(1, 1, MakeEntry(2, 1));  // Of time 2.
  EXPECT_EQ(Rule(), "LogTime");
}

}  // namespace
}  // namespace warren::sim
