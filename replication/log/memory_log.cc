#include "replication/log/memory_log.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"

namespace warren::log {
namespace {

absl::Status NotHere(raft::GroupId group) {
  return absl::NotFoundError(absl::StrCat("log: group ", group.value(), " is not here"));
}

}  // namespace

bool MemoryLog::Holds(raft::GroupId group) const {
  if (groups_.load(std::memory_order_acquire) == 0) return false;
  const Stripe& stripe = StripeOf(group);
  const absl::MutexLock lock(&stripe.mutex);
  return stripe.groups.contains(group);
}

absl::Status MemoryLog::Create(raft::GroupId id, const raft::Recovered& first,
                               raft::WriteTicket ticket) {
  if (id.IsNone()) return absl::InvalidArgumentError("log: a group needs an id");
  const raft::EntryHead begin =
      first.snapshot == nullptr ? raft::EntryHead() : first.snapshot->last;
  if (first.base != begin) {
    return absl::InvalidArgumentError(
        absl::StrCat("log: group ", id.value(), ": a new group begins where its snapshot ends"));
  }
  auto group = std::make_unique<MemoryGroup>(id);
  Write write;
  write.group = id;
  write.hard_state = first.hard_state;
  write.install = first.snapshot;
  write.entries = first.entries;
  WARREN_RETURN_IF_ERROR(group->Carry(std::move(write)));
  Stripe& stripe = StripeOf(id);
  {
    const absl::MutexLock lock(&stripe.mutex);
    const auto [at, is_new] = stripe.groups.try_emplace(id);
    if (!is_new) {
      return absl::AlreadyExistsError(absl::StrCat("log: group ", id.value(), " is here already"));
    }
    stripe.bytes += group->bytes();
    at->second = std::move(group);
    groups_.fetch_add(1, std::memory_order_release);
    stripe.completed.push_back({.group = id, .ticket = ticket});
  }
  Tell(stripe);
  return absl::OkStatus();
}

absl::Status MemoryLog::Destroy(raft::GroupId id, raft::WriteTicket ticket) {
  std::unique_ptr<MemoryGroup> gone;  // All that it holds is freed without the lock.
  Stripe& stripe = StripeOf(id);
  {
    const absl::MutexLock lock(&stripe.mutex);
    const auto found = stripe.groups.find(id);
    if (found == stripe.groups.end()) return NotHere(id);
    gone = std::move(found->second);
    stripe.groups.erase(found);
    stripe.bytes -= gone->bytes();
    groups_.fetch_sub(1, std::memory_order_release);
    stripe.completed.push_back({.group = id, .ticket = ticket});
  }
  Tell(stripe);
  return absl::OkStatus();
}

absl::Status MemoryLog::Submit(Write&& write) {
  const raft::GroupId id = write.group;
  const Completion completion = {.group = id, .ticket = write.ticket};
  Stripe& stripe = StripeOf(id);
  {
    const absl::MutexLock lock(&stripe.mutex);
    const auto found = stripe.groups.find(id);
    if (found == stripe.groups.end()) return NotHere(id);
    MemoryGroup& group = *found->second;
    const size_t before = group.bytes();
    WARREN_RETURN_IF_ERROR(group.Carry(std::move(write)));
    stripe.bytes += group.bytes() - before;
    stripe.completed.push_back(completion);
  }
  Tell(stripe);
  return absl::OkStatus();
}

// One thread at a time, so that the order stays. Who finds another one telling leaves it to that
// one; so does a listener that submits from within what it is told.
void MemoryLog::Tell(Stripe& stripe) {
  std::vector<Completion> completed;
  for (bool first = true;; first = false) {
    completed.clear();
    {
      const absl::MutexLock lock(&stripe.mutex);
      if (first && stripe.telling) return;
      stripe.telling = !stripe.completed.empty();
      if (!stripe.telling) return;
      completed.swap(stripe.completed);
    }
    listener_->OnCompleted(completed);
  }
}

absl::StatusOr<std::vector<raft::Entry>> MemoryLog::Read(raft::GroupId id, raft::Index first,
                                                         raft::Index last, size_t bytes_max) {
  const Stripe& stripe = StripeOf(id);
  const absl::MutexLock lock(&stripe.mutex);
  const auto found = stripe.groups.find(id);
  if (found == stripe.groups.end()) return NotHere(id);
  return found->second->Read(first, last, bytes_max);
}

absl::StatusOr<std::vector<raft::Entry>> MemoryLog::ReadSparse(
    raft::GroupId id, std::span<const raft::Index> indexes) {
  std::vector<raft::Entry> all;
  all.reserve(indexes.size());
  const Stripe& stripe = StripeOf(id);
  const absl::MutexLock lock(&stripe.mutex);
  const auto found = stripe.groups.find(id);
  if (found == stripe.groups.end()) return NotHere(id);
  for (const raft::Index index : indexes) {
    WARREN_ASSIGN_OR_RETURN(std::vector<raft::Entry> one,
                            found->second->Read(index, index, SIZE_MAX));
    all.push_back(std::move(one.front()));
  }
  return all;
}

absl::StatusOr<RecoveredGroup> MemoryLog::Describe(raft::GroupId id) {
  const Stripe& stripe = StripeOf(id);
  const absl::MutexLock lock(&stripe.mutex);
  const auto found = stripe.groups.find(id);
  if (found == stripe.groups.end()) return NotHere(id);
  return found->second->Describe();
}

LogStats MemoryLog::GetStats() {
  LogStats stats;
  for (const Stripe& stripe : stripes_) {
    const absl::MutexLock lock(&stripe.mutex);
    stats.memory_groups += stripe.groups.size();
    stats.memory_bytes += stripe.bytes;
  }
  return stats;
}

}  // namespace warren::log
