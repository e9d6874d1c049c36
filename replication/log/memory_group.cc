#include "replication/log/memory_group.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "replication/log/write_check.h"

namespace warren::log {
namespace {

// What the group's snapshot keeps, missing or not.
base::IntervalSet LiveOf(const GroupState& shape) {
  return shape.snapshot() == nullptr ? base::IntervalSet() : shape.snapshot()->live;
}

}  // namespace

absl::Status MemoryGroup::Carry(Write&& write) {
  WARREN_RETURN_IF_ERROR(CheckWrite(shape_, write));
  if (write.hard_state.has_value()) shape_.SetHardState(*write.hard_state);
  if (write.install != nullptr) Install(std::move(write.install));
  if (!write.bodies.empty()) BringBack(std::move(write.bodies));
  if (write.truncate_from.has_value()) TruncateFrom(*write.truncate_from);
  if (!write.entries.empty()) Append(std::move(write.entries));
  if (write.snapshot != nullptr) TakeSnapshot(std::move(write.snapshot));
  return absl::OkStatus();
}

void MemoryGroup::Install(raft::SnapshotRef snapshot) {
  base::IntervalSet dead = LiveOf(shape_);
  const base::IntervalSet held = shape_.Install(std::move(snapshot));
  dead.Subtract(held);
  Drop(dead);
  for (const raft::Entry& entry : tail_) {
    entry_bytes_ -= raft::AccountedBytes(entry);
    if (held.Contains(entry.id.index.value())) Keep(entry);
  }
  tail_.Clear();
}

// Above base nothing is ever missing, and what is dead need not come back.
void MemoryGroup::BringBack(std::vector<raft::Entry> bodies) {
  for (raft::Entry& body : bodies) {
    if (!shape_.IsLive(body.id.index)) continue;
    shape_.BringBack(body.id.index, 1);
    Keep(std::move(body));
  }
}

void MemoryGroup::TruncateFrom(raft::Index first) {
  if (first > shape_.Last().index) return;
  shape_.TruncateFrom(first);
  const auto size = static_cast<size_t>(first - shape_.base().id.index - 1);
  for (size_t i = size; i < tail_.size(); ++i) entry_bytes_ -= raft::AccountedBytes(tail_[i]);
  tail_.Truncate(size);
}

void MemoryGroup::Append(std::vector<raft::Entry> entries) {
  TruncateFrom(entries.front().id.index);
  for (raft::Entry& entry : entries) {
    shape_.Append(entry.id.index, 1, entry.id.term);
    entry_bytes_ += raft::AccountedBytes(entry);
    tail_.PushBack(std::move(entry));
  }
}

void MemoryGroup::TakeSnapshot(raft::SnapshotRef snapshot) {
  const auto covered = static_cast<size_t>(snapshot->last.id.index - shape_.base().id.index);
  base::IntervalSet dead = LiveOf(shape_);
  dead.Subtract(snapshot->live);
  Drop(dead);
  for (size_t i = 0; i < covered; ++i) {
    entry_bytes_ -= raft::AccountedBytes(tail_[i]);
    if (snapshot->live.Contains(tail_[i].id.index.value())) Keep(tail_[i]);
  }
  tail_.PopFront(covered);
  shape_.TakeSnapshot(std::move(snapshot));
}

void MemoryGroup::Keep(raft::Entry entry) {
  raft::Entry& place = kept_[entry.id.index];
  if (place.id.index == entry.id.index) entry_bytes_ -= raft::AccountedBytes(place);
  entry_bytes_ += raft::AccountedBytes(entry);
  place = std::move(entry);
}

// By runs, since far more may stay than goes.
void MemoryGroup::Drop(const base::IntervalSet& dead) {
  for (const base::IntervalSet::Run& run : dead.Runs()) {
    auto at = kept_.lower_bound(raft::Index(run.first));
    while (at != kept_.end() && at->first.value() <= run.last) {
      entry_bytes_ -= raft::AccountedBytes(at->second);
      at = kept_.erase(at);
    }
  }
}

const raft::Entry* MemoryGroup::Find(raft::Index index) const {
  const raft::Index base = shape_.base().id.index;
  if (index > base) {
    const auto at = static_cast<size_t>(index - base - 1);
    return at < tail_.size() ? &tail_[at] : nullptr;
  }
  const auto found = kept_.find(index);
  return found == kept_.end() ? nullptr : &found->second;
}

absl::Status MemoryGroup::WhyNot(raft::Index index) const {
  const std::string name =
      absl::StrCat("log: group ", shape_.id().value(), ": entry ", index.value());
  if (shape_.missing().Contains(index.value())) {
    return absl::DataLossError(absl::StrCat(name, " is missing: nobody has brought it"));
  }
  return absl::NotFoundError(absl::StrCat(
      name, " is not there: the log goes from ", shape_.base().id.index.value() + 1, " to ",
      shape_.Last().index.value(), ", and below that keeps only what its snapshot says"));
}

absl::StatusOr<std::vector<raft::Entry>> MemoryGroup::Read(raft::Index first, raft::Index last,
                                                           size_t bytes_max) const {
  std::vector<raft::Entry> entries;
  size_t bytes = 0;
  for (raft::Index index = first; index <= last; index = index + 1) {
    const raft::Entry* const entry = Find(index);
    if (entry == nullptr) break;
    bytes += raft::AccountedBytes(*entry);
    if (!entries.empty() && bytes > bytes_max) break;
    entries.push_back(*entry);
  }
  if (entries.empty()) return WhyNot(first);
  return entries;
}

}  // namespace warren::log
