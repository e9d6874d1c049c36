#include "chaos/crash/crash_points.h"

#include <algorithm>

#include "fmt/format.h"

namespace warren::crash {

void CrashPoints::Add(const CrashPoints& other) {
  for (size_t step = 0; step < counts_.size(); ++step) {
    for (size_t moment = 0; moment < 2; ++moment) {
      counts_[step][moment] += other.counts_[step][moment];
    }
  }
  changes_ += other.changes_;
  openings_ += other.openings_;
  failures_ += other.failures_;
}

uint64_t CrashPoints::total() const {
  uint64_t sum = changes_ + openings_ + failures_;
  for (const auto& [before, after] : counts_) sum += before + after;
  return sum;
}

uint64_t CrashPoints::Least() const {
  uint64_t least = UINT64_MAX;
  for (const auto& [before, after] : counts_) least = std::min({least, before, after});
  return least;
}

std::string CrashPoints::Table() const {
  std::string text = fmt::format("{:<20} {:>8} {:>8}\n", "power cut at", "before", "after");
  for (size_t step = 0; step < counts_.size(); ++step) {
    text += fmt::format("{:<20} {:>8} {:>8}\n", log::kLogStepNames[step], counts_[step][0],
                        counts_[step][1]);
  }
  text += fmt::format("{:<20} {:>8}\n", "a change of the disk", changes_);
  text += fmt::format("{:<20} {:>8}\n", "opening", openings_);
  text += fmt::format("{:<20} {:>8}\n", "a failure", failures_);
  return text;
}

}  // namespace warren::crash
