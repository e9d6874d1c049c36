#include "replication/liveness/suspicion.h"

#include <algorithm>

namespace warren::replication {

void Suspicion::Hear(MonotonicTime now) {
  patient_since_ = now;
  lost_at_.reset();
  unreachable_ = false;
  heard_anew_ = true;
}

void Suspicion::LoseStream(MonotonicTime now) {
  // Both directions may break one after the other: the first one counts.
  if (!lost_at_.has_value()) lost_at_ = now;
}

void Suspicion::GrantFullTime(MonotonicTime now) {
  patient_since_ = now;
  if (lost_at_.has_value()) lost_at_ = now;
}

bool Suspicion::Judge(MonotonicTime now, const LivenessConfig& config) {
  const Verdict before = verdict_;
  if (now >= Deadline(config)) {
    verdict_ = Verdict::kSuspected;
  } else if (heard_anew_) {
    verdict_ = Verdict::kTrusted;
  }
  heard_anew_ = false;
  return verdict_ != before;
}

MonotonicTime Suspicion::Deadline(const LivenessConfig& config) const {
  const MonotonicTime silent = patient_since_ + config.suspect_after;
  if (lost_at_.has_value()) {
    return std::min(silent, unreachable_ ? *lost_at_ : *lost_at_ + config.broken_grace);
  }
  // The very first contact failed: there never was a stream that could break.
  const bool first_contact = verdict_ == Verdict::kNew && !heard_anew_;
  return unreachable_ && first_contact ? patient_since_ : silent;
}

}  // namespace warren::replication
