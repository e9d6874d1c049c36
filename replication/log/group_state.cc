#include "replication/log/group_state.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::log {
namespace {

using base::IntervalSet;

// The indexes within [first, last] whose terms two logs agree on.
IntervalSet Agreement(const raft::TermRuns& a, const raft::TermRuns& b, raft::Index first,
                      raft::Index last) {
  IntervalSet agreed;
  first = std::max({first, a.first(), b.first(), raft::Index(1)});
  last = std::min({last, a.last(), b.last()});
  const auto end_of_run = [last](const raft::TermRuns& terms, raft::Index at) {
    const auto next = std::upper_bound(
        terms.runs().begin(), terms.runs().end(), at,
        [](raft::Index wanted, const raft::TermRuns::Run& run) { return wanted < run.first; });
    return next == terms.runs().end() ? last : std::min(last, next->first - 1);
  };
  while (first <= last) {
    const raft::Index end = std::min(end_of_run(a, first), end_of_run(b, first));
    if (a.TermAt(first) == b.TermAt(first)) agreed.InsertRange(first.value(), end.value());
    first = end + 1;
  }
  return agreed;
}

// What `snapshot` says of terms, ending with its last entry.
raft::TermRuns TermsOf(const raft::Snapshot& snapshot) {
  return snapshot.terms.empty() ? raft::TermRuns(snapshot.last.id) : snapshot.terms;
}

}  // namespace

GroupState::GroupState(GroupNo no, raft::GroupId id) : no_(no), id_(id) {}

GroupState::GroupState(GroupRecord record)
    : snapshot_in_store(record.snapshot == nullptr ? raft::EntryId() : record.snapshot->last.id),
      stored_last(record.stored_last),
      no_(record.no),
      id_(record.id),
      as_of_(record.as_of),
      recorded_last_(record.last),
      hard_state_(record.hard_state),
      base_(record.base),
      terms_(std::move(record.terms)),
      snapshot_(std::move(record.snapshot)),
      missing_(std::move(record.missing)) {
  recorded_missing_ = missing_;
  if (terms_.empty()) terms_ = raft::TermRuns(base_.id);
}

void GroupState::Append(raft::Index first, uint64_t count, raft::Term term) {
  WARREN_CHECK(first > base_.id.index && first <= Last().index + 1);
  TruncateFrom(first);
  for (uint64_t i = 0; i < count; ++i) terms_.Append(term);
}

void GroupState::TruncateFrom(raft::Index first) {
  WARREN_CHECK(first > base_.id.index);
  if (first > Last().index) return;
  terms_.TruncateAfter(first - 1);
  if (!missing_.empty()) missing_.EraseRange(first.value(), IntervalSet::kPositionMax);
}

void GroupState::BringBack(raft::Index first, uint64_t count) {
  if (!missing_.empty()) missing_.EraseRange(first.value(), first.value() + count - 1);
}

bool GroupState::CanCover(raft::EntryId end) const {
  return end.index >= base_.id.index && end.index <= Last().index && TermAt(end.index) == end.term;
}

void GroupState::TakeSnapshot(raft::SnapshotRef snapshot) {
  WARREN_CHECK(CanCover(snapshot->last.id));
  // A snapshot may only keep what is there: what it keeps besides is lost, and named.
  IntervalSet lost = snapshot->live;
  if (snapshot_ != nullptr) lost.Subtract(snapshot_->live);
  if (base_.id.index < snapshot->last.id.index && !lost.empty()) {
    lost.EraseRange(base_.id.index.value() + 1, snapshot->last.id.index.value());
  }
  missing_.UnionWith(lost);
  base_ = snapshot->last;
  snapshot_ = std::move(snapshot);
  DropDead();
}

IntervalSet GroupState::Install(raft::SnapshotRef snapshot) {
  const raft::TermRuns terms = TermsOf(*snapshot);
  IntervalSet held = Agreement(terms_, terms, base_.id.index + 1, snapshot->last.id.index);
  if (snapshot_ != nullptr) {
    IntervalSet agreed = Agreement(terms_, terms, raft::Index(1), base_.id.index);
    agreed.IntersectWith(snapshot_->live);
    held.UnionWith(agreed);
  }
  held.Subtract(missing_);
  held.IntersectWith(snapshot->live);
  missing_ = snapshot->live;
  missing_.Subtract(held);
  places_.KeepOnly(held);
  history_from = snapshot->last.id.index + 1;
  base_ = snapshot->last;
  terms_ = terms;
  snapshot_ = std::move(snapshot);
  DropDead();
  return held;
}

