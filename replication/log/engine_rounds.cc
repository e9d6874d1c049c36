#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "replication/log/engine_impl.h"

namespace warren::log {

bool LogEngine::Impl::HasFailed() {
  const absl::MutexLock lock(&mutex_);
  return !failure_.ok();
}

void LogEngine::Impl::Fail(const absl::Status& why) {
  {
    const absl::MutexLock lock(&mutex_);
    if (!failure_.ok()) return;
    failure_ = why;
  }
  platform_.logger.Error("log.failed",
                         {{"directory", config_.directory}, {"error", why.ToString()}});
  platform_.listener->OnFailed(why);
}

// ---- Segments

std::shared_ptr<Segment> LogEngine::Impl::TakeReady() {
  const std::lock_guard lock(files_mutex_);
  if (ready_ == nullptr) {
    absl::StatusOr<std::shared_ptr<Segment>> made = files_->Prepare();
    if (made.ok()) {
      ready_ = *std::move(made);
    } else if (absl::IsResourceExhausted(made.status())) {
      out_of_space_ = true;  // Maintenance gives up the reserve, and retires what it can.
      return nullptr;
    } else {
      Fail(made.status());
      return nullptr;
    }
  }
  out_of_space_ = false;
  return std::exchange(ready_, nullptr);
}

// Goes on to the next segment if the frame does not fit into this one.
bool LogEngine::Impl::MakeRoom(const FrameBuilder& frame) {
  if (writer_.Fits(frame)) return true;
  {
    const absl::MutexLock lock(&mutex_);
    // The store has to catch up. Not while opening, since nobody could retire anything then; nor if
    // a retirement waits for this very round, since each would wait for the other.
    const bool may_wait = opened_ && !retirement_waits_;
    if (segments_.size() >= config_.segments_max && may_wait) return false;
  }
  const std::shared_ptr<Segment> segment = TakeReady();
  if (segment == nullptr) return false;
  writer_.Switch(segment);
  const absl::MutexLock lock(&mutex_);
  segments_.Add(segment);
  maintenance_cue_ = true;
  WARREN_CHECK_MSG(writer_.Fits(frame), "a round fits into an empty segment");
  return true;
}

// ---- Rounds

// What may be lost is complete as it is. It waits in its round for a reason to be written: the
// round is full, or something that must be durable comes, or nothing comes for a while (Seal).
// Every frame is synced before the next one is written: a scan relies on it.
bool LogEngine::Impl::CompleteWhatMayBeLost() {
  std::vector<Completion> completions;
  {
    const absl::MutexLock lock(&mutex_);
    completions.swap(rounds_.front()->completions);
  }
  if (completions.empty()) return false;
  platform_.listener->OnCompleted(completions);
  return true;
}

bool LogEngine::Impl::WriteRound() {
  std::unique_ptr<Round> round;
  bool lingers = false;
  {
    const absl::MutexLock lock(&mutex_);
    if (!failure_.ok() || rounds_.empty()) return false;
    const Round& next = *rounds_.front();
    lingers = rounds_.size() == 1 && !next.must_sync && !next.closed &&
              next.bytes() < config_.round_bytes_max;
    if (!lingers) {
      round = std::move(rounds_.front());
      rounds_.pop_front();
    }
  }
  if (lingers) return CompleteWhatMayBeLost();
  if (!MakeRoom(round->frame)) {  // It stays the next one.
    const absl::MutexLock lock(&mutex_);
    round->closed =
        true;  // A retirement may have captured the groups meanwhile, this round included.
    rounds_.push_front(std::move(round));
    return false;
  }
  return WriteFrame(std::move(round), LogStep::kSync);
}

bool LogEngine::Impl::Seal() {
  auto seal = std::make_unique<Round>();
  bool waiting = false;
  {
    const absl::MutexLock lock(&mutex_);
    waiting = !rounds_.empty();
    if (!failure_.ok() || (!waiting && writer_.sealed())) return false;
    if (waiting) {
      rounds_.front()->must_sync = true;
    } else {
      seal->number = next_frame_;
      next_frame_ = next_frame_ + 1;
    }
  }
  if (waiting) return WriteRound();
  const FrameNo number = seal->number;
  if (MakeRoom(seal->frame)) return WriteFrame(std::move(seal), LogStep::kSeal);
  const absl::MutexLock lock(&mutex_);
  if (next_frame_ == number + 1) next_frame_ = number;  // As if it had never been given.
  return false;
}

bool LogEngine::Impl::WriteFrame(std::unique_ptr<Round> round, LogStep step) {
  At(step, Moment::kBefore);
  // Nobody but this thread changes synced_, so that reading it here needs no lock.
  const absl::StatusOr<uint32_t> block = writer_.Write(round->number, synced_, round->frame);
  if (!block.ok()) {
    Fail(block.status());
    return false;
  }
  if (Has(PlantedBug::kCompleteBeforeSync)) {
    platform_.listener->OnCompleted(round->completions);
    round->completions.clear();
  }
  const base::MonotonicTime begin = platform_.clock->Now();
  if (const absl::Status synced = writer_.Sync(); !synced.ok()) {
    Fail(synced);
    return false;
  }
  const absl::Duration took = platform_.clock->Now() - begin;
  At(step, Moment::kAfter);
  const std::vector<Completion> completions = Written(std::move(round), *block, took);
  platform_.listener->OnCompleted(completions);
  return true;
}

// One time under the lock for all that a round leaves to do: whoever submits competes for it.
std::vector<Completion> LogEngine::Impl::Written(std::unique_ptr<Round> round, uint32_t block,
                                                 absl::Duration sync_took) {
  std::vector<Completion> completions = std::move(round->completions);
  const size_t bytes = round->bytes();
  const absl::MutexLock lock(&mutex_);
  ++stats_.rounds;
  ++stats_.syncs;
  if (round->frame.empty()) ++stats_.seals;
  stats_.sync_nanoseconds.Record(static_cast<uint64_t>(absl::ToInt64Nanoseconds(sync_took)));
  stats_.bytes_written = writer_.bytes_written();
  stats_.user_bytes += round->user_bytes;
  segments_.AddFrame(round->number, block, round->user_bytes);
  synced_ = round->number;
  if (std::exchange(retirement_waits_, false)) maintenance_cue_ = true;
  queued_bytes_ -= std::min(queued_bytes_, bytes);
  for (const GroupNo no : round->with_bodies) {
    if (GroupState* const group = groups_.Find(no); group != nullptr) {
      std::erase_if(group->unwritten_bodies, [group, this](const auto& body) {
        const std::optional<EntryPlace> place = group->places().Find(body.first);
        return !place.has_value() || place->frame <= synced_;
      });
    }
  }
  recent_.Evict(synced_, [this](GroupNo no) { return groups_.Find(no); });
  constexpr size_t kSpareRounds = 2;
  if (spare_rounds_.size() < kSpareRounds) {
    round->Reset(2 * config_.round_bytes_max);
    spare_rounds_.push_back(std::move(round));
  }
  return completions;
}

}  // namespace warren::log
