#include "chaos/crash/group_model.h"

#include <algorithm>

#include "fmt/format.h"

namespace warren::crash {

using base::IntervalSet;

raft::EntryId GroupModel::Last() const {
  const raft::Index last(terms.size());
  return {.index = last, .term = TermAt(last)};
}

raft::Term GroupModel::TermAt(raft::Index index) const {
  if (index == raft::Index() || index.value() > terms.size()) return raft::Term();
  return terms[index.value() - 1];
}

bool GroupModel::IsAbove(raft::Index index) const {
  return index > base.id.index && index.value() <= terms.size();
}

bool GroupModel::Needs(raft::Index index) const {
  return IsAbove(index) || live.Contains(index.value());
}

IntervalSet GroupModel::Needed() const {
  IntervalSet needed = live;
  if (base.id.index.value() < terms.size()) {
    needed.InsertRange(base.id.index.value() + 1, terms.size());
  }
  return needed;
}

void GroupModel::Create(uint64_t new_life, const raft::Recovered& first) {
  *this = GroupModel();
  exists = true;
  life = new_life;
  hard_state = first.hard_state;
  if (first.snapshot != nullptr) Install(first.snapshot);
  Append(first.entries);
}

void GroupModel::Destroy() {
  const uint64_t its_life = life;
  *this = GroupModel();
  life = its_life;
}

void GroupModel::Apply(const log::Write& write) {
  if (write.hard_state.has_value()) hard_state = *write.hard_state;
  if (write.install != nullptr) Install(write.install);
  for (const raft::Entry& body : write.bodies) {
    if (!missing.empty()) missing.Erase(body.id.index.value());
  }
  if (write.truncate_from.has_value() && write.truncate_from->value() <= terms.size()) {
    terms.resize(write.truncate_from->value() - 1);
  }
  Append(write.entries);
  if (write.snapshot != nullptr) TakeSnapshot(write.snapshot);
  missing.IntersectWith(Needed());
}

void GroupModel::Append(const std::vector<raft::Entry>& entries) {
  if (entries.empty()) return;
  terms.resize(entries.front().id.index.value() - 1);
  missing.IntersectWith(Needed());
  for (const raft::Entry& entry : entries) terms.push_back(entry.id.term);
}

void GroupModel::Install(const raft::SnapshotRef& leaders) {
  const raft::Index end = leaders->last.id.index;
  IntervalSet held = Needed();
  held.Subtract(missing);
  std::vector<raft::Term> theirs(end.value());
  for (uint64_t i = 1; i <= end.value(); ++i) {
    theirs[i - 1] = leaders->terms.TermAt(raft::Index(i)).value_or(raft::Term());
  }
  theirs.back() = leaders->last.id.term;
  missing = leaders->live;
  for (const IntervalSet::Run& run : leaders->live.Runs()) {
    for (uint64_t i = run.first; i <= run.last; ++i) {
      if (held.Contains(i) && TermAt(raft::Index(i)) == theirs[i - 1]) missing.Erase(i);
    }
  }
  terms = std::move(theirs);
  base = leaders->last;
  live = leaders->live;
  snapshot = leaders;
}

void GroupModel::TakeSnapshot(const raft::SnapshotRef& own) {
  IntervalSet lost = own->live;
  lost.Subtract(Needed());
  missing.UnionWith(lost);
  base = own->last;
  live = own->live;
  snapshot = own;
}

void GroupModel::Adopt(const log::RecoveredGroup& found) {
  exists = true;
  hard_state = found.hard_state;
  snapshot = found.snapshot;
  base = found.base;
  live = found.live;
  missing = found.missing;
  terms.assign(found.last.index.value(), raft::Term());
  for (uint64_t i = 1; i <= terms.size(); ++i) {
    terms[i - 1] = found.terms.TermAt(raft::Index(i)).value_or(raft::Term());
  }
}

bool SameSnapshot(const raft::SnapshotRef& a, const raft::SnapshotRef& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->last == b->last && a->membership == b->membership && a->terms == b->terms &&
         a->live == b->live && a->state == b->state;
}

namespace {

std::string Name(raft::EntryId id) {
  return fmt::format("{}@{}", id.index.value(), id.term.value());
}

std::string Name(const raft::HardState& state) {
  return fmt::format("(term {}, vote {}, commit {}{})", state.term.value(), state.vote.value(),
                     state.commit.value(), state.amnesiac ? ", amnesiac" : "");
}

std::string Name(const IntervalSet& set) {
  std::string text;
  for (const IntervalSet::Run& run : set.Runs()) {
    if (text.size() > 60) return text + " ...";
    text += run.first == run.last ? fmt::format(" {}", run.first)
                                  : fmt::format(" {}..{}", run.first, run.last);
  }
  return text.empty() ? " none" : text;
}

std::optional<std::string> CompareTerms(const GroupModel& model, const raft::TermRuns& found) {
  const raft::Index base = model.base.id.index;
  const raft::Index first =
      raft::Index(std::min(model.live.First().value_or(base.value()), base.value()));
  if (found.first() != first || found.last() != model.Last().index) {
    return fmt::format("terms are known from {} to {}, not from {} to {}", found.first().value(),
                       found.last().value(), first.value(), model.Last().index.value());
  }
  for (raft::Index at = first; at <= model.Last().index; at = at + 1) {
    if (at < base && !model.live.Contains(at.value())) continue;
    if (found.TermAt(at) == model.TermAt(at)) continue;
    return fmt::format("entry {} has term {}, not {}", at.value(),
                       found.TermAt(at).value_or(raft::Term()).value(), model.TermAt(at).value());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Compare(const GroupModel& model, const log::RecoveredGroup& found) {
  if (!model.exists) return "it was destroyed, or never made";
  if (found.hard_state != model.hard_state) {
    return fmt::format("its hard state is {}, not {}", Name(found.hard_state),
                       Name(model.hard_state));
  }
  if (found.base != model.base) {
    return fmt::format("its base is {}, not {}", Name(found.base.id), Name(model.base.id));
  }
  if (found.last != model.Last()) {
    return fmt::format("its last entry is {}, not {}", Name(found.last), Name(model.Last()));
  }
  if (!SameSnapshot(found.snapshot, model.snapshot)) return "its snapshot is another one";
  if (found.live != model.live) {
    return fmt::format("live are{}, not{}", Name(found.live), Name(model.live));
  }
  if (found.missing != model.missing) {
    return fmt::format("missing are{}, not{}", Name(found.missing), Name(model.missing));
  }
  return CompareTerms(model, found.terms);
}

std::optional<std::string> CompareOrAbsent(const GroupModel& model,
                                           const log::RecoveredGroup* found) {
  if (found != nullptr) return Compare(model, *found);
  if (!model.exists) return std::nullopt;
  return "it is gone";
}

std::string Describe(const GroupModel& model) {
  if (!model.exists) return "nothing";
  return fmt::format("hard state {}, base {}, last {}, live{}, missing{}", Name(model.hard_state),
                     Name(model.base.id), Name(model.Last()), Name(model.live),
                     Name(model.missing));
}

}  // namespace warren::crash
