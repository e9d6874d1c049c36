// Which committed entries the host is busy applying.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/check.h"
#include "raft/log.h"

namespace warren::raft {

// Hands committed entries out for apply, in order and each once, and holds back when the host has
// `bytes_max` or more of them on its hands.
//
// Invariant: applied() <= applying() <= the log's CommitIndex().
class ApplyWindow {
 public:
  ApplyWindow(Index applied, size_t bytes_max)
      : applied_(applied), applying_(applied), bytes_max_(bytes_max) {}

  Index applied() const { return applied_; }
  Index applying() const { return applying_; }

  // Are there entries up to `limit` to hand out, and room for them?
  bool CanTake(Index limit) const { return !paused_ && applying_ < limit; }

  // Appends to `out` the next entries up to `limit` that fit. If some did not fit, nothing more
  // comes until something is applied, though there may be room: small remainders handed out one
  // by one would cost the host more than they gain.
  void Take(const Log& log, Index limit, std::vector<Entry>& out) {
    if (!CanTake(limit)) return;
    const size_t before = out.size();
    log.ReadFrom(applying_ + 1, limit, bytes_max_ - bytes_, out);
    for (size_t i = before; i < out.size(); ++i) bytes_ += AccountedBytes(out[i]);
    applying_ = out.back().id.index;
    paused_ = bytes_ >= bytes_max_ || applying_ < limit;
  }

  // The host has applied everything up to `index`. Requires: index <= applying().
  void Finish(const Log& log, Index index) {
    WARREN_CHECK(index <= applying_);
    for (Index i = applied_ + 1; i <= index; i = i + 1) {
      // Unless a snapshot has replaced it meanwhile: then JumpTo() follows.
      if (log.InMemory(i)) bytes_ -= std::min(bytes_, AccountedBytes(log.At(i)));
    }
    applied_ = std::max(applied_, index);
    paused_ = bytes_ >= bytes_max_;
  }

  // A snapshot has taken the place of everything up to `index`.
  void JumpTo(Index index) {
    applied_ = std::max(applied_, index);
    applying_ = std::max(applying_, index);
    bytes_ = 0;
    paused_ = false;
  }

 private:
  Index applied_;
  Index applying_;
  size_t bytes_ = 0;
  size_t bytes_max_;
  bool paused_ = false;
};

}  // namespace warren::raft
