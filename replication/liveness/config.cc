#include "replication/liveness/config.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace warren::replication {
namespace {

constexpr absl::Duration kBeatIntervalMin = absl::Milliseconds(1);
constexpr absl::Duration kBeatIntervalMax = absl::Seconds(10);
constexpr absl::Duration kSuspectAfterMax = absl::Minutes(10);
constexpr int kBeatsBeforeSuspicion = 4;
constexpr int kBeatsInLease = 2;

}  // namespace

std::vector<std::string> LivenessConfig::Faults() const {
  std::vector<std::string> faults;
  const auto want = [&faults](const char* name, absl::Duration value, bool good, const char* rule,
                              absl::Duration bound) {
    if (good) return;
    faults.push_back(absl::StrCat(name, " is ", absl::FormatDuration(value), ", not ", rule, " ",
                                  absl::FormatDuration(bound)));
  };
  want("beat_interval", beat_interval, beat_interval >= kBeatIntervalMin, "at least",
       kBeatIntervalMin);
  want("beat_interval", beat_interval, beat_interval <= kBeatIntervalMax, "at most",
       kBeatIntervalMax);
  want("suspect_after", suspect_after, suspect_after >= kBeatsBeforeSuspicion * beat_interval,
       "at least four beat intervals,", kBeatsBeforeSuspicion * beat_interval);
  want("suspect_after", suspect_after, suspect_after <= kSuspectAfterMax, "at most",
       kSuspectAfterMax);
  want("lease", lease, lease >= kBeatsInLease * beat_interval, "at least two beat intervals,",
       kBeatsInLease * beat_interval);
  want("lease", lease, lease < suspect_after, "less than suspect_after,", suspect_after);
  want("broken_grace", broken_grace, broken_grace >= absl::ZeroDuration(), "at least",
       absl::ZeroDuration());
  want("broken_grace", broken_grace, broken_grace < suspect_after, "less than suspect_after,",
       suspect_after);
  return faults;
}

}  // namespace warren::replication
