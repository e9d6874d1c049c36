#include "base/histogram.h"

#include <algorithm>

#include "base/check.h"

namespace warren::base {

__extension__ using Wide = unsigned __int128;

void Histogram::Record(uint64_t value, uint64_t count) {
  if (count == 0) return;
  const size_t bucket = BucketOf(value);
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  buckets_[bucket] += count;
  count_ += count;
  sum_ += static_cast<Wide>(value) * count;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void Histogram::Merge(const Histogram& other) {
  if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
  for (size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

double Histogram::Mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

uint64_t Histogram::Quantile(uint32_t parts_per_million) const {
  constexpr uint32_t kMillion = 1'000'000;
  WARREN_CHECK(parts_per_million <= kMillion);
  if (count_ == 0 || parts_per_million == 0) return Min();
  const auto wanted = static_cast<uint64_t>(
      (static_cast<Wide>(count_) * parts_per_million + kMillion - 1) / kMillion);
  uint64_t seen = 0;
  size_t bucket = 0;
  while (seen + buckets_[bucket] < wanted) seen += buckets_[bucket++];
  return std::min(LargestIn(bucket), max_);
}

bool operator==(const Histogram& a, const Histogram& b) {
  return a.count_ == b.count_ && a.min_ == b.min_ && a.max_ == b.max_ && a.sum_ == b.sum_ &&
         a.buckets_ == b.buckets_;
}

}  // namespace warren::base
