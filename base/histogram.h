#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace warren::base {

// Counts values, such as latencies in nanoseconds, in buckets that grow with the value: 64 equal
// ones in each doubling. So every answer is exact up to 127 and within 1/64 above, over the whole
// range of 64 bits, and histograms of many shards add up to one.
//
//   value    0 1 2 .. 127 | 128 130 .. 254 | 256 260 .. 508 | 512 ..
//   width    1            | 2              | 4              | 8
//
// Memory: 8 bytes for each bucket up to that of the largest value seen, at most 30 KiB.
// Threads: a plain value. A shard records into its own; whoever reports merges copies.
class Histogram {
 public:
  // Quantiles are given in parts per million, since p99.99 is no binary fraction.
  static constexpr uint32_t kP50 = 500'000;
  static constexpr uint32_t kP90 = 900'000;
  static constexpr uint32_t kP99 = 990'000;
  static constexpr uint32_t kP999 = 999'000;
  static constexpr uint32_t kP9999 = 999'900;

  void Record(uint64_t value, uint64_t count = 1);
  void Merge(const Histogram& other);
  void Clear() { *this = Histogram(); }

  uint64_t count() const { return count_; }
  uint64_t Min() const { return count_ == 0 ? 0 : min_; }  // Exact; 0 if there is no value.
  uint64_t Max() const { return max_; }                    // Exact; 0 if there is no value.
  double Mean() const;                                     // Of the exact values.

  // The least value that at least so many millionths of all values do not exceed, rounded up to
  // the end of its bucket but not beyond Max(): never less than the true one, and at most 1/64
  // more. 0 gives Min(), a million gives Max(). Requires: <= 1,000,000.
  uint64_t Quantile(uint32_t parts_per_million) const;

  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  static constexpr int kLinearBits = 7;  // Values of so many bits have a bucket each.
  static constexpr size_t kPerDoubling = size_t{1} << (kLinearBits - 1);

  static constexpr size_t BucketOf(uint64_t value) {
    const int shift = static_cast<int>(std::bit_width(value)) - kLinearBits;
    if (shift <= 0) return value;
    return static_cast<size_t>(shift) * kPerDoubling + static_cast<size_t>(value >> shift);
  }
  static constexpr uint64_t LargestIn(size_t bucket) {
    if (bucket < 2 * kPerDoubling) return bucket;
    const size_t shift = bucket / kPerDoubling - 1;
    const uint64_t next = (bucket % kPerDoubling) + kPerDoubling + 1;
    return (next << shift) - 1;  // The last bucket's shift leaves 0, which wraps to 2^64 - 1.
  }

  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t min_ = UINT64_MAX;
  uint64_t max_ = 0;
  __extension__ unsigned __int128 sum_ = 0;
};

}  // namespace warren::base
