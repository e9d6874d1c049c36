#include "queue/accepted_times.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"

#include "base/check.h"

namespace warren::queue {

void AcceptedTimes::Add(OrderKey key, Time time) {
  if (!samples_.empty()) {
    WARREN_CHECK(samples_.back().key < key && samples_.back().time <= time);
    if (time - samples_.back().time < kSecond) return;
  }
  samples_.push_back({.key = key, .time = time});
  if (samples_.size() > kSamplesMax) Thin();
}

// By a distance that depends on the whole span, so that old samples are not thinned out again and
// again until none is left.
void AcceptedTimes::Thin() {
  const Span apart = (samples_.back().time - samples_.front().time) / (kSamplesMax / 2) + 1;
  size_t kept = 1;
  for (size_t i = 1; i < samples_.size(); ++i) {
    if (samples_[i].time - samples_[kept - 1].time >= apart) samples_[kept++] = samples_[i];
  }
  samples_.resize(kept);
}

void AcceptedTimes::DropBefore(OrderKey key) {
  if (samples_.size() < 2 || samples_[1].key > key) return;
  const auto after = std::upper_bound(samples_.begin(), samples_.end(), key,
                                      [](OrderKey at, const Sample& s) { return at < s.key; });
  samples_.erase(samples_.begin(), after - 1);
}

Time AcceptedTimes::AtOrBefore(OrderKey key) const {
  const auto after = std::upper_bound(samples_.begin(), samples_.end(), key,
                                      [](OrderKey at, const Sample& s) { return at < s.key; });
  return after == samples_.begin() ? Time() : (after - 1)->time;
}

void AcceptedTimes::AppendTo(std::string* out) const {
  base::PutVarint64(out, samples_.size());
  Sample last;
  for (const Sample& sample : samples_) {
    base::PutVarint64(out, sample.key - last.key);
    base::PutVarint64(out, sample.time - last.time);
    last = sample;
  }
}

absl::StatusOr<AcceptedTimes> AcceptedTimes::Read(base::Reader& reader) {
  const uint64_t count = reader.Varint64().value_or(kSamplesMax + 1);
  if (count > kSamplesMax) return absl::DataLossError("accepted times: too many samples");
  AcceptedTimes times;
  Sample last;
  for (uint64_t i = 0; i < count; ++i) {
    const std::optional<uint64_t> keys = reader.Varint64();
    const std::optional<uint64_t> span = reader.Varint64();
    if (!reader.ok()) return absl::DataLossError("accepted times: a sample is cut off");
    if (*keys == 0 || *keys > UINT64_MAX - last.key.value() ||
        *span > UINT64_MAX - last.time.value() || (i > 0 && *span < kSecond)) {
      return absl::DataLossError("accepted times: samples do not rise");
    }
    last = {.key = last.key + *keys, .time = last.time + *span};
    times.samples_.push_back(last);
  }
  return times;
}

}  // namespace warren::queue
