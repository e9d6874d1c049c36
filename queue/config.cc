#include "queue/config.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace warren::queue {
namespace {

constexpr Priority kPriorityMaxByDefault = 31;
constexpr Priority kPriorityUnsetByDefault = 4;

constexpr Span kDay = 86'400 * kSecond;
constexpr Span kExpiresMax = 10 * 365 * kDay;  // As RabbitMQ has it.

constexpr uint64_t kDeadLetterWindowMax = 65'536;
constexpr uint64_t kProducerWindowMin = 64;
constexpr uint64_t kProducerWindowMax = 65'536;
constexpr uint64_t kProducersMax = uint64_t{1} << 20;
constexpr uint64_t kDeduplicationCacheMax = uint64_t{1} << 20;

// Gathers what is out of its bounds.
class Faults {
 public:
  void Between(const char* field, uint64_t value, uint64_t low, uint64_t high) {
    if (value >= low && value <= high) return;
    Add(field, value, absl::StrCat("from ", low, " to ", high));
  }
  void Between(const char* field, std::optional<uint64_t> value, uint64_t low, uint64_t high) {
    if (value) Between(field, *value, low, high);
  }
  // A span that may be as short as `low`, which another field says.
  void NotBelow(const char* field, Span value, const char* low_field, Span low) {
    if (value < low) {
      Add(field, value, absl::StrCat("at least ", low_field, ", ", low));
    } else {
      Between(field, value, 0, kSpanMax);
    }
  }
  template <typename Enum>
  void UpTo(const char* field, Enum value, Enum last) {
    if (value <= last) return;
    Add(field, static_cast<uint64_t>(value), absl::StrCat("at most ", static_cast<uint64_t>(last)));
  }

  absl::Status ToStatus() const {
    if (faults_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("queue config: ", absl::StrJoin(faults_, "; ")));
  }

 private:
  void Add(const char* field, uint64_t value, const std::string& rule) {
    faults_.push_back(absl::StrCat(field, " is ", value, ", must be ", rule));
  }

  std::vector<std::string> faults_;
};

void CheckDeadLetters(const QueueConfig& config, Faults& faults) {
  faults.UpTo("dead_letter", config.dead_letter, DeadLetterStrategy::kAtLeastOnce);
  faults.Between("dead_letter_window", config.dead_letter_window, 1, kDeadLetterWindowMax);
  faults.Between("dead_letter_retry_min", config.dead_letter_retry_min, 0, kSpanMax);
  faults.NotBelow("dead_letter_retry_max", config.dead_letter_retry_max, "dead_letter_retry_min",
                  config.dead_letter_retry_min);
}

void CheckDelayedRetry(const QueueConfig& config, Faults& faults) {
  faults.UpTo("delayed_retry", config.delayed_retry, DelayedRetry::kReturned);
  faults.Between("delayed_retry_min", config.delayed_retry_min, 0, kSpanMax);
  if (!config.delayed_retry_max) return;
  faults.NotBelow("delayed_retry_max", *config.delayed_retry_max, "delayed_retry_min",
                  config.delayed_retry_min);
}

void CheckProducers(const ProducerLimits& limits, Faults& faults) {
  faults.Between("producers.window", limits.window, kProducerWindowMin, kProducerWindowMax);
  faults.Between("producers.producers_max", limits.producers_max, 1, kProducersMax);
  faults.Between("producers.expires", limits.expires, kSecond, kSpanMax);
  faults.NotBelow("producers.forgotten", limits.forgotten, "producers.expires", limits.expires);
}

}  // namespace

absl::Status QueueConfig::Validate() const {
  Faults faults;
  faults.Between("message_ttl", message_ttl, 0, kSpanMax);
  faults.Between("expires", expires, kMillisecond, kExpiresMax);
  faults.UpTo("overflow", overflow, Overflow::kRejectPublishDlx);
  CheckDeadLetters(*this, faults);
  CheckDelayedRetry(*this, faults);
  faults.Between("consumer_timeout", consumer_timeout, 0, kSpanMax);
  faults.Between("consumer_disconnected_timeout", consumer_disconnected_timeout, 0, kSpanMax);
  CheckProducers(producers, faults);
  if (deduplication) {
    faults.Between("deduplication.cache_size", deduplication->cache_size, 1,
                   kDeduplicationCacheMax);
    faults.Between("deduplication.ttl", deduplication->ttl, 0, kSpanMax);
  }
  return faults.ToStatus();
}

Priority QueueConfig::LevelOf(std::optional<Priority> wanted) const {
  if (max_priority) return std::min(wanted.value_or(0), *max_priority);
  return std::min(wanted.value_or(kPriorityUnsetByDefault), kPriorityMaxByDefault);
}

}  // namespace warren::queue
