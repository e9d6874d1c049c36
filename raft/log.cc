#include "raft/log.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

namespace warren::raft {
namespace {

std::string Describe(EntryId id) { return absl::StrCat(id.index.value(), "@", id.term.value()); }

// What can be said of the parts without looking at the entries.
absl::Status CheckParts(const Recovered& recovered) {
  const EntryId base = recovered.base.id;
  const TermRuns& terms = recovered.terms;
  if (!terms.empty() && terms.TermAt(base.index) != base.term) {
    return absl::DataLossError(absl::StrCat("raft log: base ", Describe(base),
                                            " is not in the terms known below it, which end at ",
                                            terms.last().value()));
  }
  const EntryId snapshot = recovered.snapshot == nullptr ? EntryId() : recovered.snapshot->last.id;
  if (snapshot.index < base.index) {
    return absl::DataLossError(absl::StrCat("raft log: the snapshot ends at ", Describe(snapshot),
                                            ", below the log's base ", Describe(base)));
  }
  return absl::OkStatus();
}

// Do the parts that name an index agree with where the entries end?
absl::Status CheckEnd(const Recovered& recovered, EntryId last) {
  const Index base = recovered.base.id.index;
  if (recovered.applied < base || recovered.applied > last.index) {
    return absl::DataLossError(absl::StrCat("raft log: the state machine ends at ",
                                            recovered.applied.value(), ", outside of the log, ",
                                            base.value(), " to ", last.index.value()));
  }
  if (recovered.hard_state.commit > last.index) {
    return absl::DataLossError(absl::StrCat("raft log: commit index ",
                                            recovered.hard_state.commit.value(),
                                            " is beyond the last entry ", Describe(last)));
  }
  if (recovered.snapshot != nullptr && recovered.snapshot->last.id.index > last.index) {
    return absl::DataLossError(absl::StrCat("raft log: the snapshot ends at ",
                                            Describe(recovered.snapshot->last.id),
                                            ", beyond the last entry ", Describe(last)));
  }
  // Who takes an entry has entered its term first. A group that begins with a snapshot has not
  // entered any, and its first campaign must not fall behind.
  const bool fresh = recovered.entries.empty() && recovered.hard_state.term == Term();
  const Term needed = fresh ? std::max(last.term, Term(1)) - 1 : last.term;
  if (recovered.hard_state.term < needed) {
    return absl::DataLossError(absl::StrCat("raft log: the term is ",
                                            recovered.hard_state.term.value(),
                                            ", below that of the last entry ", Describe(last)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Log> Log::Recover(Recovered& recovered) {
  if (absl::Status status = CheckParts(recovered); !status.ok()) return status;
  Log log;
  log.base_ = recovered.base.id;
  log.evicted_ = recovered.base;
  log.terms_ = recovered.terms.empty() ? TermRuns(log.base_) : std::move(recovered.terms);
  log.terms_.TruncateAfter(log.base_.index);
  log.live_ = std::move(recovered.live);
  for (Entry& entry : recovered.entries) {
    const EntryId previous = log.Last();
    if (entry.id.index != previous.index + 1 || entry.id.term < previous.term) {
      return absl::DataLossError(absl::StrCat("raft log: entry ", Describe(entry.id),
                                              " cannot follow ", Describe(previous)));
    }
    log.PushBack(std::move(entry));
  }
  if (absl::Status status = CheckEnd(recovered, log.Last()); !status.ok()) return status;
  const Index last = log.Last().index;
  log.snapshot_ = std::move(recovered.snapshot);
  // The stored commit index is a hint that may lag behind what was applied.
  log.commit_ = std::max(recovered.hard_state.commit, recovered.applied);
  log.durable_ = log.handed_ = last;
  log.CheckInvariants();
  return log;
}

AppendResult Log::TryAppend(EntryId prev, std::span<const Entry> batch, bool ignore_prev_term) {
  WARREN_CHECK(prev.index >= commit_);
  const bool known = ignore_prev_term ? prev.index <= Last().index : Holds(prev);
  if (!known) return {};

  AppendResult result{.accepted = true, .last = prev.index + batch.size(), .replaced = {}};
  for (const Entry& entry : batch) {
    if (Holds(entry.id)) continue;
    if (entry.id.index <= Last().index) {
      WARREN_CHECK(entry.id.index > commit_);  // A committed entry must never be replaced.
      result.replaced = EntryId{.index = entry.id.index, .term = *TermAt(entry.id.index)};
      Replace(entry.id.index);
    }
    PushBack(entry);
  }
  CheckInvariants();
  return result;
}

EntryId Log::Append(Term term, Entry entry, bool ignore_last_time) {
  const EntryId id{.index = Last().index + 1, .term = term};
  entry.id = id;
  if (!ignore_last_time) entry.time = std::max(entry.time, LastTime());
  PushBack(std::move(entry));
  return id;
}

void Log::PushBack(Entry entry) {
  WARREN_CHECK(entry.id.index == Last().index + 1);
  terms_.Append(entry.id.term);
  entries_.PushBack(std::move(entry));
}

// Makes room for another leader's entries from `from` on.
void Log::Replace(Index from) {
  const Index keep = from - 1;
  // What was evicted is committed, so the suffix to drop is in memory.
  entries_.Truncate(keep - evicted_.id.index);
  terms_.TruncateAfter(keep);
  durable_ = std::min(durable_, keep);
  handed_ = std::min(handed_, keep);
  StartWriteEpoch();
}

void Log::TakeUnwritten(std::vector<Entry>& out) {
  for (Index i = handed_ + 1; i <= Last().index; i = i + 1) out.push_back(At(i));
  handed_ = Last().index;
}

WriteTicket Log::Ticket() const {
  WriteTicket ticket;
  ticket.epoch = epoch_;
  if (durable_ < Last().index) ticket.last = Last();
  if (HasUnwrittenSnapshot()) ticket.snapshot = base_.index;
  return ticket;
}

void Log::MarkDurable(const WriteTicket& ticket, bool ignore_epoch) {
  // A snapshot is committed state: whatever has happened since, it stays what it is.
  if (HasPendingSnapshot() && ticket.snapshot == base_.index) {
    pending_ = Pending::kNone;
  }
  if (ticket.last.index <= durable_) return;
  if (ignore_epoch) {
    durable_ = std::min(ticket.last.index, handed_);
    return;
  }
  if (ticket.epoch != epoch_) return;
  WARREN_CHECK(ticket.last.index <= handed_ && Holds(ticket.last));
  durable_ = ticket.last.index;
  CheckInvariants();
}

void Log::CommitTo(Index index) {
  WARREN_CHECK(index <= Last().index);  // Were entries lost that this node acknowledged?
  commit_ = std::max(commit_, index);
}

void Log::CompactTo(Index index) {
  if (index <= base_.index) return;
  WARREN_CHECK(index <= commit_ && index <= durable_);
  WARREN_CHECK(snapshot_ != nullptr && index <= snapshot_->last.id.index);
  EvictTo(index);
  base_ = {.index = index, .term = *TermAt(index)};
  live_ = snapshot_->live;
  live_.EraseRange(index.value() + 1, base::IntervalSet::kPositionMax);
  terms_.DropBefore(Index(live_.First().value_or(index.value())));
  CheckInvariants();
}

void Log::EvictTo(Index index) {
  WARREN_CHECK(index <= commit_ && index <= durable_);
  if (index <= evicted_.id.index) return;
  const EntryHead head = At(index).Head();
  entries_.PopFront(index - evicted_.id.index);
  evicted_ = head;
}

void Log::OfferSnapshot(SnapshotRef snapshot) {
  WARREN_CHECK(snapshot != nullptr && snapshot->last.id.index <= commit_);
  if (HasPendingSnapshot()) return;  // The one on its way in is newer.
  if (snapshot_ != nullptr && snapshot->last.id.index < snapshot_->last.id.index) return;
  snapshot_ = std::move(snapshot);
}

void Log::Restore(SnapshotRef snapshot) {
  WARREN_CHECK(snapshot->last.id.index > commit_);
  base_ = snapshot->last.id;
  evicted_ = snapshot->last;
  entries_ = base::Ring<Entry>();
  terms_ = snapshot->terms.empty() ? TermRuns(base_) : snapshot->terms;
  live_ = snapshot->live;
  commit_ = durable_ = handed_ = base_.index;
  snapshot_ = std::move(snapshot);
  pending_ = Pending::kUnwritten;
  StartWriteEpoch();
  CheckInvariants();
}

SnapshotRef Log::TakePendingSnapshot() {
  WARREN_CHECK(HasUnwrittenSnapshot());
  pending_ = Pending::kWriting;
  return snapshot_;
}

void Log::ReadFrom(Index first, Index last, size_t bytes_max, std::vector<Entry>& out) const {
  WARREN_CHECK(InMemory(first) && last <= Last().index);
  size_t bytes = 0;
  for (Index i = first; i <= last; i = i + 1) {
    const Entry& entry = At(i);
    bytes += AccountedBytes(entry);
    if (i > first && bytes > bytes_max) break;
    out.push_back(entry);
  }
}

const Entry& Log::At(Index index) const {
  WARREN_CHECK(InMemory(index));
  return entries_[index - evicted_.id.index - 1];
}

EntryId Log::FindCandidateMatch(Index index, Term term) const {
  if (index < base_.index || index > Last().index) return {.index = index, .term = Term()};
  const std::optional<EntryId> found = terms_.LastNotAbove(index, term);
  if (found.has_value() && found->index >= base_.index) return *found;
  return {.index = base_.index - 1, .term = Term()};
}

bool Log::IsUpToDate(EntryId other) const {
  const EntryId ours = Last();
  return other.term > ours.term || (other.term == ours.term && other.index >= ours.index);
}

void Log::CheckInvariants() const {
  WARREN_CHECK(base_.index <= commit_ && commit_ <= Last().index);
  WARREN_CHECK(base_.index <= durable_ && durable_ <= handed_ && handed_ <= Last().index);
  WARREN_CHECK(base_.index <= evicted_.id.index && evicted_.id.index <= commit_);
  WARREN_CHECK(terms_.last() == Last().index && terms_.TermAt(base_.index) == base_.term);
}

}  // namespace warren::raft
