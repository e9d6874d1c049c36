#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/log/engine_impl.h"

namespace warren::log {
namespace {

// One plan names at most so many entries; a longer read goes on with another one.
constexpr uint64_t kPlanEntriesMax = 4096;

std::string Name(raft::GroupId group, raft::Index index) {
  return absl::StrCat("log: group ", group.value(), ": entry ", index.value());
}

size_t BytesOf(const std::vector<raft::Entry>& entries) {
  size_t bytes = 0;
  for (const raft::Entry& entry : entries) bytes += raft::AccountedBytes(entry);
  return bytes;
}

// Drops the last ones until the rest is small enough, or one is left.
void TrimTo(size_t bytes_max, std::vector<raft::Entry>* entries) {
  size_t bytes = BytesOf(*entries);
  while (entries->size() > 1 && bytes > bytes_max) {
    bytes -= raft::AccountedBytes(entries->back());
    entries->pop_back();
  }
}

absl::Status Lost(raft::GroupId group, raft::Index index) {
  return absl::DataLossError(absl::StrCat(Name(group, index), " is lost: its bytes have decayed"));
}

// The entry that `encoded` must be, or an error.
absl::StatusOr<raft::Entry> Decode(const ReadPlan& plan, raft::Index index,
                                   const base::Bytes& encoded) {
  WARREN_ASSIGN_OR_RETURN(raft::Entry entry, raft::DecodeEntry(plan.group, index, encoded));
  const std::optional<raft::Term> term = plan.TermAt(index);
  if (term.has_value() && entry.id.term != *term) {
    return absl::DataLossError(absl::StrCat(Name(plan.group, index), " is of term ",
                                            entry.id.term.value(), ", not ", term->value()));
  }
  return entry;
}

const raft::Entry* FindRecent(const GroupState& group, raft::Index index) {
  const base::Ring<raft::Entry>& ring = group.recent();
  if (!ring.empty() && index >= ring[0].id.index && index <= ring.back().id.index) {
    return &ring[index - ring[0].id.index];
  }
  const auto body = group.unwritten_bodies.find(index);
  return body == group.unwritten_bodies.end() ? nullptr : &body->second;
}

// A stretch that `index` can go on with, or a new one.
ReadStretch& StretchFor(ReadPlan& plan, ReadStretch::From from, raft::Index index) {
  if (plan.stretches.empty() || plan.stretches.back().from != from) {
    ReadStretch& stretch = plan.stretches.emplace_back();
    stretch.from = from;
    stretch.first = index;
  }
  plan.stretches.back().last = index;
  return plan.stretches.back();
}

void AddPlace(const EntryPlace& place, const LiveSegments::FramePlace& frame, raft::Index index,
              ReadPlan& plan) {
  if (!plan.stretches.empty() && plan.stretches.back().from == ReadStretch::From::kSegment) {
    ReadStretch& before = plan.stretches.back();
    uint32_t end = before.offset;
    for (const uint32_t size : before.sizes) end += size;
    if (before.frame_no == place.frame && end == place.offset) {
      before.sizes.push_back(place.bytes);
      before.last = index;
      return;
    }
  }
  ReadStretch& stretch = plan.stretches.emplace_back();
  stretch.from = ReadStretch::From::kSegment;
  stretch.first = stretch.last = index;
  stretch.frame = frame;
  stretch.frame_no = place.frame;
  stretch.offset = place.offset;
  stretch.sizes.push_back(place.bytes);
}

}  // namespace

absl::Status LogEngine::Impl::PlanRead(raft::GroupId id, raft::Index first, raft::Index last,
                                       size_t bytes_max, ReadPlan* plan) {
  const absl::MutexLock lock(&mutex_);
  const GroupState* const group = groups_.Find(id);
  if (group == nullptr) {
    return absl::NotFoundError(absl::StrCat("log: group ", id.value(), " is not here"));
  }
  plan->group = id;
  plan->no = group->no();
  size_t bytes = 0;
  const raft::Index end = std::min({last, group->Last().index, first + (kPlanEntriesMax - 1)});
  for (raft::Index index = first; index <= end && (bytes == 0 || bytes < bytes_max);
       index = index + 1) {
    const bool needed = group->IsNeeded(index);
    if (needed && group->missing().Contains(index.value())) {
      return index == first ? Lost(id, index) : absl::OkStatus();
    }
    const raft::Entry* const recent = FindRecent(*group, index);
    const std::optional<EntryPlace> place = group->places().Find(index);
    if (!needed && ((recent == nullptr && !place.has_value()) || index < group->history_from))
      break;
    plan->terms.push_back(group->TermAt(index));
    if (recent != nullptr) {
      StretchFor(*plan, ReadStretch::From::kMemory, index).entries.push_back(*recent);
      bytes += raft::AccountedBytes(*recent);
    } else if (place.has_value()) {
      const std::optional<LiveSegments::FramePlace> frame = segments_.Find(place->frame);
      WARREN_CHECK_MSG(frame.has_value(), "what is not recent has been written");
      AddPlace(*place, *frame, index, *plan);
      bytes += place->bytes;
    } else {
      StretchFor(*plan, ReadStretch::From::kStore, index);
    }
  }
  if (!plan->stretches.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(Name(id, first), " is not there: the log goes from ",
                                          group->base().id.index.value() + 1, " to ",
                                          group->Last().index.value(), ", and below that keeps ",
                                          "only what its snapshot says"));
}

absl::Status LogEngine::Impl::ReadSegment(const ReadPlan& plan, const ReadStretch& stretch,
                                          std::vector<raft::Entry>* out) const {
  uint32_t bytes = 0;
  for (const uint32_t size : stretch.sizes) bytes += size;
  const absl::StatusOr<base::Bytes> together =
      ReadFromSegment(*stretch.frame.segment, stretch.frame.block, stretch.offset, bytes);
  uint32_t offset = 0;
  for (size_t i = 0; i < stretch.sizes.size(); ++i) {
    const raft::Index index = stretch.first + i;
    absl::StatusOr<base::Bytes> encoded =
        together.ok() ? together->Slice(offset, stretch.sizes[i])
                      : ReadFromSegment(*stretch.frame.segment, stretch.frame.block,
                                        stretch.offset + offset, stretch.sizes[i]);
    if (!encoded.ok()) return encoded.status();
    WARREN_ASSIGN_OR_RETURN(raft::Entry entry, Decode(plan, index, *encoded));
    out->push_back(std::move(entry));
    offset += stretch.sizes[i];
  }
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::ReadStore(const ReadPlan& plan, const ReadStretch& stretch,
                                        size_t bytes_max, std::vector<raft::Entry>* out) const {
  size_t bytes = BytesOf(*out);
  raft::Index expected = stretch.first;
  absl::Status fault;
  bool full = false;
  WARREN_RETURN_IF_ERROR(store_->Read(
      plan.no, stretch.first, stretch.last, [&](raft::Index index, const base::Bytes& encoded) {
        if (index != expected) return false;
        absl::StatusOr<raft::Entry> entry = Decode(plan, index, encoded);
        if (!entry.ok()) {
          fault = entry.status();
          return false;
        }
        bytes += raft::AccountedBytes(*entry);
        out->push_back(*std::move(entry));
        expected = expected + 1;
        full = bytes >= bytes_max;
        return !full;
      }));
  WARREN_RETURN_IF_ERROR(fault);
  if (!full && expected <= stretch.last) {
    return absl::DataLossError(absl::StrCat(Name(plan.group, expected), " is not in the store"));
  }
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::CarryOut(const ReadPlan& plan, const ReadStretch& stretch,
                                       size_t bytes_max, std::vector<raft::Entry>* out) const {
  switch (stretch.from) {
    case ReadStretch::From::kMemory:
      out->insert(out->end(), stretch.entries.begin(), stretch.entries.end());
      return absl::OkStatus();
    case ReadStretch::From::kSegment:
      return ReadSegment(plan, stretch, out);
    case ReadStretch::From::kStore:
      return ReadStore(plan, stretch, bytes_max, out);
  }
  return absl::OkStatus();
}

// The entry could not be read. Is it really lost, or did it move, or can be read alone, because it
// is one of its neighbours that has decayed? If it is lost, the group knows from now on.
bool LogEngine::Impl::LosesEntry(const ReadPlan& plan, raft::Index index,
                                 std::vector<raft::Entry>* alone) {
  ReadPlan again;
  if (!PlanRead(plan.group, index, index, 1, &again).ok()) return false;
  const ReadStretch& stretch = again.stretches.front();
  const absl::Status status = CarryOut(again, stretch, 1, alone);
  if (!absl::IsDataLoss(status) && !absl::IsInvalidArgument(status)) return false;
  const absl::MutexLock lock(&mutex_);
  GroupState* const group = groups_.Find(plan.group);
  if (group == nullptr || group->no() != plan.no) return false;
  const std::optional<EntryPlace> place = group->places().Find(index);
  const bool moved = stretch.from == ReadStretch::From::kSegment
                         ? !place.has_value() || place->frame != stretch.frame_no
                         : place.has_value();
  if (moved || !group->IsNeeded(index)) return false;
  group->Lose(index);
  platform_.logger.Error(
      "log.entry_lost",
      {{"group", plan.group.value()}, {"index", index.value()}, {"error", status.ToString()}});
  return true;
}

absl::StatusOr<std::vector<raft::Entry>> LogEngine::Impl::Read(raft::GroupId group,
                                                               raft::Index first, raft::Index last,
                                                               size_t bytes_max) {
  // What moves while it is read is looked for again; it moves only once, from a segment to the
  // store.
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    ReadPlan plan;
    WARREN_RETURN_IF_ERROR(PlanRead(group, first, last, bytes_max, &plan));
    std::vector<raft::Entry> entries;
    absl::Status status;
    for (const ReadStretch& stretch : plan.stretches) {
      if (!entries.empty() && BytesOf(entries) >= bytes_max) break;
      status = CarryOut(plan, stretch, bytes_max, &entries);
      if (!status.ok()) break;
    }
    TrimTo(bytes_max, &entries);
    if (!entries.empty()) return entries;
    if (LosesEntry(plan, first, &entries)) return Lost(group, first);
    if (!entries.empty()) return entries;
    if (attempt == kAttempts) return base::Annotate(status, Name(group, first));
  }
}

absl::StatusOr<std::vector<raft::Entry>> LogEngine::Impl::ReadSparse(
    raft::GroupId group, std::span<const raft::Index> indexes) {
  std::vector<raft::Entry> all;
  for (size_t at = 0; at < indexes.size();) {
    size_t end = at + 1;
    while (end < indexes.size() && indexes[end] == indexes[end - 1] + 1) ++end;
    WARREN_ASSIGN_OR_RETURN(std::vector<raft::Entry> some,
                            Read(group, indexes[at], indexes[end - 1], SIZE_MAX));
    at += some.size();
    for (raft::Entry& entry : some) all.push_back(std::move(entry));
  }
  return all;
}

absl::StatusOr<RecoveredGroup> LogEngine::Impl::Describe(raft::GroupId id) {
  const absl::MutexLock lock(&mutex_);
  const GroupState* const group = groups_.Find(id);
  if (group == nullptr) {
    return absl::NotFoundError(absl::StrCat("log: group ", id.value(), " is not here"));
  }
  return group->Describe();
}

absl::Status LogEngine::Impl::failure() {
  const absl::MutexLock lock(&mutex_);
  return failure_;
}

LogStats LogEngine::Impl::GetStats() {
  const Store::Stats stored = store_->GetStats();
  uint64_t files_bytes = 0;
  uint64_t files_free = 0;
  {
    const std::lock_guard lock(files_mutex_);
    files_bytes = files_->bytes_on_disk();
    files_free = files_->files_free() + (ready_ != nullptr ? 1 : 0);
  }
  const absl::MutexLock lock(&mutex_);
  LogStats stats = stats_;
  stats.store_bytes_moved = stored.bytes_moved;
  stats.store_bytes_compacted = stored.bytes_compacted;
  stats.segments = segments_.size();
  stats.segments_free = files_free;
  stats.bytes_on_disk = files_bytes + stored.bytes_on_disk;
  stats.cache_bytes = recent_.bytes();
  stats.groups = groups_.size();
  stats.short_of_space = short_of_space_;
  return stats;
}

}  // namespace warren::log
