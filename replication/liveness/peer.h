// All that a node keeps of one other node.
#pragma once

#include <cstdint>

#include "base/monotonic_time.h"
#include "replication/liveness/published_row.h"
#include "replication/liveness/sent_beats.h"
#include "replication/liveness/suspicion.h"

namespace warren::replication {

struct Peer {
  explicit Peer(MonotonicTime now)
      : suspicion(now), row(now), reached_changed_at(now), next_beat_at(now) {}

  bool Trusted() const { return suspicion.verdict() == Suspicion::Verdict::kTrusted; }
  // Until when the peer counts as reached if nothing more is heard of it.
  MonotonicTime ReachedUntil(const LivenessConfig& config) const;

  Suspicion suspicion;
  SentBeats sent;
  PublishedRow row;

  Incarnation incarnation;    // 0 until it was heard.
  uint64_t heard_number = 0;  // The highest of that incarnation's beats.
  bool restarted = false;     // Not told yet.

  bool reached = false;
  MonotonicTime reached_changed_at;

  MonotonicTime next_beat_at;
};

}  // namespace warren::replication
