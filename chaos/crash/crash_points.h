// Where the power was cut, how often.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "replication/log/log_point.h"

namespace warren::crash {

// Threads: a plain value.
class CrashPoints {
 public:
  void Count(log::LogStep step, log::Moment moment) { ++Of(step, moment); }
  void CountChange() { ++changes_; }    // In the midst of a change of the disk.
  void CountOpening() { ++openings_; }  // ... while the log was being opened.
  void CountFailure() { ++failures_; }  // After the disk had failed.
  void Add(const CrashPoints& other);

  uint64_t total() const;
  uint64_t Of(log::LogStep step, log::Moment moment) const {
    return counts_[static_cast<size_t>(step)][static_cast<size_t>(moment)];
  }
  uint64_t Least() const;  // Of all steps and moments.
  std::string Table() const;

 private:
  uint64_t& Of(log::LogStep step, log::Moment moment) {
    return counts_[static_cast<size_t>(step)][static_cast<size_t>(moment)];
  }

  std::array<std::array<uint64_t, 2>, log::kLogStepNames.size()> counts_{};
  uint64_t changes_ = 0;
  uint64_t openings_ = 0;
  uint64_t failures_ = 0;
};

}  // namespace warren::crash
