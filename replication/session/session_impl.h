// The inside of a session. Cut as its life is:
//   session.cc          what the user does; putting together; sending
//   session_attach.cc   finding the leader, attaching, time, the end
//   session_outcome.cc  what the leader says
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "replication/session/consumer_book.h"
#include "replication/session/leader_search.h"
#include "replication/session/session.h"
#include "replication/session/session_events.h"
#include "replication/session/unresolved_commands.h"

namespace warren::replication {

class Session::Impl {
 public:
  Impl(const SessionConfig& config, SessionId id, GroupId group, std::vector<NodeId> members,
       SessionHost* host, SessionListener* listener);

  SessionId id() const { return id_; }
  GroupId group() const { return group_; }
  bool IsEnded() const { return state_ == State::kEnded; }
  NodeId leader() const { return state_ == State::kAttached ? target_ : NodeId(); }

  // session.cc
  bool CanPublish() const;
  PublishId Publish(queue::NewMessage&& message, base::BytesChain&& content);
  void AttachConsumer(ConsumerNumber consumer, const ConsumerOptions& options);
  void CancelConsumer(ConsumerNumber consumer);
  void GrantCredit(ConsumerNumber consumer, uint32_t credit, bool drain);
  GetId Get(bool auto_settle);
  void Settle(const queue::Settlement& wanted);
  void Close();
  void Flush();

  // session_attach.cc
  void Start();
  void SetMembers(std::vector<NodeId> members);
  void OnNode(NodeId node, NodeNews news);
  void Advance();
  std::optional<base::MonotonicTime> NextDeadline() const;

  // session_outcome.cc
  void OnMessage(NodeId from, SessionMessage&& message);

  void Tell() { events_.Tell(listener_); }

 private:
  enum class State : uint8_t {
    kWaiting,    // To attach: to target_, at deadline_, or to anybody if that is nobody.
    kAttaching,  // To target_; gives it up at deadline_.
    kAttached,
    kEnded,
  };
  struct PendingGet {
    GetId id;
    SessionNumber number;
    bool auto_settle = false;
    std::optional<GotResult> result;  // Found: the message has yet to come.
    bool again = false;               // One of the messages that are sent again is for this one.
  };

  // session.cc
  bool TakesCommands() const { return state_ != State::kEnded && !closing_; }
  queue::Stamp NextStamp() const;
  SessionNumber Say(queue::Command command, UnresolvedCommand unresolved = {});
  void SealBatch();
  void SealSettles();
  void Send();
  void SendOne(SessionNumber number, UnresolvedCommand& command);
  void SendDetach();
  bool IsOwed() const;  // An answer.

  // session_attach.cc
  void AttachTo(NodeId target);
  void AttachLater(NodeId target, absl::Duration delay);
  void AttachNext();  // To another member, after a while.
  void AttachAgain(NodeId target);
  absl::Duration Delay() const;
  void End(const absl::Status& why);

  // session_outcome.cc
  void OnOutcome(Outcome&& outcome);
  void OnRefused(NodeId from, const SessionRefused& refused);
  void OnFate(SessionFate fate, bool attaching);
  void OnAttached(const AttachedSession& attached);
  bool IsAnother(const AttachedSession& attached) const;
  void ReconcileGets(const AttachedSession& attached);
  void ReconcileConsumers(const AttachedSession& attached);
  void Reconcile(ConsumerNumber number, const KnownConsumer* known, SessionNumber applied);
  void RepairCredit(ConsumerNumber number, const KnownConsumer& known);
  void OnApplied(SessionNumber number);
  void OnPublished(const PublishAnswer& answer);
  void OnConsumer(const ConsumerNews& news);
  void OnGot(const GotResult& got);
  void OnDelivered(DeliveredMessages&& delivered);
  void GiveBack(ConsumerNumber consumer, OrderKey key);
  void OnGotMessage(bool again, DeliveredMessage&& message);
  void PublishAgainUnderNewNumber(SessionNumber applied);

  const SessionConfig config_;
  const SessionId id_;
  const GroupId group_;
  SessionHost* const host_;
  SessionListener* const listener_;
  SessionEvents events_;
  LeaderSearch search_;

  // ---- With whom
  State state_ = State::kWaiting;
  NodeId target_;
  base::MonotonicTime deadline_;
  uint32_t attempts_ = 0;                          // To attach, since it was attached.
  uint32_t damaged_ = 0;                           // Refusals for damage since something went well.
  uint32_t silences_ = 0;                          // Leaders left for silence, one after another.
  SessionEpoch epoch_;                             // Of the last attempt.
  uint64_t next_sequence_ = 1;                     // Of the outcomes of this epoch.
  SessionNumber attached_at_;                      // What was carried out when this epoch began.
  std::optional<base::MonotonicTime> owed_until_;  // Then the leader has been silent for too long.
  std::optional<base::MonotonicTime> hold_until_;  // It was busy: nothing is sent before.

  // ---- What was said
  UnresolvedCommands commands_;
  SessionNumber next_send_{1};
  bool has_sent_ = false;  // Any numbered command, in any epoch.
  queue::Command batch_ = queue::Publish();
  std::vector<base::BytesChain> contents_;  // Of batch_.
  size_t batch_bytes_ = 0;
  std::vector<queue::Settlement> settles_;
  PublishId last_publish_;
  GetId last_get_;
  size_t unresolved_bytes_ = 0;
  uint32_t unresolved_messages_ = 0;
  bool said_no_ = false;  // Publish did; OnRoom is due.
  bool closing_ = false;
  bool detaching_ = false;

  ConsumerBook consumers_;
  std::deque<PendingGet> gets_;
};

}  // namespace warren::replication
