#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/coding.h"
#include "queue/types.h"

namespace warren::queue {

// When messages were accepted, roughly: a sample (key, time) whenever a second has passed since
// the last one, which costs nothing per message. A key's time is that of the last sample at or
// below it: at or before the truth, by less than a second as long as there is no need to thin.
//
// Limits: kSamplesMax samples; beyond that about half of them go, and times are told less exactly:
// by 1/1000 of the span of all of them. Threads: a plain value.
class AcceptedTimes {
 public:
  static constexpr size_t kSamplesMax = 4096;

  // Requires: neither key nor time falls from call to call, and keys rise.
  void Add(OrderKey key, Time time);
  // Forgets what no key from `key` on needs.
  void DropBefore(OrderKey key);
  Time AtOrBefore(OrderKey key) const;  // 0 if no sample is at or below the key.

  void AppendTo(std::string* out) const;
  static absl::StatusOr<AcceptedTimes> Read(base::Reader& reader);  // DATA_LOSS
  size_t HeapBytes() const { return samples_.capacity() * sizeof(Sample); }
  size_t size() const { return samples_.size(); }
  OrderKey last_key() const { return samples_.empty() ? OrderKey() : samples_.back().key; }

 private:
  struct Sample {
    OrderKey key;
    Time time;
  };
  void Thin();

  std::vector<Sample> samples_;  // Keys rise, and times by a second at least.
};

}  // namespace warren::queue
