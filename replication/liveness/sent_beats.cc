#include "replication/liveness/sent_beats.h"

namespace warren::replication {

uint64_t SentBeats::Send(MonotonicTime now, MonotonicTime useful_from) {
  while (!sent_.empty() && (sent_.front().at < useful_from || sent_.size() >= kRememberedMax)) {
    sent_.pop_front();
  }
  sent_.push_back({.number = ++last_number_, .at = now});
  return last_number_;
}

void SentBeats::Acknowledge(uint64_t number) {
  if (number > last_number_) return;  // Was never sent.
  while (!sent_.empty() && sent_.front().number < number) sent_.pop_front();
  if (sent_.empty() || sent_.front().number != number) return;  // Forgotten, or known already.
  acknowledged_sent_at_ = sent_.front().at;
  sent_.pop_front();
}

}  // namespace warren::replication
