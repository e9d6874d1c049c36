#include "queue/lease_book.h"

#include <algorithm>

#include "base/check.h"

namespace warren::queue {

void LeaseBook::Times::Goes(Time time) {
  const auto at = pieces.find(time);
  WARREN_CHECK(at != pieces.end());
  if (--at->second == 0) pieces.erase(at);
}

void LeaseBook::Take(KeyRange keys, std::vector<KeyRange>& taken) {
  const size_t from = taken.size();
  for (auto run = leases_.keys().NextRun(keys.first.value());
       run && run->first <= keys.last.value();) {
    const OrderKey last(std::min(run->last, keys.last.value()));
    taken.push_back({OrderKey(run->first), last});
    if (last == keys.last) break;
    run = leases_.keys().NextRun(last.value() + 1);
  }
  for (size_t i = from; i < taken.size(); ++i) leases_.Erase(taken[i]);
}

void LeaseBook::Renew(KeyRange keys, Time now) {
  std::vector<KeyRange> held;
  Take(keys, held);
  for (const KeyRange& run : held) Grant(run, now);
}

std::optional<Time> LeaseBook::Oldest() const {
  const auto& pieces = leases_.watcher().pieces;
  if (pieces.empty()) return std::nullopt;
  return pieces.begin()->first;
}

size_t LeaseBook::MemoryBytes() const {
  return sizeof(*this) + leases_.HeapBytes() +
         leases_.watcher().pieces.size() * 2 * sizeof(uint64_t);
}

}  // namespace warren::queue
