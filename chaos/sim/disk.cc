#include "chaos/sim/disk.h"

#include <utility>

#include "base/check.h"
#include "chaos/sim/draw.h"

namespace warren::sim {

Disk::Disk(const DiskSetup& setup, DiskImage image, base::Rng rng, Stats& stats)
    : setup_(setup), image_(std::move(image)), rng_(rng), stats_(stats) {}

bool Disk::Submit(DiskWrite write) {
  if (queue_.empty() && (!write.sync || write.IsEmpty())) {
    WARREN_CHECK_MSG(
        write.entries.empty() && !write.install.has_value() && !write.compaction.has_value(),
        "only a hint about the commit index may go without a sync");
    if (write.hard_state.has_value()) unsynced_ = write.hard_state;
    return true;
  }
  queue_.push_back(std::move(write));
  return false;
}

std::optional<Duration> Disk::StartRound() {
  if (under_way_ > 0 || queue_.empty()) return std::nullopt;
  under_way_ = queue_.size();
  if (slow_ > Duration(0) && !std::exchange(slow_counted_, true)) {
    stats_.Count(FaultKind::kSlowDisk);
  }
  return DrawBetween(rng_, setup_.sync_min, setup_.sync_max) + slow_;
}

Disk::RoundEnd Disk::EndRound() {
  WARREN_CHECK(under_way_ > 0);
  if (Happens(rng_, setup_.sync_failed)) {
    stats_.Count(FaultKind::kSyncFailed);
    return {.failed = true};
  }
  if (unsynced_.has_value()) MakeDurable({.hard_state = std::exchange(unsynced_, std::nullopt)});
  const size_t writes = std::exchange(under_way_, 0);
  for (size_t i = 0; i < writes; ++i) {
    MakeDurable(queue_.front());
    queue_.pop_front();
  }
  return {.failed = false, .writes = writes};
}

void Disk::MakeDurable(const DiskWrite& write) {
  const bool replaces = !write.entries.empty() && !write.install.has_value() &&
                        write.entries.front().id.index <= image_.Last().index;
  if (replaces) ++stats_.truncations;
  const bool cures = write.hard_state.has_value() && !write.hard_state->amnesiac;
  if (cures && image_.hard_state().amnesiac) ++stats_.cures;
  image_.Apply(write);
}

void Disk::Crash() {
  if (unsynced_.has_value() && rng_.OneIn(2)) image_.Apply({.hard_state = unsynced_});
  unsynced_.reset();
  const size_t all = queue_.size();
  // A killed process leaves all that it wrote to the system's care; lost power may leave nothing.
  size_t kept = all;
  switch (rng_.Below(3)) {
    case 0:
      kept = 0;
      break;
    case 1:
      kept = rng_.Below(all + 1);
      break;
    default:
      break;
  }
  for (size_t i = 0; i < kept; ++i) MakeDurable(queue_[i]);
  if (kept < all) {
    const size_t records = rng_.Below(queue_[kept].Records() + 1);
    const bool torn = records > 0 && records < queue_[kept].Records();
    stats_.Count(torn ? FaultKind::kWriteTorn : FaultKind::kWriteLost);
    if (torn) image_.ApplyTorn(queue_[kept], records);
  }
  queue_.clear();
  under_way_ = 0;
}

void Disk::SetSlow(Duration extra) {
  slow_ = extra;
  slow_counted_ = false;
}

void Disk::Calm() {
  setup_.sync_failed = 0;
  slow_ = Duration(0);
}

Duration Disk::DrawReadTime() { return DrawBetween(rng_, Duration(0), setup_.read_max) + slow_; }

}  // namespace warren::sim
