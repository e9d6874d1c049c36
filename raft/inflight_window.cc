#include "raft/inflight_window.h"

#include <algorithm>

#include "base/check.h"

namespace warren::raft {

void InflightWindow::Add(Index last, size_t bytes) {
  WARREN_CHECK(!IsFull());
  if (count_ == ring_.size()) Grow();
  ring_[(start_ + count_) & (ring_.size() - 1)] = {.last = last, .bytes = bytes};
  ++count_;
  bytes_ += bytes;
}

void InflightWindow::FreeUpTo(Index index) {
  while (count_ > 0 && ring_[start_].last <= index) {
    bytes_ -= ring_[start_].bytes;
    start_ = (start_ + 1) & (ring_.size() - 1);
    --count_;
  }
}

void InflightWindow::Reset() {
  start_ = 0;
  count_ = 0;
  bytes_ = 0;
}

void InflightWindow::Grow() {
  std::vector<Inflight> larger(std::max<size_t>(4, ring_.size() * 2));
  for (size_t i = 0; i < count_; ++i) larger[i] = ring_[(start_ + i) & (ring_.size() - 1)];
  ring_ = std::move(larger);
  start_ = 0;
}

}  // namespace warren::raft
