// The logs of groups that live in memory alone.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

#include "replication/log/log_store.h"
#include "replication/log/memory_group.h"

namespace warren::log {

// A LogStore without a disk: a write is done when Submit() returns, and everything is gone with the
// process. For groups of one member, which promise no more than that.
//
// It holds what a group's last snapshot keeps, and what was written since; it never asks for a
// snapshot, since it cannot know what has died (GroupConfig::dead_bytes_max does). There is no
// limit to that, and no write is refused for want of room: a settlement is a write too, and the
// only thing that frees memory. Who wants a limit puts it on the queues, or watches GetStats().
//
// The listener hears of a write from within the call that made it, or from within such a call of
// another thread; under no lock, and of each group in the order of submission. It must cope with
// hearing before Submit() has returned. The node's Dispatcher does: it puts what it hears into the
// mailbox of the group's shard, and the group learns of it in a later pass.
//
// Threads: any.
class MemoryLog final : public LogStore {
 public:
  // Borrows the listener.
  explicit MemoryLog(LogListener* listener) : listener_(listener) {}

  absl::Status Create(raft::GroupId group, const raft::Recovered& first,
                      raft::WriteTicket ticket) override;
  absl::Status CreateInMemory(raft::GroupId group, const raft::Recovered& first,
                              raft::WriteTicket ticket) override {
    return Create(group, first, ticket);
  }
  absl::Status Destroy(raft::GroupId group, raft::WriteTicket ticket) override;
  absl::Status Submit(Write&& write) override;
  absl::StatusOr<std::vector<raft::Entry>> Read(raft::GroupId group, raft::Index first,
                                                raft::Index last, size_t bytes_max) override;
  absl::StatusOr<std::vector<raft::Entry>> ReadSparse(
      raft::GroupId group, std::span<const raft::Index> indexes) override;
  absl::StatusOr<RecoveredGroup> Describe(raft::GroupId group) override;
  LogStats GetStats() override;  // memory_groups and memory_bytes alone.

  bool Holds(raft::GroupId group) const;

 private:
  // Groups that share a lock and a turn to tell. Many of them, so that shards rarely meet.
  struct Stripe {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<raft::GroupId, std::unique_ptr<MemoryGroup>> groups ABSL_GUARDED_BY(mutex);
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
    // What the listener has not been told, and whether somebody is telling it.
    std::vector<Completion> completed ABSL_GUARDED_BY(mutex);
    bool telling ABSL_GUARDED_BY(mutex) = false;
  };

  Stripe& StripeOf(raft::GroupId group) { return stripes_[group.value() % stripes_.size()]; }
  const Stripe& StripeOf(raft::GroupId group) const {
    return stripes_[group.value() % stripes_.size()];
  }
  void Tell(Stripe& stripe);

  LogListener* const listener_;
  std::array<Stripe, 16> stripes_;
  std::atomic<size_t> groups_ = 0;
};

}  // namespace warren::log
