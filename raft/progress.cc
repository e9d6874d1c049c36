#include "raft/progress.h"

#include <algorithm>

#include "base/check.h"

namespace warren::raft {

Progress::Progress(Index match, Index next, size_t inflight_messages_max, size_t inflight_bytes_max)
    : match_(match), next_(next), window_(inflight_messages_max, inflight_bytes_max) {
  WARREN_CHECK(match_ < next_);
}

void Progress::Reset(ProgressState state) {
  state_ = state;
  paused_ = false;
  pending_snapshot_ = Index();
  window_.Reset();
}

void Progress::BecomeProbe() {
  // A snapshot that is on its way, or has arrived, is the best guess of where to go on. If it
  // failed, DropPendingSnapshot() has been called.
  const Index behind = std::max(match_, pending_snapshot_);
  const bool from_snapshot = state_ == ProgressState::kSnapshot;
  Reset(ProgressState::kProbe);
  next_ = (from_snapshot ? behind : match_) + 1;
  sent_commit_ = std::min(sent_commit_, next_ - 1);
}

void Progress::BecomeReplicate() {
  Reset(ProgressState::kReplicate);
  next_ = match_ + 1;
}

void Progress::BecomeSnapshot(Index snapshot) {
  Reset(ProgressState::kSnapshot);
  pending_snapshot_ = snapshot;
  next_ = snapshot + 1;
  sent_commit_ = snapshot;
}

void Progress::Sent(uint64_t entries, size_t bytes) {
  WARREN_CHECK(state_ != ProgressState::kSnapshot);
  if (state_ == ProgressState::kProbe) {
    // One append with entries at a time; an empty one is cheap enough to repeat.
    if (entries > 0) paused_ = true;
    return;
  }
  if (entries > 0) {
    next_ = next_ + entries;
    window_.Add(next_ - 1, bytes);
  }
  paused_ = window_.IsFull();
}

bool Progress::CanBumpCommit(Index commit) const {
  return commit > sent_commit_ && sent_commit_ < next_ - 1;
}

bool Progress::Advance(Index index) {
  if (index <= match_) return false;
  match_ = index;
  next_ = std::max(next_, match_ + 1);
  paused_ = false;
  return true;
}

bool Progress::StepBack(Index rejected, Index hint) {
  if (state_ == ProgressState::kSnapshot) return false;  // Of an append from before it.
  if (state_ == ProgressState::kReplicate) {
    if (rejected <= match_) return false;  // It has matched since.
    next_ = match_ + 1;
  } else {
    if (rejected != next_ - 1) return false;  // Not the probe that is out.
    next_ = std::max(std::min(rejected, hint + 1), match_ + 1);
    paused_ = false;
  }
  sent_commit_ = std::min(sent_commit_, next_ - 1);
  return true;
}

void Progress::ForgetMatch(Index last) {
  Reset(ProgressState::kProbe);
  match_ = Index();
  next_ = last + 1;
  sent_commit_ = known_commit = Index();
}

bool Progress::IsPaused() const { return state_ == ProgressState::kSnapshot || paused_; }

ProgressView Progress::View() const {
  return {.state = state_,
          .match = match_,
          .next = next_,
          .pending_snapshot = pending_snapshot_,
          .learner = learner,
          .paused = IsPaused(),
          .active = active,
          .window_full = window_.IsFull(),
          .amnesiac = amnesiac,
          .inflight = window_.count()};
}

}  // namespace warren::raft
