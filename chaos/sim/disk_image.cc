#include "chaos/sim/disk_image.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::sim {

using raft::Entry;
using raft::EntryId;
using raft::Index;
using raft::Term;

size_t DiskWrite::Records() const {
  return (hard_state.has_value() ? 1U : 0U) + (install.has_value() ? 1U : 0U) + entries.size() +
         (compaction.has_value() ? 1U : 0U);
}

DiskImage::DiskImage(raft::Membership membership, raft::SnapshotRef boot)
    : first_membership_(std::move(membership)) {
  if (boot == nullptr) return;
  base_ = boot->last;
  hard_state_ = {.term = base_.id.term, .vote = {}, .commit = base_.id.index};
  snapshot_ = std::move(boot);
}

void DiskImage::ApplyTorn(const DiskWrite& write, size_t records) {
  if (records == 0) return;
  if (write.hard_state.has_value()) {
    const Index commit = hard_state_.commit;
    hard_state_ = *write.hard_state;
    if (records < write.Records()) hard_state_.commit = commit;
    if (--records == 0) return;
  }
  if (write.install.has_value()) {
    ApplyInstall(*write.install);
    if (--records == 0) return;
  }
  for (const Entry& entry : write.entries) {
    ApplyEntry(entry);
    if (--records == 0) return;
  }
  if (write.compaction.has_value()) ApplyCompaction(*write.compaction);
}

// The switch to the snapshot is one record: before it the member has its old log, after it the
// snapshot and every live body.
void DiskImage::ApplyInstall(const DiskWrite::Install& install) {
  const raft::Snapshot& snapshot = *install.snapshot;
  Bodies bodies = install.bodies;
  for (const auto& run : snapshot.live.Runs()) {
    for (uint64_t i = run.first; i <= run.last; ++i) {
      const Entry* held = Find(Index(i));
      if (held != nullptr) bodies.emplace(Index(i), *held);  // What was fetched takes precedence.
    }
  }
  bodies_ = std::move(bodies);
  entries_.clear();
  base_ = snapshot.last;
  snapshot_ = install.snapshot;
  CheckInvariants();
}

// Entries come in order; one at or below the last replaces it and all that follow.
void DiskImage::ApplyEntry(const Entry& entry) {
  WARREN_CHECK(entry.id.index > base_.id.index && entry.id.index <= Last().index + 1);
  entries_.resize(entry.id.index - base_.id.index - 1);
  entries_.push_back(entry);
}

void DiskImage::ApplyCompaction(const DiskWrite::Compaction& compaction) {
  if (compaction.snapshot->last.id.index <= SnapshotIndex()) return;  // An install was faster.
  snapshot_ = compaction.snapshot;
  const base::IntervalSet& live = snapshot_->live;
  while (base_.id.index < compaction.compact_to) {
    const Entry& oldest = entries_.front();
    if (live.Contains(oldest.id.index.value())) bodies_.emplace(oldest.id.index, oldest);
    base_ = oldest.Head();
    entries_.pop_front();
  }
  std::erase_if(bodies_, [&](const auto& body) { return !live.Contains(body.first.value()); });
  CheckInvariants();
}

void DiskImage::Rot(Index first, bool vote_too) {
  WARREN_CHECK(first > SnapshotIndex());
  if (forgotten_.index < Last().index) forgotten_ = Last();
  if (first <= Last().index) entries_.resize(first - base_.id.index - 1);
  hard_state_.amnesiac = true;
  hard_state_.commit = std::min(hard_state_.commit, Last().index);
  if (vote_too) {
    // Nothing is left that tells the term, but that it was not below the last entry's.
    hard_state_.term = std::max(Last().term, base_.id.term);
    hard_state_.vote = {};
  }
}

raft::Recovered DiskImage::Recover() {
  incarnation_ = incarnation_ + 1;
  raft::Recovered recovered;
  recovered.hard_state = hard_state_;
  recovered.base = base_;
  recovered.entries.assign(entries_.begin(), entries_.end());
  recovered.snapshot = snapshot_;
  recovered.membership = membership();
  recovered.applied = SnapshotIndex();
  recovered.incarnation = incarnation_;
  recovered.hard_state.commit = CommitHint();
  if (snapshot_ != nullptr) {
    recovered.live = snapshot_->live;
    recovered.live.EraseRange(base_.id.index.value() + 1, base::IntervalSet::kPositionMax);
    if (!recovered.live.empty()) recovered.terms = snapshot_->terms;
  }
  return recovered;
}

const raft::Membership& DiskImage::membership() const {
  return snapshot_ == nullptr ? first_membership_ : snapshot_->membership;
}

std::optional<Term> DiskImage::TermAt(Index index) const {
  if (index == base_.id.index) return base_.id.term;
  if (index < base_.id.index || index > Last().index) return std::nullopt;
  return entries_[index - base_.id.index - 1].id.term;
}

const Entry* DiskImage::Find(Index index) const {
  if (index > base_.id.index) {
    return index > Last().index ? nullptr : &entries_[index - base_.id.index - 1];
  }
  const auto body = bodies_.find(index);
  return body == bodies_.end() ? nullptr : &body->second;
}

bool DiskImage::Holds(EntryId id) const {
  return id.index <= SnapshotIndex() || TermAt(id.index) == id.term;
}

Index DiskImage::SnapshotIndex() const {
  return snapshot_ == nullptr ? Index() : snapshot_->last.id.index;
}

Index DiskImage::CommitHint() const { return std::max(hard_state_.commit, SnapshotIndex()); }

void DiskImage::CheckInvariants() const {
  WARREN_CHECK(SnapshotIndex() >= base_.id.index);
  WARREN_CHECK(entries_.empty() || entries_.front().id.index == base_.id.index + 1);
  WARREN_CHECK(bodies_.empty() || bodies_.rbegin()->first <= base_.id.index);
}

}  // namespace warren::sim
