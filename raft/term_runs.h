// The term of every entry, without the entries.
#pragma once

#include <optional>
#include <vector>

#include "raft/types.h"

namespace warren::raft {

// Terms change rarely along a log, so the whole mapping from index to term is a short list of
// runs, one for each leader that added entries. It can answer for entries that are on disk, and
// for those below a snapshot where only live ones are left.
//
// Invariants: runs are sorted, each begins where a new term begins; terms rise strictly.
class TermRuns {
 public:
  struct Run {
    Index first;
    Term term;
    friend bool operator==(const Run&, const Run&) = default;
  };

  TermRuns() = default;
  // The mapping of the one index `at`.
  explicit TermRuns(EntryId at) : runs_({{.first = at.index, .term = at.term}}), last_(at.index) {}

  // The next entry, last() + 1, has `term`. Requires: term not below that of last().
  void Append(Term term);
  // Forgets everything above `last`. Requires: last >= first().
  void TruncateAfter(Index last);
  // Forgets everything below `first`. Requires: first <= last().
  void DropBefore(Index first);

  std::optional<Term> TermAt(Index index) const;  // nullopt: outside [first(), last()].
  // The largest index <= `index` whose term is <= `term`; nullopt if all that is known is above.
  std::optional<EntryId> LastNotAbove(Index index, Term term) const;

  Index first() const { return runs_.empty() ? Index() : runs_.front().first; }
  Index last() const { return last_; }
  bool empty() const { return runs_.empty(); }
  const std::vector<Run>& runs() const { return runs_; }

  // False if the invariants do not hold: the bytes that this came from are damaged.
  static std::optional<TermRuns> FromRuns(std::vector<Run> runs, Index last);

  friend bool operator==(const TermRuns&, const TermRuns&) = default;

 private:
  std::vector<Run> runs_;
  Index last_;
};

}  // namespace warren::raft
