#include "queue/expiry_watch.h"

#include <algorithm>

#include "absl/status/status.h"

#include "base/check.h"

namespace warren::queue {

void ExpiryWatch::Set(uint64_t chunk, Time bound) {
  Forget(chunk);
  bounds_[chunk] = bound;
  order_.insert({bound, chunk});
  if (bound <= due_until_) due_.insert(chunk);
}

void ExpiryWatch::Lower(uint64_t chunk, Time bound) {
  const auto at = bounds_.find(chunk);
  if (at == bounds_.end() || bound < at->second) Set(chunk, bound);
}

void ExpiryWatch::Forget(uint64_t chunk) {
  if (bounds_.empty()) return;
  const auto at = bounds_.find(chunk);
  if (at == bounds_.end()) return;
  order_.erase({at->second, chunk});
  if (at->second <= due_until_) due_.erase(chunk);
  bounds_.erase(at);
}

std::optional<Time> ExpiryWatch::BoundOf(uint64_t chunk) const {
  const auto at = bounds_.find(chunk);
  return at == bounds_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<Time> ExpiryWatch::First() const {
  return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
}

std::optional<uint64_t> ExpiryWatch::NextDue(Time now, uint64_t chunk) {
  if (order_.empty()) return std::nullopt;
  if (now > due_until_) {
    for (auto at = order_.lower_bound({due_until_ + 1, 0}); at != order_.end() && at->first <= now;
         ++at) {
      due_.insert(at->second);
    }
    due_until_ = now;
  }
  const auto at = due_.lower_bound(chunk);
  return at == due_.end() ? std::nullopt : std::optional(*at);
}

void ExpiryWatch::AppendTo(std::string* out) const {
  base::PutVarint64(out, bounds_.size());
  uint64_t last = 0;
  for (const auto& [chunk, bound] : bounds_) {
    base::PutVarint64(out, chunk - last);
    base::PutVarint64(out, bound.value());
    last = chunk;
  }
}

absl::StatusOr<ExpiryWatch> ExpiryWatch::Read(base::Reader& reader) {
  const std::optional<uint64_t> count = reader.Varint64();
  if (!count) return absl::DataLossError("expiry watch: the count is cut off");
  ExpiryWatch watch;
  uint64_t last = 0;
  for (uint64_t i = 0; i < *count; ++i) {
    const std::optional<uint64_t> distance = reader.Varint64();
    const std::optional<uint64_t> bound = reader.Varint64();
    if (!reader.ok()) return absl::DataLossError("expiry watch: a chunk is cut off");
    if ((i > 0 && *distance == 0) || *distance > UINT64_MAX - last || *bound == 0) {
      return absl::DataLossError("expiry watch: chunks do not rise, or have no time");
    }
    last += *distance;
    watch.Set(last, Time(*bound));
  }
  return watch;
}

size_t ExpiryWatch::HeapBytes() const {
  // The nodes of these trees are between half full and full.
  return (bounds_.size() * sizeof(std::pair<uint64_t, Time>) +
          order_.size() * sizeof(std::pair<Time, uint64_t>) + due_.size() * sizeof(uint64_t)) *
         3 / 2;
}

void ExpiryWatch::CheckInvariants() const {
  WARREN_CHECK(bounds_.size() == order_.size());
  size_t due = 0;
  for (const auto& [chunk, bound] : bounds_) {
    WARREN_CHECK(order_.contains({bound, chunk}));
    WARREN_CHECK(due_.contains(chunk) == (bound <= due_until_));
    due += bound <= due_until_ ? 1 : 0;
  }
  WARREN_CHECK(due == due_.size());
}

}  // namespace warren::queue
