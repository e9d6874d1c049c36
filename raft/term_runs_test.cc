#include "raft/term_runs.h"

#include <algorithm>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "raft/testing/builders.h"

namespace warren::raft {
namespace {

using testing::Id;

// Terms of the entries from 1 on, after the empty log's 0@0.
TermRuns Runs(std::initializer_list<uint64_t> terms) {
  TermRuns runs(Id(0, 0));
  for (const uint64_t term : terms) runs.Append(Term(term));
  return runs;
}

TEST(TermRunsTest, EmptyKnowsNoTerm) {
  const TermRuns runs;
  EXPECT_TRUE(runs.empty());
  EXPECT_EQ(runs.TermAt(Index(0)), std::nullopt);
  EXPECT_EQ(runs.TermAt(Index(1)), std::nullopt);
  EXPECT_EQ(runs.LastNotAbove(Index(1), Term(1)), std::nullopt);
}

TEST(TermRunsTest, OneRunPerTerm) {
  const TermRuns runs = Runs({1, 1, 1, 4, 4, 7});
  EXPECT_EQ(
      runs.runs(),
      (std::vector<TermRuns::Run>{
          {Index(0), Term(0)}, {Index(1), Term(1)}, {Index(4), Term(4)}, {Index(6), Term(7)}}));
  EXPECT_EQ(runs.last(), Index(6));
}

TEST(TermRunsTest, TermAtAnswersWithinAndNotBeyond) {
  TermRuns runs(Id(5, 2));
  runs.Append(Term(2));
  runs.Append(Term(3));
  EXPECT_EQ(runs.TermAt(Index(4)), std::nullopt);
  EXPECT_EQ(runs.TermAt(Index(5)), Term(2));
  EXPECT_EQ(runs.TermAt(Index(6)), Term(2));
  EXPECT_EQ(runs.TermAt(Index(7)), Term(3));
  EXPECT_EQ(runs.TermAt(Index(8)), std::nullopt);
}

TEST(TermRunsTest, TruncateAfterForgetsLaterRuns) {
  TermRuns runs = Runs({1, 1, 2, 2, 3});
  runs.TruncateAfter(Index(3));
  EXPECT_EQ(runs, Runs({1, 1, 2}));
  runs.TruncateAfter(Index(2));
  EXPECT_EQ(runs, Runs({1, 1}));
}

TEST(TermRunsTest, TruncateAfterTheEndChangesNothing) {
  TermRuns runs = Runs({1, 2});
  runs.TruncateAfter(Index(9));
  EXPECT_EQ(runs, Runs({1, 2}));
}

TEST(TermRunsTest, AppendAfterTruncateStartsFromWhatIsLeft) {
  TermRuns runs = Runs({1, 1, 5});
  runs.TruncateAfter(Index(2));
  runs.Append(Term(3));
  EXPECT_EQ(runs, Runs({1, 1, 3}));
}

TEST(TermRunsTest, DropBeforeCutsARunInTwo) {
  TermRuns runs = Runs({1, 1, 1, 2});
  runs.DropBefore(Index(2));
  EXPECT_EQ(runs.first(), Index(2));
  EXPECT_EQ(runs.TermAt(Index(1)), std::nullopt);
  EXPECT_EQ(runs.TermAt(Index(2)), Term(1));
  EXPECT_EQ(runs.runs().size(), 2u);
}

TEST(TermRunsTest, DropBeforeTheStartChangesNothing) {
  TermRuns runs(Id(5, 2));
  runs.Append(Term(2));
  const TermRuns before = runs;
  runs.DropBefore(Index(3));
  EXPECT_EQ(runs, before);
}

TEST(TermRunsTest, LastNotAboveSkipsWholeTerms) {
  const TermRuns runs = Runs({1, 1, 4, 4, 6, 6});
  EXPECT_EQ(runs.LastNotAbove(Index(6), Term(6)), Id(6, 6));
  EXPECT_EQ(runs.LastNotAbove(Index(6), Term(5)), Id(4, 4));
  EXPECT_EQ(runs.LastNotAbove(Index(3), Term(4)), Id(3, 4));
  EXPECT_EQ(runs.LastNotAbove(Index(6), Term(3)), Id(2, 1));
  EXPECT_EQ(runs.LastNotAbove(Index(6), Term(0)), Id(0, 0));
}

TEST(TermRunsTest, LastNotAboveStartsAtTheEndForLaterIndexes) {
  EXPECT_EQ(Runs({1, 2}).LastNotAbove(Index(100), Term(9)), Id(2, 2));
}

TEST(TermRunsTest, LastNotAboveAnswersNothingIfAllIsAbove) {
  TermRuns runs(Id(5, 3));
  EXPECT_EQ(runs.LastNotAbove(Index(5), Term(2)), std::nullopt);
  EXPECT_EQ(runs.LastNotAbove(Index(4), Term(9)), std::nullopt);
}

TEST(TermRunsTest, FromRunsRestoresWhatRunsGave) {
  const TermRuns runs = Runs({1, 1, 4, 7});
  EXPECT_EQ(TermRuns::FromRuns(runs.runs(), runs.last()), runs);
}

TEST(TermRunsTest, FromRunsRefusesWhatIsOutOfOrder) {
  using Run = TermRuns::Run;
  const Run first{Index(1), Term(1)};
  EXPECT_EQ(TermRuns::FromRuns({first, {Index(1), Term(2)}}, Index(9)), std::nullopt);
  EXPECT_EQ(TermRuns::FromRuns({{Index(5), Term(1)}, {Index(2), Term(2)}}, Index(9)), std::nullopt);
  EXPECT_EQ(TermRuns::FromRuns({first, {Index(2), Term(1)}}, Index(9)), std::nullopt);
  EXPECT_EQ(TermRuns::FromRuns({{Index(1), Term(4)}, {Index(2), Term(3)}}, Index(9)), std::nullopt);
  EXPECT_EQ(TermRuns::FromRuns({first, {Index(6), Term(2)}}, Index(5)), std::nullopt);
}

// No runs at all are the empty mapping, which has no end either.
TEST(TermRunsTest, FromRunsOfNothingIsEmpty) {
  EXPECT_EQ(TermRuns::FromRuns({}, Index(0)), TermRuns());
}

TEST(TermRunsDeathTest, TermsNeverFall) {
  TermRuns runs = Runs({3});
  EXPECT_DEATH(runs.Append(Term(2)), "check failed");
}

TEST(TermRunsDeathTest, NothingIsTruncatedBelowTheStart) {
  TermRuns runs(Id(5, 2));
  EXPECT_DEATH(runs.TruncateAfter(Index(4)), "check failed");
}

TEST(TermRunsDeathTest, TheEndIsNotDropped) {
  TermRuns runs(Id(5, 2));
  EXPECT_DEATH(runs.DropBefore(Index(6)), "check failed");
}

// What TermRuns is a short form of: one term per index.
class NaiveTerms {
 public:
  explicit NaiveTerms(EntryId at) : first_(at.index.value()), terms_{at.term} {}

