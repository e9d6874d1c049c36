// Keeps what happens again and again from being logged each time.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"

#include "base/clock.h"

namespace warren::replication {

// A node that is refused comes again every second, and says the same each time. The limit of the
// log itself goes by the event's name, so one such node would hide another. Threads: a plain value.
class RepeatGuard {
 public:
  // Whether what this key stands for was not let pass within the last minute.
  bool Passes(const std::string& key, base::MonotonicTime now) {
    const auto it = passed_at_.find(key);
    if (it != passed_at_.end() && now - it->second < kInterval) return false;
    if (passed_at_.size() >= kKeysMax) passed_at_.clear();
    passed_at_.insert_or_assign(key, now);
    return true;
  }

 private:
  static constexpr absl::Duration kInterval = absl::Minutes(1);
  static constexpr size_t kKeysMax = 256;  // Others decide about keys.

  std::map<std::string, base::MonotonicTime> passed_at_;
};

}  // namespace warren::replication
