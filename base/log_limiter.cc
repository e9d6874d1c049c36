#include "base/log_limiter.h"

#include <algorithm>
#include <utility>

namespace warren::base {

LogLimiter::Verdict LogLimiter::Admit(std::string_view event, MonotonicTime now) {
  const absl::Duration credit_max = burst_ * interval_;
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] =
      buckets_.try_emplace(event, Bucket{.credit = credit_max, .filled_at = now});
  Bucket& bucket = entry->second;
  if (now > bucket.filled_at) {  // Two threads may come in another order than they read the time.
    bucket.credit = std::min(bucket.credit + (now - bucket.filled_at), credit_max);
    bucket.filled_at = now;
  }
  if (bucket.credit < interval_) {
    ++bucket.held_back;
    return {};
  }
  bucket.credit -= interval_;
  return {.passes = true, .held_back = std::exchange(bucket.held_back, 0)};
}

std::vector<LogLimiter::HeldBack> LogLimiter::TakeHeldBack() {
  std::vector<HeldBack> result;
  const std::lock_guard lock(mutex_);
  for (auto& [event, bucket] : buckets_) {
    if (bucket.held_back == 0) continue;
    result.push_back({.event = event, .count = std::exchange(bucket.held_back, 0)});
  }
  return result;
}

}  // namespace warren::base
