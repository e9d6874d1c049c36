#include "chaos/sim/oracles/entry_history.h"

#include <algorithm>

#include "chaos/sim/machine.h"
#include "chaos/sim/oracles/member_view.h"
#include "fmt/format.h"

namespace warren::sim {

using raft::Entry;
using raft::EntryId;
using raft::Index;
using raft::NodeId;
using raft::Term;

EntryHistory::EntryHistory(raft::EntryHead start, Verdict& verdict)
    : start_(start), verdict_(verdict) {}

void EntryHistory::OnEntry(NodeId member, Term previous_term, const Entry& entry) {
  const uint64_t at = entry.id.index - start_.id.index - 1;
  if (at >= by_index_.size()) by_index_.resize(at + 1);
  const uint64_t fingerprint = Fingerprint(entry);
  if (const Record* known = Find(entry.id)) {
    if (known->fingerprint != fingerprint || known->previous_term != previous_term) {
      verdict_.Violated(
          "LogMatchingInv",
          fmt::format("{} has an entry {}{}", Describe(member), Describe(entry.id),
                      known->fingerprint != fingerprint
                          ? " that is not the one that another log had under this name"
                          : fmt::format(" after one of term {}, another log after one of term {}",
                                        previous_term.value(), known->previous_term.value())));
    }
    return;
  }
  by_index_[at].push_back({.term = entry.id.term,
                           .previous_term = previous_term,
                           .time = entry.time,
                           .fingerprint = fingerprint});
  if (entry.id.term.value() >= last_of_term_.size()) {
    last_of_term_.resize(entry.id.term.value() + 1);
  }
  Index& last = last_of_term_[entry.id.term.value()];
  last = std::max(last, entry.id.index);
  CheckTime(member, previous_term, entry);
}

void EntryHistory::CheckTime(NodeId member, Term previous_term, const Entry& entry) {
  const EntryId previous{.index = entry.id.index - 1, .term = previous_term};
  const Record* before = Find(previous);
  const raft::LogTime earlier = before != nullptr       ? before->time
                                : previous == start_.id ? start_.time
                                                        : raft::LogTime();
  if (entry.time >= earlier) return;
  verdict_.Violated("LogTime", fmt::format("{} has an entry {} of time {} after {} of {}",
                                           Describe(member), Describe(entry.id), entry.time.value(),
                                           Describe(previous), earlier.value()));
}

const EntryHistory::Record* EntryHistory::Find(EntryId id) const {
  if (id.index <= start_.id.index) return nullptr;
  const uint64_t at = id.index - start_.id.index - 1;
  if (at >= by_index_.size()) return nullptr;
  const auto& records = by_index_[at];
  const auto found = std::find_if(records.begin(), records.end(),
                                  [&](const Record& record) { return record.term == id.term; });
  return found == records.end() ? nullptr : &*found;
}

Index EntryHistory::LastOf(Term term) const {
  return term.value() < last_of_term_.size() ? last_of_term_[term.value()] : Index();
}

}  // namespace warren::sim
