#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/log/engine_impl.h"
#include "replication/log/write_check.h"

namespace warren::log {
namespace {

size_t BytesOf(std::span<const raft::Entry> entries) {
  size_t bytes = 0;
  for (const raft::Entry& entry : entries) bytes += raft::kEntryHeaderBytes + entry.payload.size();
  return bytes;
}

// About what a snapshot takes; the state is nearly all of it.
size_t BytesOf(const raft::SnapshotRef& snapshot) {
  return snapshot == nullptr ? 0 : snapshot->state.size() + 256;
}

size_t BytesOf(const Write& write) {
  return BytesOf(write.entries) + BytesOf(write.bodies) + BytesOf(write.install) +
         BytesOf(write.snapshot) + 64;
}

absl::Status Senseless(raft::GroupId group, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("log: group ", group.value(), ": ", what));
}

bool OnlyCommitChanged(const raft::HardState& before, const raft::HardState& now) {
  raft::HardState same = before;
  same.commit = now.commit;
  return same == now;
}

}  // namespace

absl::Status LogEngine::Impl::CheckAdmission(size_t bytes, bool brings_load) {
  if (!failure_.ok()) {
    return absl::AbortedError(absl::StrCat("log: it has failed: ", failure_.message()));
  }
  if (brings_load && short_of_space_) {
    ++stats_.refused;
    return absl::ResourceExhaustedError(absl::StrCat("log: the disk of ", config_.directory,
                                                     " is nearly full (less than ",
                                                     config_.disk_free_min, " bytes are free)"));
  }
  if (queued_bytes_ > 0 && queued_bytes_ + bytes > config_.queued_bytes_max) {
    ++stats_.refused;
    if (!rounds_.empty())
      rounds_.back()->must_sync = true;  // It has waited for company long enough.
    return absl::ResourceExhaustedError(absl::StrCat("log: ", queued_bytes_,
                                                     " bytes wait to be written, of at most ",
                                                     config_.queued_bytes_max));
  }
  return absl::OkStatus();
}

Round& LogEngine::Impl::OpenRound() {
  if (!rounds_.empty() && !rounds_.back()->closed &&
      rounds_.back()->bytes() < config_.round_bytes_max) {
    return *rounds_.back();
  }
  std::unique_ptr<Round> round;
  if (spare_rounds_.empty()) {
    round = std::make_unique<Round>();
  } else {
    round = std::move(spare_rounds_.back());
    spare_rounds_.pop_back();
  }
  round->number = next_frame_;
  next_frame_ = next_frame_ + 1;
  rounds_.push_back(std::move(round));
  return *rounds_.back();
}

