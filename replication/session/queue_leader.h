// What a member does for a queue while it leads.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/ring.h"
#include "queue/machine.h"
#include "replication/host/state_machine.h"
#include "replication/session/content_reader.h"
#include "replication/session/message.h"
#include "replication/session/queue_replica.h"
#include "replication/session/session_line.h"

namespace warren::replication {

// Exists from StartLeading to StopLeading. Lets the commands of sessions in, proposes them, and
// sends what they bring about:
//
//   SessionCommand ─▶ door: in order? whole? ─┐
//   Request ──────────────────────────────────┼─▶ [ batch ] ─ Flush ─▶ Propose
//   Suspect, Detach, Tick, .. (housekeeping) ─┘                           │
//                                                                     committed
//   Outcome ◀─ line ◀─ effects ◀───────────── OnApplied ◀────── Machine ◀─┘
//
// A door is what the leader knows of a session that has attached to it: where it is, its epoch, and
// the number that comes next. What comes out of order is refused here and never gets into the log,
// so a batch that was lost on the way costs no entries. Only the machine decides what counts.
//
// What a leader does not know when it begins (doors, requests under way) is asked for again by who
// needs it; what the machine knows it goes through once: sessions of nodes that are suspected or
// started anew, sessions that nobody takes up, dead letters that were handed out.
//
// Threads: owned by the group's shard.
class QueueLeader {
 public:
  QueueLeader(const QueueReplicaConfig& config, GroupHandle* group, DeadLetterSink* sink,
              const queue::Machine* machine, QueueReplicaStats* stats);
  QueueLeader(const QueueLeader&) = delete;
  QueueLeader& operator=(const QueueLeader&) = delete;

  void OnCommand(NodeId from, SessionCommand&& command);
  void OnRequest(NodeId from, Request&& request);
  void OnRead(uint64_t tag, const absl::StatusOr<std::vector<raft::Entry>>& entries);
  void OnNode(NodeId node, NodeNews news, Incarnation incarnation);
  void ConfirmDeadLetters(queue::ConfirmDeadLetters answers);

  // The machine has applied `entry`, with these effects. `command` is a Tick if the entry could not
  // be understood.
  void OnApplied(const raft::Entry& entry, const queue::Command& command,
                 const queue::Effects& effects);

  std::optional<raft::LogTime> NextDeadline() const;
  void OnDeadline();
  void Flush();
  void Stop(NodeId leader);  // Says goodbye to everybody.

  const absl::Status& read_fault() const { return reader_.fault(); }

 private:
  struct Door {
    NodeId node;
    ShardNo shard = 0;
    SessionEpoch attaching;  // Of the last attachment that was proposed and not applied; 0: none.
    SessionEpoch epoch;      // Of the last one that was applied here; 0: the door is shut.
    SessionNumber next;      // The command that is let in.
    bool told = false;       // That something else came.
    bool is_over = false;    // It goes when its line is empty.
    SessionLine line;
    bool IsOpen() const { return epoch != SessionEpoch(); }
  };
  // Who waits for what an entry brings about.
  struct Asker {
    NodeId node;
    ShardNo shard = 0;
    RequestId id;
  };
  struct SessionPart {
    SessionId session;
    SessionEpoch epoch;
    SessionNumber number;
    bool again = false;
    bool is_publish = false;
  };
  struct TickPart {};
  using Origin = std::variant<std::monostate, SessionPart, Asker, TickPart>;
  struct Proposal {
    SealedPayload payload;
    Origin origin;
  };
  struct UnderWay {
    raft::EntryId id;
    Origin origin;
  };
  struct Peek {
    Asker asker;
    queue::MessageView message;
  };

  // queue_leader.cc: the door, and time
  void LetAttach(NodeId from, SessionCommand&& command, const queue::AttachSession& attach);
  void LetDetach(NodeId from, SessionCommand&& command);
  void LetNumbered(NodeId from, SessionCommand&& command, const queue::Command& parsed);
  void Refuse(NodeId to, const SessionCommand& command, SessionRefusal why, SessionNumber number);
  void TellOver(NodeId to, ShardNo shard, SessionId session, SessionEpoch epoch, SessionFate fate);
  void ProposeBatch();
  void OnProposed(raft::EntryId first, size_t from, size_t to);
  void OnRefused(raft::Outcome why, size_t from);
  void Housekeep(const queue::Command& command, Origin origin = {});

  // queue_leader_effects.cc: what has come of it
  void TellSession(const queue::SessionEvent& event, const queue::Command& command);
  void TellAttached(const queue::SessionEvent& event, const queue::Effects& effects);
  void TellCommand(const queue::Stamp& stamp, const queue::Effects& effects);
  void TellDeliveries(const queue::Effects& effects);
  void TellDeadLetters(const queue::Effects& effects);
  void Settle(raft::EntryId id, const queue::Command& command, const queue::Effects& effects);
  Door* OpenDoor(SessionId session);
  void Pump();
  void PumpDeadLetters();
  void SendLines();

  // queue_leader_requests.cc: questions
  void Answer(const Asker& asker, Reply reply);
  void AnswerApplied(const Asker& asker, const queue::Command& command,
                     const queue::Effects& effects);
  void PumpPeeks();

  // queue_leader_nodes.cc: nodes and their sessions
  void Suspect(NodeId node);
  void Trust(NodeId node);
  void DetachFormer(NodeId node, Incarnation incarnation);
  void DetachIfFormer(SessionId session, SessionEpoch epoch);
  void SuspectUnclaimed();

  const QueueReplicaConfig config_;
  GroupHandle* const group_;
  DeadLetterSink* const sink_;
  const queue::Machine* const machine_;
  QueueReplicaStats* const stats_;

  absl::btree_map<SessionId, Door> doors_;
  absl::btree_map<NodeId, Incarnation> lives_;  // As far as they are known.
  ContentReader reader_;
  std::vector<Proposal> batch_;     // To be proposed at the end of this pass.
  base::Ring<UnderWay> under_way_;  // Ascending; only those somebody waits for.
  bool tick_under_way_ = false;
  std::optional<raft::LogTime> retry_at_;      // Of housekeeping and reads.
  std::optional<raft::LogTime> unclaimed_at_;  // For sessions of before it led.
  base::Ring<queue::DeadLetter> dead_letters_;
  base::Ring<Peek> peeks_;

  // Used again and again.
  QueueEntry entry_;
  queue::Command command_;
  std::vector<SealedPayload> payloads_;
};

}  // namespace warren::replication
