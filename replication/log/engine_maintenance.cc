#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "replication/log/engine_impl.h"

namespace warren::log {
namespace {

constexpr absl::Duration kSpaceInterval = absl::Seconds(1);
// Groups and entries that a retirement looks at while it holds the lock: about a millisecond.
constexpr size_t kCaptureSlice = 4096;

}  // namespace

// Oldest duties first: what keeps the log going, then what keeps it safe, then what keeps it small.
bool LogEngine::Impl::Maintain() {
  if (HasFailed()) return false;
  if (WatchSpace() || PrepareNext() || WriteWatermark()) return true;
  if (retirement_.has_value()) return FinishRetirement();
  if (HintRetirement() || BeginRetirement()) return true;
  return !platform_.compacts_by_itself && CompactStore();
}

bool LogEngine::Impl::CompactStore() {
  const absl::StatusOr<bool> compacted = store_->Compact(/*all=*/false);
  if (!compacted.ok()) {
    platform_.logger.Warning("log.compaction_failed", {{"error", compacted.status().ToString()}});
    return false;
  }
  return *compacted;
}

bool LogEngine::Impl::PrepareNext() {
  {
    // While a retirement is due its file will be the next segment: no need for one more.
    const absl::MutexLock lock(&mutex_);
    if (segments_.full() > config_.segments_kept) return false;
  }
  const std::lock_guard lock(files_mutex_);
  if (ready_ != nullptr || out_of_space_) return false;
  At(LogStep::kRecycle, Moment::kBefore);
  absl::StatusOr<std::shared_ptr<Segment>> made = files_->Prepare();
  if (made.ok()) {
    ready_ = *std::move(made);
    files_->TrimFree(0);
    At(LogStep::kRecycle, Moment::kAfter);
    return true;
  }
  if (absl::IsResourceExhausted(made.status())) {
    out_of_space_ = true;
  } else {
    Fail(made.status());
  }
  return false;
}

// ---- Retirement

bool LogEngine::Impl::HintRetirement() {
  std::vector<raft::GroupId> concerned;
  {
    const absl::MutexLock lock(&mutex_);
    if (segments_.full() < config_.segments_kept || segments_.full() == 0) return false;
    const LiveSegments::Oldest oldest = segments_.oldest();
    if (oldest.segment->life.number <= hinted_) return false;
    hinted_ = oldest.segment->life.number;
    for (const auto& [no, group] : groups_.groups()) {
      if (group->places().TouchesUpTo(oldest.last)) concerned.push_back(group->id());
    }
  }
  if (!concerned.empty()) platform_.listener->OnRetirementNear(concerned);
  return true;
}

bool LogEngine::Impl::BeginRetirement() {
  {
    const absl::MutexLock lock(&mutex_);
    if (segments_.full() <= config_.segments_kept) return false;
    const LiveSegments::Oldest oldest = segments_.oldest();
    At(LogStep::kRetire, Moment::kBefore);
    Retirement& retirement = retirement_.emplace();
    retirement.segment = oldest.segment;
    retirement.through = oldest.last;
    stats_.user_bytes_retired += oldest.user_bytes;
  }
  while (CaptureSlice(*retirement_)) {
  }
  return true;
}

// A few groups at a time, so that nobody waits long for the lock. Each slice knows of all that came
// before it, and the last one decides what must be durable before any of it moves.
bool LogEngine::Impl::CaptureSlice(Retirement& retirement) {
  const absl::MutexLock lock(&mutex_);
  retirement.as_of = next_frame_ - 1;
  // What comes now is not known to the capture.
  if (!rounds_.empty()) rounds_.back()->closed = true;
  auto next = groups_.groups().upper_bound(retirement.captured);
  for (size_t looked_at = 0; next != groups_.groups().end(); ++next) {
    if (looked_at >= kCaptureSlice) return true;
    GroupState& group = *next->second;
    retirement.captured = next->first;
    ++looked_at;
    if (!MustCapture(group, retirement.through)) continue;
    CaptureRecord(group, retirement, platform_.bug);
    group.places().ForEachUpTo(retirement.through, [&](raft::Index index, const EntryPlace& place) {
      ++looked_at;
      const std::optional<LiveSegments::FramePlace> frame = segments_.Find(place.frame);
      if (frame.has_value()) CaptureEntry(group, index, place, frame->block, retirement);
    });
  }
  for (const GroupTable::Destroyed& gone : groups_.destroyed()) {
    if (gone.frame <= retirement.through) retirement.move.destroyed.push_back(gone.no);
  }
  retirement.move.log = {.log_id = log_id_,
                         .retired = retirement.segment->life.number,
                         .groups_last = groups_.last_given()};
  return false;
}

bool LogEngine::Impl::FinishRetirement() {
  {
    const absl::MutexLock lock(&mutex_);
    if (synced_ < retirement_->as_of) {
      retirement_waits_ = true;
      for (const std::unique_ptr<Round>& round : rounds_) round->must_sync = true;
      return false;
    }
  }
  ReadWanted(*retirement_);
  const SegmentNo segment = retirement_->segment->life.number;
  if (Has(PlantedBug::kRecycleBeforeMoveSynced)) Recycle(segment);
  const absl::Status moved = store_->Apply(retirement_->move, [this](StorePoint point) {
    switch (point) {
      case StorePoint::kBeforeFlush:
        return At(LogStep::kFlush, Moment::kBefore);
      case StorePoint::kAfterFlush:
        return At(LogStep::kFlush, Moment::kAfter);
      case StorePoint::kBeforeIngest:
        return At(LogStep::kIngest, Moment::kBefore);
      case StorePoint::kAfterIngest:
        return At(LogStep::kIngest, Moment::kAfter);
    }
  });
  if (!moved.ok()) {
    PutBackRetirement();
    if (!absl::IsResourceExhausted(moved)) {
      Fail(moved);
    } else {
      const std::lock_guard lock(files_mutex_);
      out_of_space_ = true;
    }
    return false;
  }
  SettleRetirement();
  retirement_.reset();
  if (!Has(PlantedBug::kRecycleBeforeMoveSynced)) Recycle(segment);
  At(LogStep::kRetire, Moment::kAfter);
  return true;
}

void LogEngine::Impl::Recycle(SegmentNo segment) {
  const std::lock_guard lock(files_mutex_);
  files_->Release(segment);
  if (ready_ != nullptr) files_->TrimFree(0);
}

// The store has it, and trusts the snapshots that came along: the groups learn so.
void LogEngine::Impl::SettleRetirement() {
  const absl::MutexLock lock(&mutex_);
  const Retirement& done = *retirement_;
  stats_.user_bytes_moved += done.user_bytes_moved;
  for (const GroupRecord& record : done.move.groups) {
    GroupState* const group = groups_.Find(record.no);
    if (group == nullptr) continue;  // Destroyed meanwhile; its keys go with that retirement.
    group->stored_last = record.last;
    if (record.snapshot != nullptr) group->snapshot_in_store = record.snapshot->last.id;
  }
  for (const Retirement::Lost& lost : done.lost) {
    GroupState* const group = groups_.Find(lost.group);
    if (group != nullptr && group->IsNeeded(lost.index)) {
      const std::optional<EntryPlace> place = group->places().Find(lost.index);
      if (place.has_value() && place->frame <= done.through) group->Lose(lost.index);
    }
    platform_.logger.Error("log.entry_lost", {{"group_no", lost.group.value()},
                                              {"index", lost.index.value()},
                                              {"segment", done.segment->life.number.value()}});
  }
  for (const auto& [no, group] : groups_.groups()) group->places().DropFrames(done.through);
  groups_.ForgetDestroyed(done.through);
  segments_.DropOldest();
}

void LogEngine::Impl::PutBackRetirement() {
  const absl::MutexLock lock(&mutex_);
  for (const Retirement::Untold& untold : retirement_->untold) {
    GroupState* const group = groups_.Find(untold.group);
    if (group != nullptr && untold.from != FrameNo()) group->untold_from = untold.from;
  }
  stats_.user_bytes_retired -= segments_.oldest().user_bytes;
  retirement_.reset();
}

// ---- Watermark and space

bool LogEngine::Impl::WriteWatermark() {
  const base::MonotonicTime now = platform_.clock->Now();
  FrameNo synced;
  {
    const absl::MutexLock lock(&mutex_);
    synced = Has(PlantedBug::kWatermarkAheadOfSync) ? next_frame_ - 1 : synced_;
  }
  if (synced <= watermark_value_ || now - watermark_at_ < config_.watermark_interval) return false;
  watermark_at_ = now;
  if (const absl::Status written = watermark_->Write({.log_id = log_id_, .frame = synced});
      !written.ok()) {
    Fail(written);
    return false;
  }
  watermark_value_ = synced;
  return true;
}

bool LogEngine::Impl::WatchSpace() {
  const base::MonotonicTime now = platform_.clock->Now();
  bool wanting = false;
  {
    const std::lock_guard lock(files_mutex_);
    wanting = std::exchange(out_of_space_, false);
  }
  if (!wanting && now - space_at_ < kSpaceInterval) return false;
  space_at_ = now;
  const bool gave_up = wanting && space_->GiveUpReserve();
  if (!wanting) space_->Look();
  TellSpace();
  return gave_up;
}

void LogEngine::Impl::TellSpace() {
  const bool now_short = space_->short_of_space();
  {
    const absl::MutexLock lock(&mutex_);
    if (short_of_space_ == now_short) return;
    short_of_space_ = now_short;
  }
  platform_.listener->OnSpace(now_short);
}

}  // namespace warren::log
