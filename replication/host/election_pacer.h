// When groups may hold elections.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

#include "base/monotonic_time.h"
#include "replication/host/types.h"

namespace warren::replication {

// Groups that have lost their leader wait here for their turn: a node that dies may have led
// thousands, and their votes all at once would delay each other and everything else. A bucket of
// tokens: a few elections begin at once, the others at a steady rate. Pure.
class ElectionPacer {
 public:
  ElectionPacer(uint32_t burst, uint32_t per_second)
      : burst_(burst), interval_(absl::Seconds(1) / per_second) {}

  // `leader` is the one that is lost; `surely`: whatever is heard of its node.
  struct Turn {
    GroupId group;
    NodeId leader;
    bool surely = false;
  };
  void Add(const Turn& turn) { waiting_.push_back(turn); }

  // A group whose turn has come.
  std::optional<Turn> Next(base::MonotonicTime now) {
    if (waiting_.empty()) return std::nullopt;
    // A full bucket is one that was full `burst_` intervals ago.
    next_ = std::max(next_, now - interval_ * burst_);
    if (next_ > now) return std::nullopt;
    next_ = next_ + interval_;
    const Turn turn = waiting_.front();
    waiting_.pop_front();
    return turn;
  }
  std::optional<base::MonotonicTime> NextDeadline() const {
    if (waiting_.empty()) return std::nullopt;
    return next_;
  }

 private:
  const uint32_t burst_;
  const absl::Duration interval_;
  base::MonotonicTime next_;  // When the next token is there; in the past: there are several.
  std::deque<Turn> waiting_;
};

}  // namespace warren::replication
