// A queue as what a group replicates.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "queue/command.h"
#include "queue/effect.h"
#include "queue/machine.h"
#include "replication/host/state_machine.h"
#include "replication/session/dead_letter_sink.h"
#include "replication/session/planted_bug.h"

namespace warren::replication {

struct QueueReplicaConfig {
  // Content that is read for deliveries and kept for the next ones: of one group, in bytes.
  size_t read_cache_bytes_max = 256 * 1024;
  // Entries that are read at once for one session's deliveries.
  size_t read_ahead_entries_max = 64;
  // An answer with so much content is full; what follows comes in another one.
  size_t outcome_bytes_max = 256 * 1024;
  // A command that found the group busy may come again after this.
  absl::Duration busy_retry = absl::Milliseconds(10);
  // Sessions that a new leader finds and that do not attach to it within this are suspected.
  absl::Duration unclaimed_patience = absl::Seconds(10);
  SessionPlantedBug planted_bug = SessionPlantedBug::kNone;
};

// For metrics. Counted since the replica was made.
struct QueueReplicaStats {
  uint64_t entries = 0;                 // Applied.
  uint64_t entries_not_understood = 0;  // ... of these; they change nothing.
  uint64_t commands_refused = 0;        // At the door.
  uint64_t deliveries_retried = 0;      // Reads that failed and were asked for again.
  uint64_t dead_letters_dropped = 0;    // For lack of a sink.
  queue::Departures departures;
};

// Where a replica decodes and a machine answers: between two calls of a replica it holds nothing of
// any, so all of a shard may share it.
struct QueueScratch {
  queue::Command command;
  queue::Effects effects;
};

// Every member of the group has one. Applies the entries of the log to a queue::Machine; on the
// leader it also speaks with the sessions (queue_leader.h).
//
// Threads: owned by the group's shard.
class QueueReplica final : public StateMachine {
 public:
  // `group` and `sink` outlive it; without a sink dead letters are dropped and counted. Starts as
  // an empty queue of the default configuration: the host gives it a state by Restore().
  // Without `scratch` it has one of its own.
  QueueReplica(const QueueReplicaConfig& config, GroupHandle* group, DeadLetterSink* sink,
               std::shared_ptr<QueueScratch> scratch = nullptr);
  ~QueueReplica() override;

  // What a group of a queue begins with (GroupSpec::state). Requires: config.Validate().ok().
  static std::string InitialState(const queue::QueueConfig& config);

  void Apply(const raft::Entry& entry) override;
  Image TakeImage() override;
  bool IsLive(raft::Index index) const override;
  uint64_t LiveBytes() const override;
  absl::Status Restore(std::string_view state) override;
  uint64_t Digest() const override;
  void StartLeading(raft::Term term) override;
  void StopLeading(NodeId leader) override;
  void OnMessage(NodeId from, NodeId leader, SessionMessage message) override;
  void OnRead(uint64_t tag, absl::StatusOr<std::vector<raft::Entry>> entries) override;
  void OnNode(NodeId node, NodeNews news, Incarnation incarnation) override;
  std::optional<raft::LogTime> NextDeadline() const override;
  void OnDeadline() override;
  void Flush() override;

  // The sink's answers. While this member does not lead they have no effect.
  void ConfirmDeadLetters(queue::ConfirmDeadLetters answers);

  const queue::Machine& machine() const;
  const QueueReplicaStats& stats() const;
  // What keeps content from being delivered, if anything does: a read that keeps failing.
  absl::Status read_fault() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warren::replication
