#include "queue/lease_book.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace warren::queue {

void LeaseBook::AddPiece(KeyRange keys, Time time) {
  pieces_.emplace(keys.first, Piece{.last = keys.last, .time = time});
  ++times_[time];
}

LeaseBook::Pieces::iterator LeaseBook::ErasePiece(Pieces::iterator at) {
  const auto time = times_.find(at->second.time);
  WARREN_CHECK(time != times_.end());
  if (--time->second == 0) times_.erase(time);
  return pieces_.erase(at);
}

void LeaseBook::Grant(KeyRange keys, Time now) {
  CutOut(keys);
  const uint64_t added = keys_.InsertRange(keys.first.value(), keys.last.value());
  WARREN_CHECK(added == keys.size());
  // One piece for what is granted at one time, though what lies between went to others.
  const auto next = pieces_.upper_bound(keys.first);
  if (next != pieces_.begin()) {
    Piece& before = std::prev(next)->second;
    if (before.time == now) {
      before.last = keys.last;
      return;
    }
  }
  AddPiece(keys, now);
}

void LeaseBook::CutOut(KeyRange keys) {
  auto at = pieces_.upper_bound(keys.first);
  if (at != pieces_.begin() && std::prev(at)->second.last >= keys.first) --at;
  while (at != pieces_.end() && at->first <= keys.last) {
    const KeyRange whole{at->first, at->second.last};
    const Time time = at->second.time;
    ErasePiece(at);
    if (whole.first < keys.first) AddPiece({whole.first, keys.first - 1}, time);
    if (whole.last > keys.last) AddPiece({keys.last + 1, whole.last}, time);
    // What is left of it may hold nothing.
    if (whole.first < keys.first) DropIfEmpty({whole.first, whole.first});
    if (whole.last > keys.last) DropIfEmpty({whole.last, whole.last});
    at = pieces_.upper_bound(std::min(whole.last, keys.last));
  }
}

// Drops the pieces that reach into `keys` and hold nothing.
void LeaseBook::DropIfEmpty(KeyRange keys) {
  auto at = pieces_.upper_bound(keys.first);
  if (at != pieces_.begin() && std::prev(at)->second.last >= keys.first) --at;
  while (at != pieces_.end() && at->first <= keys.last) {
    const auto run = keys_.NextRun(at->first.value());
    const bool holds = run.has_value() && run->first <= at->second.last.value();
    at = holds ? std::next(at) : ErasePiece(at);
  }
}

void LeaseBook::Take(KeyRange keys, std::vector<KeyRange>& taken) {
  const size_t from = taken.size();
  for (auto run = keys_.NextRun(keys.first.value()); run && run->first <= keys.last.value();) {
    const uint64_t last = std::min(run->last, keys.last.value());
    taken.push_back({OrderKey(run->first), OrderKey(last)});
    if (last == keys.last.value()) break;
    run = keys_.NextRun(last + 1);
  }
  for (size_t i = from; i < taken.size(); ++i) {
    keys_.EraseRange(taken[i].first.value(), taken[i].last.value());
    DropIfEmpty(taken[i]);
  }
}

void LeaseBook::Renew(KeyRange keys, Time now) {
  std::vector<KeyRange> held;
  Take(keys, held);
  for (const KeyRange& run : held) Grant(run, now);
}

std::optional<Time> LeaseBook::Oldest() const {
  if (times_.empty()) return std::nullopt;
  return times_.begin()->first;
}

LeaseBook::Times LeaseBook::TimesByKey() const {
  Times times;
  for (const auto& [first, piece] : pieces_) {
    if (!times.empty() && times.back().second == piece.time) continue;
    times.emplace_back(OrderKey(keys_.NextRun(first.value())->first), piece.time);
  }
  return times;
}

bool LeaseBook::Restore(base::IntervalSet keys, const Times& times) {
  LeaseBook book;
  book.keys_ = std::move(keys);
  if (book.keys_.empty() != times.empty()) return false;
  for (size_t i = 0; i < times.size(); ++i) {
    const auto [first, time] = times[i];
    if (!book.keys_.Contains(first.value())) return false;
    if (i == 0 && *book.keys_.First() != first.value()) return false;
    if (i > 0 && (first <= times[i - 1].first || time == times[i - 1].second)) return false;
    const OrderKey last =
        i + 1 < times.size() ? times[i + 1].first - 1 : OrderKey(*book.keys_.Last());
    if (last < first) return false;
    book.AddPiece({first, last}, time);
  }
  *this = std::move(book);
  return true;
}

size_t LeaseBook::MemoryBytes() const {
  const size_t each = sizeof(OrderKey) + sizeof(Piece);
  return keys_.MemoryBytes() + pieces_.size() * each + times_.size() * 2 * sizeof(uint64_t);
}

void LeaseBook::CheckInvariants() const {
  keys_.CheckInvariants();
  absl::btree_map<Time, uint64_t> times;
  uint64_t covered = 0;
  OrderKey end;
  for (const auto& [first, piece] : pieces_) {
    WARREN_CHECK((end == OrderKey() || first > end) && piece.last >= first);
    end = piece.last;
    ++times[piece.time];
    const uint64_t held = keys_.Rank(piece.last.value() + 1) - keys_.Rank(first.value());
    WARREN_CHECK(held > 0);
    covered += held;
  }
  WARREN_CHECK(times == times_ && covered == keys_.size());
}

}  // namespace warren::queue
