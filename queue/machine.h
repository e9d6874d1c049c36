// A queue: what is in it, who gets it, and what becomes of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "base/interval_set.h"
#include "queue/command.h"
#include "queue/config.h"
#include "queue/effect.h"
#include "queue/inspection.h"
#include "queue/planted_bug.h"
#include "queue/types.h"

namespace warren::queue {

class QueueState;
class Snapshot;
struct QueueImage;

// Every kind of queue, as a function of its log: the same commands at the same indexes and times
// give the same state and the same effects on every replica.
//
//      log entry (index, time, command)  --Apply-->  state + effects  -->  the shell
//
// The rules are docs/queue-machine.md. Not here: what messages contain, where effects go, when
// entries are written, exchanges and routing.
//
// Memory: per gap and per exception, not per message; see queue/message_table.h.
// Work: bounded for each Apply, whatever the backlog. What is left over is due at once, which
// NextDeadline() says.
// Errors: commands come from other nodes, which were told by clients. Nothing that a command can
// say stops the process: it is refused by an effect, or has none.
// Threads: owned by one shard. A MachineSnapshot may be used by any thread.
class Machine {
 public:
  // The newest behaviour that this program knows. A machine starts with version 1 and changes by
  // Upgrade, but not beyond this.
  static constexpr uint32_t kVersionMax = 1;

  // Requires: config.Validate().ok().
  explicit Machine(const QueueConfig& config, PlantedBug planted_bug = PlantedBug::kNone);
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;
  ~Machine();

  // Carries `command` out, which is the entry at `index`, stamped `time`. Time that goes back
  // counts as none having passed. Requires: index rises from call to call.
  void Apply(EntryIndex index, Time time, const Command& command, Effects& effects);

  // When something is due though nobody asks: a Tick stamped with this time or later does it.
  // nullopt: nothing ever is. A time that has passed: there is work left over.
  std::optional<Time> NextDeadline() const;

  // What must be kept of the log: every entry with a message that is in the queue in any state.
  base::IntervalSet LiveEntries() const;
  // ... and its messages, for whoever rewrites an entry that holds few.
  std::vector<Position> LivePositionsIn(EntryIndex entry) const;

  // A copy of the state as it is now: O(gaps + consumers + producers + exceptions), and the larger
  // parts are shared until they change.
  Snapshot TakeSnapshot() const;
  // DATA_LOSS for what Serialize() never wrote; UNIMPLEMENTED for a later version.
  static absl::StatusOr<Machine> Restore(std::string_view bytes,
                                         PlantedBug planted_bug = PlantedBug::kNone);

  // Equal states have equal digests: replicas that differ have diverged.
  uint64_t Digest() const;

  EntryIndex applied() const;
  Time now() const;
  const QueueConfig& config() const;
  uint32_t version() const;

  // Looks without touching; see queue/inspection.h.
  Counts GetCounts() const;
  std::vector<ConsumerView> ListConsumers() const;
  std::vector<SessionView> ListSessions() const;
  std::vector<MessageView> ListMessages(const ListRequest& request) const;
  std::optional<MessageView> Peek(uint64_t place) const;  // 0: what would be delivered next.
  std::vector<DelayedView> ListDelayed(DelayKey from, size_t messages_max) const;

  size_t MemoryBytes() const;
  // Stops the process if a structural invariant does not hold. O(state): for tests.
  void CheckInvariants() const;

 private:
  explicit Machine(std::unique_ptr<QueueState> state);

  std::unique_ptr<QueueState> state_;
};

// What a machine was at one moment. Immutable.
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const QueueImage> image) : image_(std::move(image)) {}
  // docs/formats/queue_snapshot.md. Equal states give equal bytes.
  std::string Serialize() const;
  EntryIndex applied() const;

 private:
  std::shared_ptr<const QueueImage> image_;
};

}  // namespace warren::queue
