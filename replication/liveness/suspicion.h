// Whether one peer is taken for alive.
#pragma once

#include <optional>

#include "base/monotonic_time.h"
#include "replication/liveness/config.h"
#include "replication/liveness/sent_beats.h"

namespace warren::replication {

// Gathers what speaks for a peer (beats) and against it (silence, broken streams, nobody listens),
// and judges when asked to; between two judgements the verdict stands.
//
//                    a beat                      Deadline() passes
//     kNew ------------------------> kTrusted ----------------------> kSuspected
//       |                                ^                                |   ^
//       |                                +------------- a beat -----------+   |
//       +----------------------- Deadline() passes ---------------------------+
//
// Only a beat makes a suspected peer trusted again: neither a stream that opens nor time that was
// granted anew does. Threads: a plain value.
class Suspicion {
 public:
  enum class Verdict { kNew, kTrusted, kSuspected };

  explicit Suspicion(MonotonicTime now) : patient_since_(now) {}

  // Evidence.
  void Hear(MonotonicTime now);
  void LoseStream(MonotonicTime now);
  void OpenStream() { unreachable_ = false; }
  void FindUnreachable() { unreachable_ = true; }
  // This node did not listen for a while: the peer's silence begins now. Changes nothing for a
  // peer that is suspected already.
  void GrantFullTime(MonotonicTime now);

  // True if it changed the verdict.
  bool Judge(MonotonicTime now, const LivenessConfig& config);

  Verdict verdict() const { return verdict_; }
  // A beat came since the last judgement.
  bool HeardAnew() const { return heard_anew_; }
  // From when on the evidence so far lets the peer be suspected; may have passed.
  MonotonicTime Deadline(const LivenessConfig& config) const;

 private:
  Verdict verdict_ = Verdict::kNew;
  MonotonicTime patient_since_;           // The silence is counted from here.
  std::optional<MonotonicTime> lost_at_;  // The first stream that broke since the last beat.
  bool unreachable_ = false;              // Nobody listens, as far as known since the last beat.
  bool heard_anew_ = false;
};

}  // namespace warren::replication
