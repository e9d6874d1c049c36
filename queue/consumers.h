// All consumers of a queue, and whose turn it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"

#include "queue/config.h"
#include "queue/consumer.h"
#include "queue/types.h"

namespace warren::queue {

// Knows who may be sent a message, in which order, and who is active where only one may be. A
// consumer is changed through here, or Update() is called after it.
//
// Beside the consumers themselves it keeps four indexes, so that no decision looks at all of them:
//   waiting_      by priority: those that could be sent a message now, in the order of attaching
//   candidates_   of a single active consumer's queue: those that could be the active one
//   timeouts_     when a consumer may time out, or a little earlier
//   sessions      the map itself is ordered by session
//
// Invariant: waiting_ holds exactly those for whom MayBeServed() holds.
class Consumers {
 public:
  Consumers() = default;
  Consumers(const Consumers&) = delete;
  Consumers& operator=(const Consumers&) = delete;
  Consumers(Consumers&&) = default;
  Consumers& operator=(Consumers&&) = default;

  // Requires: there is none of this id. Its `order` is set here.
  Consumer& Attach(Consumer consumer);
  // As it was in a snapshot, its order too.
  Consumer& Restore(Consumer consumer);
  // Requires: it holds nothing.
  void Remove(ConsumerId id);
  void Cancel(Consumer& consumer);
  void SetTrusted(SessionId session, bool trusted);

  Consumer* Find(ConsumerId id);
  const Consumer* Find(ConsumerId id) const;
  // Of this session, ascending.
  std::vector<ConsumerId> Of(SessionId session) const;
  const std::map<ConsumerId, Consumer>& all() const { return all_; }

  uint64_t attached() const { return attached_; }  // Not cancelled.
  bool HasExclusive() const { return exclusive_ > 0; }

  // After its credit or leases changed.
  void Update(Consumer& consumer, const QueueConfig& config);
  // After the configuration changed.
  void UpdateAll(const QueueConfig& config);

  // Whose turn it is. `alone`: nobody else of the same priority waits, so the turn may last.
  struct Turn {
    Consumer* consumer = nullptr;
    bool alone = false;
  };
  Turn Next() const;
  void Served(const Consumer& consumer) { turns_[consumer.priority] = consumer.order; }

  // ---- Single active consumer -------------------------------------------------------------------

  struct Change {
    std::optional<ConsumerId> inactive;  // Was active, and is still there.
    std::optional<ConsumerId> active;
  };
  // Decides anew who is active, and says what changed. `single`: as configured.
  Change UpdateActive(bool single);
  std::optional<ConsumerId> active() const { return active_; }
  void RestoreActive(std::optional<ConsumerId> active) { active_ = active; }
  bool MayBeActive(const Consumer& consumer) const;
  void PlantTwoActive() { planted_two_active_ = true; }

  // ---- Time
  // ---------------------------------------------------------------------------------------

  // When to look for timeouts again.
  std::optional<Time> NextTimeout() const;
  // Consumers whose time is over, by id.
  std::vector<ConsumerId> TimedOut(Time now, const QueueConfig& config);

  // ---- For snapshots
  // ------------------------------------------------------------------------------

  uint64_t next_order() const { return next_order_; }
  void set_next_order(uint64_t order) { next_order_ = order; }
  // The order of the one served last, by priority, where that matters: not if all who are there
  // have come later.
  std::vector<std::pair<int32_t, uint64_t>> Turns() const;
  void RestoreTurn(int32_t priority, uint64_t order) { turns_[priority] = order; }

  size_t MemoryBytes() const;
  void CheckInvariants() const;

 private:
  using Ring = absl::btree_map<uint64_t, Consumer*>;  // By order.

  bool MayBeServed(const Consumer& consumer) const;
  void Place(Consumer& consumer);  // Into waiting_, or out of it.
  void AddCandidate(Consumer& consumer);
  void DropCandidate(const Consumer& consumer);

  std::map<ConsumerId, Consumer> all_;  // Stays where it is: the indexes point into it.
  absl::btree_map<int32_t, Ring, std::greater<>> waiting_;
  absl::btree_map<int32_t, uint64_t> turns_;
  // Highest priority first, then the earliest.
  absl::btree_map<std::pair<int64_t, uint64_t>, Consumer*> candidates_;
  absl::btree_set<std::pair<Time, ConsumerId>> timeouts_;
  absl::btree_set<SessionId> suspected_;
  std::optional<ConsumerId> active_;
  bool single_ = false;
  bool giving_way_ = false;  // The active one is sent nothing more; somebody waits for its place.
  bool planted_two_active_ = false;
  uint64_t next_order_ = 1;
  uint64_t attached_ = 0;
  uint64_t exclusive_ = 0;
};

}  // namespace warren::queue
