// Snapshots, memory, and what is missing.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "replication/host/group.h"

namespace warren::replication {
namespace {

// Entries read at a time for another member, before their bytes are counted.
constexpr size_t kReadBatch = 8;

// So many entries a learner may lack and be made a voter.
constexpr uint64_t kPromoteWithin = 64;

}  // namespace

// ---- Snapshots

void Group::MaybeSnapshot() {
  if (machine_ == nullptr || installs_under_way_ > 0 || installing_ != nullptr) return;
  const raft::Index now = applied_.id.index;
  if (now <= snapshot_at_) return;
  const bool due = wants_snapshot_ || bytes_since_snapshot_ >= config_.snapshot_bytes ||
                   now - snapshot_at_ >= config_.snapshot_entries || HoldsMuchDead();
  // What it stands on must be on this disk before it can replace that.
  if (due && core_->durable() >= now) TakeSnapshot();
}

// Its memory is its log's. A snapshot is paid for by what it frees, at least as much as stays. On
// disk what is dead waits for its segment to retire.
bool Group::HoldsMuchDead() const {
  const uint64_t held = live_at_snapshot_ + bytes_since_snapshot_;
  if (durability_ != Durability::kInMemory || held < config_.dead_bytes_max) return false;
  const uint64_t live = machine_->LiveBytes();
  return held >= live + std::max<uint64_t>(live, config_.dead_bytes_max);
}

void Group::TakeSnapshot() {
  StateMachine::Image image = machine_->TakeImage();
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = applied_;
  snapshot->membership = core_->membership();
  if (bug_ == HostBug::kLiveEntryDropped && image.live.size() > 3) image.live.PopFirst();
  const uint64_t first = image.live.First().value_or(applied_.id.index.value());
  const raft::Index from(std::min(first, applied_.id.index.value()));
  if (from > terms_.first()) terms_.DropBefore(from);
  snapshot->terms = terms_;
  snapshot->live = std::move(image.live);
  snapshot->state = SealState(kind_, image.state);

  wants_snapshot_ = false;
  snapshot_at_ = applied_.id.index;
  bytes_since_snapshot_ = 0;
  if (durability_ == Durability::kInMemory) live_at_snapshot_ = machine_->LiveBytes();
  PendingWrite pending;
  pending.write.group = id_;
  pending.write.snapshot = snapshot;
  pending.taken = std::move(snapshot);
  writes_.Push(std::move(pending));
  Submit();
}

// ---- Members to be

// A learner that holds nearly all of the log will hold the rest before it is asked. One that a
// message made has to be told first, by every voter, that it has forgotten nothing: as a voter that
// may not vote it could leave the group without a majority, while one of the others is away.
void Group::MaybePromote() {
  if (to_promote_.empty()) return;
  if (!leading_) return to_promote_.Clear();
  for (const raft::PeerStatus& peer : core_->GetStatus().peers) {
    const bool near = peer.progress.match + kPromoteWithin >= core_->commit();
    const bool may_vote = near && !peer.progress.amnesiac;
    if (!peer.progress.learner || !may_vote || !to_promote_.Contains(peer.node)) continue;
    const raft::StepResult result =
        ChangeMembers({.transition = raft::Transition::kAuto,
                       .changes = {{.type = raft::MemberChangeType::kAddVoter, .node = peer.node}},
                       .context = {}});
    if (result.outcome == raft::Outcome::kDone) to_promote_.Erase(peer.node);
    return;  // One change at a time.
  }
}

// ---- Memory

// Followers serve nobody and keep nothing that is on disk. A leader keeps what members who are a
// little behind will ask for, unless nobody is.
void Group::TrimMemory() {
  const bool serves = core_->role().role == raft::Role::kLeader && core_->WantsTick();
  const size_t keep = serves ? config_.catch_up_bytes : 0;
  raft::Index evict;
  while (!recent_.empty() && recent_bytes_ > keep) {
    evict = recent_.front().index;
    recent_bytes_ -= recent_.front().bytes;
    recent_.PopFront();
  }
  if (evict != raft::Index()) Step(raft::Evict{evict});
}

// ---- What is missing here

void Group::StartFetching(base::IntervalSet missing) {
  const auto found = ports_->log().Describe(id_);
  if (!found.ok()) return Fail(found.status());
  raft::NodeSet sources;
  if (found->snapshot != nullptr) sources = found->snapshot->membership.AllMembers();
  if (core_.has_value()) sources.InsertAll(core_->membership().AllMembers());
  sources.Erase(self());
  StopFetching();
  fetcher_ = std::make_unique<Fetcher>(config_, std::move(missing), found->base.id.index,
                                       found->terms, sources);
  ports_->Touch(id_);
}

// What is under way is of a number that the whole node shares.
void Group::StopFetching() {
  if (fetcher_ == nullptr) return;
  ports_->fetch_budget().OnUnderWay(-static_cast<int>(fetcher_->under_way()));
  fetcher_.reset();
}

void Group::PollFetches() {
  if (fetcher_ == nullptr || !fault_.ok()) return;
  const auto before = static_cast<int>(fetcher_->under_way());
  const base::MonotonicTime now = ports_->clock().Now();
  fetcher_->Poll(
      now, ports_->fetch_budget().RoomAt(now), [this](NodeId node) { return ports_->Trusts(node); },
      [this](NodeId to, const FetchRequest& request) { ports_->SendFetch(to, id_, request); });
  ports_->fetch_budget().OnUnderWay(static_cast<int>(fetcher_->under_way()) - before);
  MaybeAcceptLoss();
  if (fetcher_ != nullptr && fetcher_->IsDone()) OnNothingMissing();
}

void Group::OnFetched(NodeId from, FetchAnswer answer) {
  if (fetcher_ == nullptr || !fault_.ok()) return;
  ports_->Touch(id_);
  const auto before = static_cast<int>(fetcher_->under_way());
  std::vector<raft::Entry> entries = fetcher_->OnAnswer(from, std::move(answer));
  ports_->fetch_budget().OnUnderWay(static_cast<int>(fetcher_->under_way()) - before);
  size_t bytes = 0;
  for (const raft::Entry& entry : entries) bytes += raft::AccountedBytes(entry);
  ports_->fetch_budget().OnBytes(ports_->clock().Now(), bytes);
  for (std::vector<raft::Entry>& piece : CutToSize(std::move(entries))) {
    PendingWrite pending;
    pending.write.group = id_;
    for (const raft::Entry& entry : piece) {
      pending.fetched.InsertRange(entry.id.index.value(), entry.id.index.value());
    }
    pending.write.bodies = std::move(piece);
    writes_.Push(std::move(pending));
  }
  Submit();
}

void Group::OnNothingMissing() {
  logger_.Info("group.mended", {{"fetched", fetcher_->fetched()}, {"dead", fetcher_->dead()}});
  fetcher_.reset();
  installing_ = nullptr;
  if (!core_.has_value()) {
    if (const absl::Status status = StartWhole(); !status.ok()) return Fail(status);
  }
  for (const uint64_t number : std::exchange(after_repair_, {})) {
    if (const auto load = loads_.find(number); load != loads_.end()) {
      ports_->Read(id_, {.purpose = ReadTag::Purpose::kCatchUp, .number = number},
                   load->second.first, load->second.last, load->second.bytes_max);
    } else if (const auto read = machine_reads_.find(number); read != machine_reads_.end()) {
      ports_->ReadSparse(id_, {.purpose = ReadTag::Purpose::kMachine, .number = number},
                         read->second.indexes);
    }
  }
}

// Nobody can give what is left. What lies above the snapshot may never have been committed: then
// the log ends before it, and this member is one that has forgotten. A group of one has nobody to
// ask, and goes on without what it has lost.
void Group::MaybeAcceptLoss() {
  if (core_.has_value() || fetcher_ == nullptr) return;
  const base::IntervalSet lost = fetcher_->Unobtainable();
  if (lost.empty()) return;
  const auto found = ports_->log().Describe(id_);
  if (!found.ok()) return Fail(found.status());
  const bool alone =
      found->snapshot == nullptr || found->snapshot->membership.AllMembers().size() <= 1;
  const bool all_uncommitted = *lost.First() > found->base.id.index.value();
  if (!alone && !all_uncommitted) return;
  if (const absl::Status status = AcceptLoss(*found); !status.ok()) return Fail(status);
}

absl::Status Group::AcceptLoss(const log::RecoveredGroup& found) {
  const bool alone =
      found.snapshot == nullptr || found.snapshot->membership.AllMembers().size() <= 1;
  logger_.Error("group.entries_lost", {{"entries", found.missing.size()},
                                       {"first", found.missing.First().value_or(0)},
                                       {"last", found.missing.Last().value_or(0)}});
  PendingWrite pending;
  pending.write.group = id_;
  const auto above = found.missing.NextRun(found.base.id.index.value() + 1);
  if (!alone && above.has_value()) {
    pending.write.hard_state = found.hard_state;
    pending.write.hard_state->amnesiac = true;
    pending.write.truncate_from = raft::Index(above->first);
  } else if (above.has_value()) {
    // Entries without contents stand for those that are lost, and what came after them stays.
    for (raft::Index at(above->first); at <= found.last.index; at = at + 1) {
      const raft::EntryId id = {.index = at, .term = *found.terms.TermAt(at)};
      if (found.missing.Contains(at.value())) {
        pending.write.entries.push_back(
            {.id = id, .time = {}, .type = raft::EntryType::kNormal, .payload = {}});
        continue;
      }
      WARREN_ASSIGN_OR_RETURN(std::vector<raft::Entry> kept,
                              ports_->log().Read(id_, at, at, SIZE_MAX));
      pending.write.entries.push_back(std::move(kept.front()));
    }
  }
  fetcher_.reset();
  if (pending.write.hard_state.has_value()) writes_.Push(pending);
  for (std::vector<raft::Entry>& piece : CutToSize(std::move(pending.write.entries))) {
    PendingWrite replaced;
    replaced.write.group = id_;
    replaced.write.entries = std::move(piece);
    writes_.Push(std::move(replaced));
  }
  WARREN_RETURN_IF_ERROR(writes_.Submit(ports_->log()));
  return StartWhole();
}

std::optional<base::MonotonicTime> Group::NextFetchDeadline() const {
  return fetcher_ != nullptr && fault_.ok() ? fetcher_->NextDeadline() : std::nullopt;
}

// ---- What others miss

void Group::OnFetch(NodeId from, const FetchRequest& request) {
  if (!fault_.ok()) return;
  PendingFetch pending;
  pending.from = from;
  pending.bytes_max = request.bytes_max;
  pending.answer.number = request.number;
  pending.answer.last_considered = raft::Index(request.indexes.Last().value_or(0));
  std::vector<raft::Index> batch;
  for (auto run = request.indexes.NextRun(0); run.has_value();
       run = request.indexes.NextRun(run->last + 1)) {
    for (uint64_t index = run->first; index <= run->last; ++index) {
      const raft::Index at(index);
      const bool known = machine_ != nullptr && at <= applied_.id.index;
      if (known && at <= request.needed_above && !machine_->IsLive(at)) {
        pending.answer.dead.InsertRange(index, index);
        continue;
      }
      batch.push_back(at);
      if (batch.size() == kReadBatch) pending.batches.push_back(std::exchange(batch, {}));
    }
  }
  if (!batch.empty()) pending.batches.push_back(std::move(batch));
  const uint64_t number = next_read_++;
  serving_.emplace(number, std::move(pending));
  ServeNext(number);
}

void Group::ServeNext(uint64_t number) {
  const auto found = serving_.find(number);
  PendingFetch& pending = found->second;
  const bool full = pending.bytes >= pending.bytes_max && !pending.answer.entries.empty();
  if (full && !pending.batches.empty()) {
    pending.answer.last_considered = pending.batches.front().front() - 1;
  }
  if (full || pending.batches.empty()) {
    ports_->SendFetched(pending.from, id_, pending.answer);
    serving_.erase(found);
    return;
  }
  ports_->ReadSparse(id_, {.purpose = ReadTag::Purpose::kFetch, .number = number},
                     pending.batches.front());
}

void Group::OnServed(uint64_t number, absl::StatusOr<std::vector<raft::Entry>> entries) {
  const auto found = serving_.find(number);
  if (found == serving_.end()) return;
  PendingFetch& pending = found->second;
  std::vector<raft::Index> batch = std::move(pending.batches.front());
  pending.batches.pop_front();
  if (entries.ok()) {
    for (raft::Entry& entry : *entries) {
      pending.bytes += raft::AccountedBytes(entry);
      pending.answer.entries.push_back(std::move(entry));
    }
  } else if (batch.size() > 1) {
    // One of them cannot be had, and spoils the others.
    const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
    pending.batches.emplace_front(middle, batch.end());
    pending.batches.emplace_front(batch.begin(), middle);
  }
  ServeNext(number);
}

// ---- Reads that come back

void Group::OnRead(ReadTag tag, absl::StatusOr<std::vector<raft::Entry>> entries) {
  if (!fault_.ok()) return;
  ports_->Touch(id_);
  switch (tag.purpose) {
    case ReadTag::Purpose::kCatchUp:
      return OnLoaded(tag.number, entries);
    case ReadTag::Purpose::kMachine:
      return OnMachineRead(tag.number, std::move(entries));
    case ReadTag::Purpose::kFetch:
      return OnServed(tag.number, std::move(entries));
  }
}

// Damage is found by reading. Other members are asked for what is lost, and the read is done again.
bool Group::Repairs(uint64_t number, const absl::Status& status) {
  if (!absl::IsDataLoss(status) || core_->membership().AllMembers().size() <= 1) return false;
  const auto found = ports_->log().Describe(id_);
  if (!found.ok() || found->missing.empty()) return false;
  after_repair_.push_back(number);
  if (fetcher_ == nullptr) {
    logger_.Warning("group.damaged",
                    {{"missing", found->missing.size()}, {"why", status.ToString()}});
    StartFetching(found->missing);
  }
  return true;
}

void Group::OnLoaded(uint64_t number, const absl::StatusOr<std::vector<raft::Entry>>& entries) {
  const auto found = loads_.find(number);
  if (found == loads_.end() || !IsRunning()) return;
  if (!entries.ok() && Repairs(number, entries.status())) return;
  const raft::LoadRequest request = found->second;
  loads_.erase(found);
  std::span<const raft::Entry> loaded;
  if (entries.ok()) loaded = *entries;
  Step(raft::Loaded{.peer = request.peer, .first = request.first, .entries = loaded});
}

void Group::OnMachineRead(uint64_t number, absl::StatusOr<std::vector<raft::Entry>> entries) {
  const auto found = machine_reads_.find(number);
  if (found == machine_reads_.end() || machine_ == nullptr) return;
  if (!entries.ok() && core_.has_value() && Repairs(number, entries.status())) return;
  const uint64_t tag = found->second.tag;
  machine_reads_.erase(found);
  machine_->OnRead(tag, std::move(entries));
}

}  // namespace warren::replication
