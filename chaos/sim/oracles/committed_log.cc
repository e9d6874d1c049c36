#include "chaos/sim/oracles/committed_log.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "fmt/format.h"

namespace warren::sim {

using raft::Entry;
using raft::EntryId;
using raft::Index;
using raft::NodeId;
using raft::Term;

CommittedLog::CommittedLog(Machine start, Verdict& verdict)
    : start_(start.last()), verdict_(verdict), machine_(std::move(start)) {}

void CommittedLog::OnCommit(const MemberView& member, bool led) {
  const Index commit = member.commit();
  if (commit <= start_.id.index) return;
  const std::optional<Term> term = member.TermAt(commit);
  if (!term.has_value()) {
    verdict_.Violated("LogInv", fmt::format("{} has committed what it lacks", Describe(member)));
    return;
  }
  if (commit > last().index) {
    Extend(member, *term, led);
  } else if (RecordAt(commit).id.term != *term) {
    verdict_.Violated("LogInv",
                      fmt::format("{} takes {} for committed, but {} is", Describe(member),
                                  Describe(EntryId{.index = commit, .term = *term}),
                                  Describe(RecordAt(commit).id)));
  }
}

void CommittedLog::Extend(const MemberView& member, Term term, bool led) {
  if (!led) {
    verdict_.Violated(
        "OnlyLeadersCommit",
        fmt::format("{} takes more for committed than {}, the last that a leader has committed",
                    Describe(member), Describe(last())));
    return;
  }
  if (member.Leads() && term != member.term()) {
    verdict_.Violated(
        "CommitsOwnTerm",
        fmt::format("{} committed up to {}, an entry of an earlier term, by itself",
                    Describe(member), Describe(EntryId{.index = member.commit(), .term = term})));
  }
  const EntryId former = last();
  if (!member.Holds(former)) {
    verdict_.Violated("LogInv", fmt::format("{} commits, and lacks {}, which is committed",
                                            Describe(member), Describe(former)));
    return;
  }
  const Term by = records_.empty() ? member.term() : std::max(member.term(), records_.back().by);
  while (last().index < member.commit()) {
    const Index index = last().index + 1;
    const std::optional<Term> of_entry = member.TermAt(index);
    WARREN_CHECK(of_entry.has_value());  // Between two entries that it holds.
    records_.push_back({.id = {.index = index, .term = *of_entry}, .by = by});
  }
}

bool CommittedLog::OnApply(NodeId member, const Machine& before, const Entry& entry) {
  const Index index = entry.id.index;
  if (index != before.last().id.index + 1) {
    verdict_.Violated("AppliedAlike", fmt::format("{} is to apply {} after {}", Describe(member),
                                                  Describe(entry.id), Describe(before.last().id)));
    return false;
  }
  if (index > last().index || RecordAt(index).id != entry.id) {
    verdict_.Violated("LogInv",
                      fmt::format("{} is to apply {}{}", Describe(member), Describe(entry.id),
                                  index > last().index ? ", which is not committed"
                                                       : ", which is not what is committed"));
    return false;
  }
  if (index == machine_.last().id.index + 1) {
    machine_.Apply(entry);
    records_[index - start_.id.index - 1].chain = machine_.chain();
  }
  return true;
}

void CommittedLog::OnApplied(NodeId member, Index index, uint64_t chain) {
  if (RecordAt(index).chain == chain) return;
  verdict_.Violated(
      "AppliedAlike",
      fmt::format("the machine of {} is another after {} than that of who applied it first",
                  Describe(member), index.value()));
}

void CommittedLog::OnMembership(NodeId member, Index index, const raft::Membership& membership) {
  const auto [known, is_first] = memberships_.emplace(index, membership);
  if (is_first || known->second == membership) return;
  verdict_.Violated(
      "AppliedAlike",
      fmt::format("{} is in {} after the change at {}, others are in {}", Describe(member),
                  Describe(membership), index.value(), Describe(known->second)));
}

EntryId CommittedLog::last() const { return records_.empty() ? start_.id : records_.back().id; }

EntryId CommittedLog::At(Index index) const {
  return index == start_.id.index ? start_.id : RecordAt(index).id;
}

EntryId CommittedLog::LastBy(Term term, Index index) const {
  if (index < start_.id.index) return {};
  const auto known =
      std::min<uint64_t>(records_.size(), index <= start_.id.index ? 0 : index - start_.id.index);
  const auto end = records_.begin() + static_cast<ptrdiff_t>(known);
  const auto after = std::upper_bound(records_.begin(), end, term,
                                      [](Term t, const Record& record) { return t < record.by; });
  return after == records_.begin() ? start_.id : std::prev(after)->id;
}

const CommittedLog::Record& CommittedLog::RecordAt(Index index) const {
  WARREN_CHECK(index > start_.id.index && index <= last().index);
  return records_[index - start_.id.index - 1];
}

}  // namespace warren::sim