// What lies at or below base and is not live needs neither a term nor a mention.
void GroupState::DropDead() {
  const uint64_t base = base_.id.index.value();
  const std::optional<uint64_t> first_live = snapshot_->live.First();
  const raft::Index keep = raft::Index(std::min(first_live.value_or(base), base));
  // The snapshot covers what it keeps, even where we knew nothing of the terms so far.
  if (keep < terms_.first()) {
    const raft::Index last = Last().index;
    std::vector<raft::TermRuns::Run> runs = TermsOf(*snapshot_).runs();
    for (const raft::TermRuns::Run& run : terms_.runs()) {
      if (run.first <= base_.id.index) continue;
      if (runs.back().term != run.term) runs.push_back(run);
    }
    terms_ = *raft::TermRuns::FromRuns(std::move(runs), last);
  }
  if (keep > terms_.first()) terms_.DropBefore(keep);
  if (!missing_.empty()) {
    IntervalSet needed = snapshot_->live;
    if (base < IntervalSet::kPositionMax) needed.InsertRange(base + 1, IntervalSet::kPositionMax);
    missing_.IntersectWith(needed);
  }
  CheckInvariants();
}

bool GroupState::IsLive(raft::Index index) const {
  return index <= base_.id.index && snapshot_ != nullptr && snapshot_->live.Contains(index.value());
}

bool GroupState::IsNeeded(raft::Index index) const {
  return index > base_.id.index ? index <= Last().index : IsLive(index);
}

RecoveredGroup GroupState::Describe() const {
  RecoveredGroup group;
  group.group = id_;
  group.hard_state = hard_state_;
  group.snapshot = snapshot_;
  group.base = base_;
  group.last = Last();
  group.terms = terms_;
  if (snapshot_ != nullptr) group.live = snapshot_->live;
  group.missing = missing_;
  return group;
}

// ---- Replay

raft::Index GroupState::Floor(FrameNo frame) const {
  return frame <= as_of_ ? std::max(recorded_last_, base_.id.index) : base_.id.index;
}

void GroupState::ReplayEntries(FrameNo frame, raft::Index first, uint64_t count, raft::Term term) {
  ReplayTruncate(frame, first);
  const raft::Index end = first + count;
  // A gap can only come from damage that had no name; then nobody trusts this log anyhow.
  for (raft::Index at = Last().index + 1; at < first; at = at + 1) {
    terms_.Append(std::max(term, Last().term));
    Lose(at);
  }
  for (raft::Index at = Last().index + 1; at < end; at = at + 1) {
    if (at <= Floor(frame)) continue;
    terms_.Append(std::max(term, Last().term));
  }
}

void GroupState::ReplayTruncate(FrameNo frame, raft::Index first) {
  const raft::Index keep = std::max(first - 1, Floor(frame));
  if (keep < Last().index) terms_.TruncateAfter(keep);
  if (!missing_.empty()) missing_.EraseRange(first.value(), IntervalSet::kPositionMax);
  KeepRecordedLosses(frame);
}

void GroupState::ReplayBodies(FrameNo frame, raft::Index first, uint64_t count) {
  BringBack(first, count);
  KeepRecordedLosses(frame);
}

// What the record says is missing was not brought back or replaced by anything that it has seen.
void GroupState::KeepRecordedLosses(FrameNo frame) {
  if (frame <= as_of_ && !recorded_missing_.empty()) missing_.UnionWith(recorded_missing_);
}

void GroupState::ReplayInstall(FrameNo frame, raft::EntryId end, raft::SnapshotRef snapshot,
                               bool dealt_with) {
  history_from = end.index + 1;
  if (frame <= as_of_) {
    ReplayTruncate(frame, end.index + 1);
    return;
  }
  if (snapshot != nullptr) {
    Install(std::move(snapshot));
    return;
  }
  for (raft::Index at = Last().index + 1; at <= end.index; at = at + 1) {
    terms_.Append(std::max(end.term, Last().term));
    Lose(at);
  }
  ReplayTruncate(frame, end.index + 1);
  lost_install_ = lost_install_ || !dealt_with;
}

void GroupState::FinishReplay() {
  if (lost_install_) hard_state_.amnesiac = true;
  if (!missing_.empty()) {
    IntervalSet needed;
    if (snapshot_ != nullptr) needed = snapshot_->live;
    if (base_.id.index < Last().index) {
      needed.InsertRange(base_.id.index.value() + 1, Last().index.value());
    }
    missing_.IntersectWith(needed);
  }
  CheckInvariants();
}

// ---- Retirement

GroupRecord GroupState::RecordUpTo(FrameNo retired, FrameNo as_of) const {
  GroupRecord record;
  record.no = no_;
  record.id = id_;
  record.as_of = as_of;
  record.hard_state = hard_state_;
  record.base = base_;
  record.last = Last().index;
  if (const std::optional<raft::Index> above = places_.FirstAbove(retired); above.has_value()) {
    record.last = std::max(*above - 1, base_.id.index);
  }
  record.terms = terms_;
  record.terms.TruncateAfter(record.last);
  record.missing = missing_;
  record.stored_last = record.last;
  record.snapshot = snapshot_;
  return record;
}

void GroupState::CheckInvariants() const {
  WARREN_CHECK_MSG(base_.id.index <= terms_.last(), "a group's log ends at or above its base");
  WARREN_CHECK_MSG(terms_.TermAt(base_.id.index) == base_.id.term, "the base's term is known");
}

}  // namespace warren::log
