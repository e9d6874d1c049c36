#include "raft/term_runs.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::raft {
namespace {

// The run that `index` is in. Requires: the first run begins at or below it.
auto RunOf(const std::vector<TermRuns::Run>& runs, Index index) {
  const auto after =
      std::upper_bound(runs.begin(), runs.end(), index,
                       [](Index wanted, const TermRuns::Run& run) { return wanted < run.first; });
  return std::prev(after);
}

}  // namespace

void TermRuns::Append(Term term) {
  last_ = last_ + 1;
  if (!runs_.empty() && runs_.back().term == term) return;
  WARREN_CHECK(runs_.empty() || runs_.back().term < term);
  runs_.push_back({.first = last_, .term = term});
}

void TermRuns::TruncateAfter(Index last) {
  WARREN_CHECK(!runs_.empty() && last >= first());
  if (last >= last_) return;
  while (runs_.back().first > last) runs_.pop_back();
  last_ = last;
}

void TermRuns::DropBefore(Index first) {
  WARREN_CHECK(!runs_.empty() && first <= last_);
  if (first <= runs_.front().first) return;
  const auto keep = RunOf(runs_, first);
  runs_.erase(runs_.begin(), keep);
  runs_.front().first = first;
}

std::optional<Term> TermRuns::TermAt(Index index) const {
  if (runs_.empty() || index < first() || index > last_) return std::nullopt;
  if (index >= runs_.back().first) return runs_.back().term;  // Nearly always.
  return RunOf(runs_, index)->term;
}

std::optional<EntryId> TermRuns::LastNotAbove(Index index, Term term) const {
  if (runs_.empty() || index < first()) return std::nullopt;
  Index end = std::min(index, last_);
  for (auto run = RunOf(runs_, end);; --run) {
    if (run->term <= term) return EntryId{.index = end, .term = run->term};
    if (run == runs_.begin()) return std::nullopt;
    end = run->first - 1;
  }
}

std::optional<TermRuns> TermRuns::FromRuns(std::vector<Run> runs, Index last) {
  const auto out_of_order = [](const Run& a, const Run& b) {
    return b.first <= a.first || b.term <= a.term;
  };
  if (std::adjacent_find(runs.begin(), runs.end(), out_of_order) != runs.end()) return std::nullopt;
  if (!runs.empty() && last < runs.back().first) return std::nullopt;
  TermRuns result;
  result.runs_ = std::move(runs);
  result.last_ = last;
  return result;
}

}  // namespace warren::raft
