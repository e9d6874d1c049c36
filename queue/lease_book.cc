#include "queue/lease_book.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace warren::queue {
namespace {

// Ranges come ascending; those that touch become one.
void AppendRun(std::vector<KeyRange>& runs, size_t from, KeyRange keys) {
  if (runs.size() > from && runs.back().last + 1 == keys.first) {
    runs.back().last = keys.last;
  } else {
    runs.push_back(keys);
  }
}

}  // namespace

void LeaseBook::CountTime(Time time, uint64_t keys) { times_[time] += keys; }

void LeaseBook::DiscountTime(Time time, uint64_t keys) {
  const auto at = times_.find(time);
  WARREN_CHECK(at != times_.end() && at->second >= keys);
  at->second -= keys;
  if (at->second == 0) times_.erase(at);
}

void LeaseBook::Grant(KeyRange keys, Time now) {
  const auto next = grants_.upper_bound(keys.first);
  WARREN_CHECK(next == grants_.end() || keys.last < next->first);
  CountTime(now, keys.size());
  size_ += keys.size();
  if (next != grants_.begin()) {
    const auto previous = std::prev(next);
    WARREN_CHECK(previous->second.last < keys.first);
    if (previous->second.last + 1 == keys.first && previous->second.time == now) {
      previous->second.last = keys.last;
      return;
    }
  }
  grants_.emplace_hint(next, keys.first, Grants{.last = keys.last, .time = now});
}

void LeaseBook::Take(KeyRange keys, std::vector<KeyRange>& taken) {
  const size_t from = taken.size();
  auto at = grants_.upper_bound(keys.first);
  if (at != grants_.begin() && std::prev(at)->second.last >= keys.first) --at;
  while (at != grants_.end() && at->first <= keys.last) {
    const KeyRange whole{.first = at->first, .last = at->second.last};
    const Time time = at->second.time;
    const KeyRange part{.first = std::max(whole.first, keys.first),
                        .last = std::min(whole.last, keys.last)};
    at = grants_.erase(at);
    if (whole.first < part.first) {
      at = std::next(grants_.emplace(whole.first, Grants{part.first - 1, time}).first);
    }
    if (part.last < whole.last) {
      at = std::next(grants_.emplace(part.last + 1, Grants{whole.last, time}).first);
    }
    DiscountTime(time, part.size());
    size_ -= part.size();
    AppendRun(taken, from, part);
  }
}

void LeaseBook::Renew(KeyRange keys, Time now) {
  std::vector<KeyRange> held;
  Take(keys, held);
  for (const KeyRange& run : held) Grant(run, now);
}

bool LeaseBook::Holds(OrderKey key) const {
  const auto next = grants_.upper_bound(key);
  return next != grants_.begin() && std::prev(next)->second.last >= key;
}

std::optional<Time> LeaseBook::Oldest() const {
  if (times_.empty()) return std::nullopt;
  return times_.begin()->first;
}

std::vector<KeyRange> LeaseBook::Runs() const {
  std::vector<KeyRange> runs;
  for (const auto& [first, grants] : grants_) AppendRun(runs, 0, {first, grants.last});
  return runs;
}

void LeaseBook::CheckInvariants() const {
  absl::btree_map<Time, uint64_t> times;
  uint64_t size = 0;
  OrderKey end;
  for (const auto& [first, grants] : grants_) {
    WARREN_CHECK(first > end && grants.last >= first);
    end = grants.last;
    times[grants.time] += grants.last - first + 1;
    size += grants.last - first + 1;
  }
  WARREN_CHECK(times == times_ && size == size_);
}

}  // namespace warren::queue