  void Append(Term term) { terms_.push_back(term); }
  void TruncateAfter(uint64_t last) {
    if (last < Last()) terms_.resize(last - first_ + 1);
  }
  void DropBefore(uint64_t first) {
    if (first <= first_) return;
    terms_.erase(terms_.begin(), terms_.begin() + static_cast<ptrdiff_t>(first - first_));
    first_ = first;
  }
  std::optional<Term> TermAt(uint64_t index) const {
    if (index < first_ || index > Last()) return std::nullopt;
    return terms_[index - first_];
  }
  std::optional<EntryId> LastNotAbove(uint64_t index, Term term) const {
    for (uint64_t i = std::min(index, Last()) + 1; i-- > first_;) {
      if (*TermAt(i) <= term) return EntryId{.index = Index(i), .term = *TermAt(i)};
    }
    return std::nullopt;
  }
  uint64_t First() const { return first_; }
  uint64_t Last() const { return first_ + terms_.size() - 1; }
  Term LastTerm() const { return terms_.back(); }

 private:
  uint64_t first_;
  std::vector<Term> terms_;
};

void ExpectSame(const TermRuns& runs, const NaiveTerms& model) {
  ASSERT_EQ(runs.first(), Index(model.First()));
  ASSERT_EQ(runs.last(), Index(model.Last()));
  const uint64_t low = model.First() < 2 ? 0 : model.First() - 2;
  for (uint64_t i = low; i <= model.Last() + 2; ++i) {
    ASSERT_EQ(runs.TermAt(Index(i)), model.TermAt(i)) << "index " << i;
    for (uint64_t term = 0; term <= model.LastTerm().value() + 1; ++term) {
      ASSERT_EQ(runs.LastNotAbove(Index(i), Term(term)), model.LastNotAbove(i, Term(term)))
          << "index " << i << ", term " << term;
    }
  }
  ASSERT_EQ(TermRuns::FromRuns(runs.runs(), runs.last()), runs);
}

TEST(TermRunsTest, BehavesLikeOneTermPerIndexUnderRandomOperations) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    base::Rng rng(seed);
    const EntryId at = Id(rng.Below(4), rng.Below(3));
    TermRuns runs(at);
    NaiveTerms model(at);
    for (int step = 0; step < 60; ++step) {
      const uint64_t kind = rng.Below(10);
      if (kind < 7) {
        const Term term = model.LastTerm() + (rng.OneIn(3) ? rng.Below(3) : 0);
        runs.Append(term);
        model.Append(term);
      } else if (kind < 9) {
        const uint64_t last = rng.Between(model.First(), model.Last() + 1);
        runs.TruncateAfter(Index(last));
        model.TruncateAfter(last);
      } else {
        const uint64_t first = rng.Between(model.First(), model.Last());
        runs.DropBefore(Index(first));
        model.DropBefore(first);
      }
      ASSERT_NO_FATAL_FAILURE(ExpectSame(runs, model));
    }
  }
}

}  // namespace
}  // namespace warren::raft
