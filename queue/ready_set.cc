#include "queue/ready_set.h"

#include <algorithm>

#include "base/check.h"

namespace warren::queue {
namespace {

KeyRange ToKeys(const base::IntervalSet::Run& run) {
  return {.first = OrderKey(run.first), .last = OrderKey(run.last)};
}

}  // namespace

ReadySet::Level* ReadySet::Find(Priority level) {
  const auto at = std::find_if(levels_.begin(), levels_.end(),
                               [&](const Level& l) { return l.level <= level; });
  return at == levels_.end() || at->level != level ? nullptr : &*at;
}

ReadySet::Level& ReadySet::FindOrAdd(Priority level) {
  auto at = std::find_if(levels_.begin(), levels_.end(),
                         [&](const Level& each) { return each.level <= level; });
  if (at == levels_.end() || at->level != level) {
    at = levels_.insert(at, Level{.level = level, .keys = {}});
  }
  return *at;
}

void ReadySet::Insert(Priority level, KeyRange keys) {
  const uint64_t added = FindOrAdd(level).keys.InsertRange(keys.first.value(), keys.last.value());
  WARREN_CHECK(added == keys.size());
  size_ += added;
}

void ReadySet::Insert(Priority level, const base::IntervalSet& keys) {
  Level& at = FindOrAdd(level);
  const uint64_t before = at.keys.size();
  at.keys.UnionWith(keys);
  WARREN_CHECK(at.keys.size() == before + keys.size());
  size_ += keys.size();
}

void ReadySet::Erase(Priority level, KeyRange keys) {
  Level* at = Find(level);
  WARREN_CHECK(at != nullptr);
  const uint64_t removed = at->keys.EraseRange(keys.first.value(), keys.last.value());
  WARREN_CHECK(removed == keys.size());
  size_ -= removed;
}

void ReadySet::Clear() {
  levels_.clear();
  size_ = 0;
}

bool ReadySet::Contains(Priority level, OrderKey key) const {
  const auto at = std::find_if(levels_.begin(), levels_.end(),
                               [&](const Level& l) { return l.level == level; });
  return at != levels_.end() && at->keys.Contains(key.value());
}

std::optional<ReadySet::Run> ReadySet::First() const {
  for (const Level& level : levels_) {
    if (const auto run = level.keys.NextRun(0)) return Run{level.level, ToKeys(*run)};
  }
  return std::nullopt;
}

std::optional<ReadySet::Run> ReadySet::FirstOfLowest() const {
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    if (const auto run = level->keys.NextRun(0)) return Run{level->level, ToKeys(*run)};
  }
  return std::nullopt;
}

std::optional<OrderKey> ReadySet::Oldest() const {
  std::optional<OrderKey> oldest;
  for (const Level& level : levels_) {
    const auto first = level.keys.First();
    if (first.has_value() && (!oldest || OrderKey(*first) < *oldest)) oldest = OrderKey(*first);
  }
  return oldest;
}

size_t ReadySet::MemoryBytes() const {
  size_t bytes = sizeof(*this) + levels_.capacity() * sizeof(Level);
  for (const Level& level : levels_) bytes += level.keys.MemoryBytes();
  return bytes;
}

void ReadySet::CheckInvariants() const {
  uint64_t size = 0;
  for (size_t i = 0; i < levels_.size(); ++i) {
    levels_[i].keys.CheckInvariants();
    size += levels_[i].keys.size();
    WARREN_CHECK(i == 0 || levels_[i].level < levels_[i - 1].level);
  }
  WARREN_CHECK(size == size_);
}

}  // namespace warren::queue