absl::Status LogEngine::Impl::Create(raft::GroupId id, const raft::Recovered& first,
                                     raft::WriteTicket ticket) {
  const absl::MutexLock lock(&mutex_);
  if (id.IsNone()) return Senseless(id, "a group needs an id");
  if (groups_.Find(id) != nullptr) {
    return absl::AlreadyExistsError(absl::StrCat("log: group ", id.value(), " is here already"));
  }
  if (groups_.last_given().value() >= UINT32_MAX) {
    return absl::ResourceExhaustedError("log: all 2^32 group numbers have been given");
  }
  Write write;
  write.group = id;
  write.hard_state = first.hard_state;
  write.install = first.snapshot;
  write.entries = first.entries;
  write.ticket = ticket;
  WARREN_RETURN_IF_ERROR(CheckAdmission(BytesOf(write), /*brings_load=*/false));
  const raft::EntryHead begin =
      first.snapshot == nullptr ? raft::EntryHead() : first.snapshot->last;
  if (first.base != begin) return Senseless(id, "a new group begins where its snapshot ends");

  auto group = std::make_unique<GroupState>(GroupNo(groups_.last_given().value() + 1), id);
  WARREN_RETURN_IF_ERROR(CheckSize(write));
  WARREN_RETURN_IF_ERROR(CheckWrite(*group, write));
  At(LogStep::kCreate, Moment::kBefore);
  Round& round = OpenRound();
  Item item;
  item.kind = ItemKind::kCreate;
  item.group = group->no();
  item.id = id;
  round.frame.Add(item);
  Told(*group, round);
  Carry(groups_.Add(std::move(group)), std::move(write), round);
  At(LogStep::kCreate, Moment::kAfter);
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::Destroy(raft::GroupId id, raft::WriteTicket ticket) {
  const absl::MutexLock lock(&mutex_);
  GroupState* const group = groups_.Find(id);
  if (group == nullptr) {
    return absl::NotFoundError(absl::StrCat("log: group ", id.value(), " is not here"));
  }
  WARREN_RETURN_IF_ERROR(CheckAdmission(64, /*brings_load=*/false));
  At(LogStep::kDestroy, Moment::kBefore);
  Round& round = OpenRound();
  const size_t before = round.bytes();
  Item item;
  item.kind = ItemKind::kDestroy;
  item.group = group->no();
  round.frame.Add(item);
  round.completions.push_back({.group = id, .ticket = ticket});
  round.must_sync = true;
  queued_bytes_ += round.bytes() - before;
  recent_.Forget(*group);
  groups_.Destroy(*group, round.number);
  At(LogStep::kDestroy, Moment::kAfter);
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::Submit(Write&& write) {
  const absl::MutexLock lock(&mutex_);
  GroupState* const group = groups_.Find(write.group);
  if (group == nullptr) {
    return absl::NotFoundError(absl::StrCat("log: group ", write.group.value(), " is not here"));
  }
  WARREN_RETURN_IF_ERROR(CheckAdmission(BytesOf(write), write.brings_load));
  WARREN_RETURN_IF_ERROR(CheckSize(write));
  WARREN_RETURN_IF_ERROR(CheckWrite(*group, write));
  Carry(*group, std::move(write), OpenRound());
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::CheckSize(const Write& write) const {
  if (BytesOf(write) <= RecordBytesMax()) return absl::OkStatus();
  return Senseless(write.group,
                   absl::StrCat("a write of ", BytesOf(write), " bytes is too large; at most ",
                                RecordBytesMax(), " fit, a quarter of a segment"));
}

void LogEngine::Impl::Told(GroupState& group, const Round& round) {
  if (group.untold_from == FrameNo()) group.untold_from = round.number;
}

void LogEngine::Impl::Carry(GroupState& group, Write write, Round& round) {
  const size_t before = round.bytes();
  if (write.hard_state.has_value()) CarryHardState(group, *write.hard_state, round);
  if (write.install != nullptr) CarryInstall(group, std::move(write.install), round);
  if (!write.bodies.empty()) CarryBodies(group, std::move(write.bodies), round);
  if (write.truncate_from.has_value()) CarryTruncate(group, *write.truncate_from, round);
  if (!write.entries.empty()) CarryEntries(group, std::move(write.entries), round);
  if (write.snapshot != nullptr) CarrySnapshot(group, std::move(write.snapshot), round);
  round.completions.push_back({.group = write.group, .ticket = write.ticket});
  round.must_sync = round.must_sync || !write.may_be_lost;
  queued_bytes_ += round.bytes() - before;
}

void LogEngine::Impl::CarryHardState(GroupState& group, const raft::HardState& hard_state,
                                     Round& round) {
  if (hard_state == group.hard_state()) return;
  Item item;
  item.group = group.no();
  item.hard_state = hard_state;
  item.kind = ItemKind::kHardState;
  if (OnlyCommitChanged(group.hard_state(), hard_state)) {
    item.kind = ItemKind::kCommit;
    item.hard_state = {.term = {}, .vote = {}, .commit = hard_state.commit, .amnesiac = false};
  }
  round.frame.Add(item);
  group.SetHardState(hard_state);
  Told(group, round);
}

void LogEngine::Impl::CarryInstall(GroupState& group, raft::SnapshotRef snapshot, Round& round) {
  At(LogStep::kSnapshot, Moment::kBefore);
  round.frame.AddSnapshot(ItemKind::kInstall, group.no(), snapshot->last.id,
                          raft::EncodeSnapshot(group.id(), *snapshot));
  group.places().TruncateFrom(snapshot->last.id.index + 1);
  const base::IntervalSet kept = group.Install(std::move(snapshot));
  // Entries that stay, and that no disk may have yet, wait apart: what is recent is the log's end.
  std::erase_if(group.unwritten_bodies,
                [&kept](const auto& body) { return !kept.Contains(body.first.value()); });
  for (size_t i = 0; i < group.recent().size(); ++i) {
    const raft::Entry& entry = group.recent()[i];
    if (!kept.Contains(entry.id.index.value())) continue;
    group.unwritten_bodies.try_emplace(entry.id.index, entry);
  }
  recent_.Forget(group);
  round.with_bodies.push_back(group.no());
  Told(group, round);
  At(LogStep::kSnapshot, Moment::kAfter);
}

void LogEngine::Impl::CarryBodies(GroupState& group, std::vector<raft::Entry> bodies,
                                  Round& round) {
  std::vector<uint32_t> offsets;
  for (size_t begin = 0; begin < bodies.size();) {
    size_t end = begin + 1;
    while (end < bodies.size() && bodies[end].id.index == bodies[end - 1].id.index + 1) ++end;
    const std::span<const raft::Entry> run = std::span(bodies).subspan(begin, end - begin);
    offsets.clear();
    round.frame.AddEntries(ItemKind::kBodies, group.no(), group.id(), run, &offsets);
    const auto frame_end = static_cast<uint32_t>(kFrameHeaderBytes + round.frame.body_bytes());
    group.places().AddBodies(run.front().id.index, round.number, offsets, frame_end);
    group.BringBack(run.front().id.index, run.size());
    begin = end;
  }
  for (raft::Entry& body : bodies) {
    round.user_bytes += body.payload.size();
    const raft::Index index = body.id.index;
    group.unwritten_bodies.insert_or_assign(index, std::move(body));
  }
  round.with_bodies.push_back(group.no());
  Told(group, round);
}

void LogEngine::Impl::CarryTruncate(GroupState& group, raft::Index first, Round& round) {
  if (first > group.Last().index) return;
  At(LogStep::kTruncate, Moment::kBefore);
  Item item;
  item.kind = ItemKind::kTruncate;
  item.group = group.no();
  item.first = first;
  round.frame.Add(item);
  recent_.Truncate(group, first, round.number);
  group.places().TruncateFrom(first);
  group.TruncateFrom(first);
  Told(group, round);
  At(LogStep::kTruncate, Moment::kAfter);
}

void LogEngine::Impl::CarryEntries(GroupState& group, std::vector<raft::Entry> entries,
                                   Round& round) {
  At(LogStep::kAppend, Moment::kBefore);
  const raft::Index first = entries.front().id.index;
  const bool replaces = first <= group.Last().index;
  if (replaces) {
    At(LogStep::kTruncate, Moment::kBefore);
    recent_.Truncate(group, first, round.number);
    Told(group, round);
  }
  offsets_.clear();
  round.frame.AddEntries(ItemKind::kEntries, group.no(), group.id(), entries, &offsets_);
  const auto end = static_cast<uint32_t>(kFrameHeaderBytes + round.frame.body_bytes());
  group.places().Append(first, round.number, offsets_, end);
  for (const raft::Entry& entry : entries) {
    group.Append(entry.id.index, 1, entry.id.term);
    round.user_bytes += entry.payload.size();
  }
  recent_.Add(group, std::move(entries), round.number);
  if (replaces) At(LogStep::kTruncate, Moment::kAfter);
  At(LogStep::kAppend, Moment::kAfter);
}

void LogEngine::Impl::CarrySnapshot(GroupState& group, raft::SnapshotRef snapshot, Round& round) {
  At(LogStep::kSnapshot, Moment::kBefore);
  round.frame.AddSnapshot(ItemKind::kSnapshot, group.no(), snapshot->last.id,
                          raft::EncodeSnapshot(group.id(), *snapshot));
  if (Has(PlantedBug::kDeadAboveSyncedSnapshot)) {
    store_->dead_map().SetSnapshot(group.no(), snapshot);
  }
  group.TakeSnapshot(std::move(snapshot));
  Told(group, round);
  At(LogStep::kSnapshot, Moment::kAfter);
}

}  // namespace warren::log
