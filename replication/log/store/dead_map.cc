#include "replication/log/store/dead_map.h"

#include <algorithm>
#include <utility>

namespace warren::log {

void DeadMap::Load() {
  const std::lock_guard lock(mutex_);
  loaded_ = true;
}

void DeadMap::SetSnapshot(GroupNo group, raft::SnapshotRef snapshot) {
  if (snapshot == nullptr) return;
  const std::lock_guard lock(mutex_);
  raft::SnapshotRef& known = groups_[group].snapshot;
  if (known == nullptr || known->last.id.index < snapshot->last.id.index)
    known = std::move(snapshot);
}

void DeadMap::SetDestroyed(GroupNo group) {
  const std::lock_guard lock(mutex_);
  groups_[group] = {.destroyed = true, .snapshot = nullptr};
}

void DeadMap::Forget(GroupNo group) {
  const std::lock_guard lock(mutex_);
  groups_.erase(group);
}

DeadMap::State DeadMap::StateOf(GroupNo group) const {
  const std::lock_guard lock(mutex_);
  if (!loaded_) return {};
  const auto found = groups_.find(group);
  return found == groups_.end() ? State{} : found->second;
}

DeadMap::Verdict DeadMap::Judge(GroupNo group, raft::Index index) const {
  return StateOf(group).Judge(index);
}

DeadMap::Verdict DeadMap::State::Judge(raft::Index index) const {
  if (destroyed) return {.dead = true, .next_live = std::nullopt};
  if (snapshot == nullptr || index > snapshot->last.id.index) return {};
  const std::optional<base::IntervalSet::Run> run = snapshot->live.NextRun(index.value());
  if (!run) return {.dead = true, .next_live = snapshot->last.id.index + 1};
  if (run->first == index.value()) return {};
  return {.dead = true, .next_live = raft::Index(run->first)};
}

uint64_t DeadMap::AliveAtMost(GroupNo group, raft::Index first, raft::Index last,
                              uint64_t count) const {
  const std::lock_guard lock(mutex_);
  const auto found = loaded_ ? groups_.find(group) : groups_.end();
  if (found == groups_.end()) return count;
  const State& state = found->second;
  if (state.destroyed) return 0;
  if (state.snapshot == nullptr) return count;
  const raft::Index end = state.snapshot->last.id.index;
  if (first > end) return count;
  const base::IntervalSet& live = state.snapshot->live;
  const raft::Index below = std::min(last, end);
  const uint64_t kept = live.Rank(below.value() + 1) - live.Rank(first.value());
  return std::min(count, kept + (last - below));
}

}  // namespace warren::log
