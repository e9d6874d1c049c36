// A conversation with one queue, from any node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/bytes_chain.h"
#include "base/monotonic_time.h"
#include "base/ordinal.h"
#include "queue/command.h"
#include "replication/session/message.h"
#include "replication/session/planted_bug.h"
#include "replication/session/session_host.h"

namespace warren::replication {

struct SessionConfig {
  uint32_t batch_messages_max = 256;      // In one entry. 1 .. queue::kSlotsMax
  size_t batch_bytes_max = 64 * 1024;     // A batch with so much content is full.
  size_t message_bytes_max = 16 << 20;    // A message's content. Larger ones are not taken.
  size_t unresolved_bytes_max = 8 << 20;  // Content without an outcome; then Publish says no.
  uint32_t unresolved_messages_max = 1 << 16;
  uint32_t settlements_max = 4096;  // In one command. 1 .. queue::kSettlementsMax
  // Silence of a leader that owes us an answer; doubled, up to four times, until one answers.
  absl::Duration patience = absl::Seconds(2);
  absl::Duration attach_patience =
      absl::Milliseconds(500);                       // ... to our first word. Doubled twice.
  absl::Duration retry_min = absl::Milliseconds(5);  // Between attempts to attach; doubled ...
  absl::Duration retry_max = absl::Seconds(1);       // ... up to this.
  SessionPlantedBug planted_bug = SessionPlantedBug::kNone;
};

// A message that was published: from 1, dense, in the order of Publish.
using PublishId = base::Ordinal<struct PublishIdTag>;
// A Get: from 1, dense.
using GetId = base::Ordinal<struct GetIdTag>;

struct PublishOutcome {
  enum class Kind : uint8_t {
    kConfirmed,  // The queue's, for good.
    kRefused,    // Not the queue's: `reason`.
    kUnknown,    // The session ended before that was known.
  };
  PublishId first;  // This and all up to ...
  PublishId last;   // ... this one.
  Kind kind = Kind::kConfirmed;
  queue::Refusal reason = queue::Refusal::kNone;
  friend bool operator==(const PublishOutcome&, const PublishOutcome&) = default;
};

struct GetOutcome {
  enum class Kind : uint8_t {
    kFound,
    kEmpty,
    kUnknown,  // The answer was lost with a leader. With auto_settle a message may be, too.
  };
  GetId id;
  Kind kind = Kind::kEmpty;
  DeliveredMessage message;
  uint64_t ready_left = 0;
};

// What becomes of a session. Called from within calls into it, at their end, when its state is in
// order again: it may be used from here, though not destroyed.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  // Exactly one outcome for each message; those of different batches may come in another order
  // than they were published.
  virtual void OnPublished(std::span<const PublishOutcome> outcomes) = 0;
  // Each of these is held until it is settled or lost (but if the consumer settles by itself).
  virtual void OnDelivered(ConsumerNumber consumer, std::span<const DeliveredMessage> messages) = 0;
  virtual void OnConsumer(ConsumerNumber consumer, queue::ConsumerEventKind kind) = 0;
  // Held no more, though they were not settled: they went to others, or will. Settling them has no
  // effect.
  virtual void OnLost(ConsumerNumber consumer, queue::KeyRange keys) = 0;
  virtual void OnGet(const GetOutcome& outcome) = 0;
  // CanPublish() is true again after Publish said no.
  virtual void OnRoom() = 0;
  // It is over; nothing follows, and what was published and not answered has been told to be
  // unknown. OK after Close(). NOT_FOUND: there is no such queue, any more. ABORTED: the queue gave
  // the session up (its node was out of reach for too long); its leases have been returned.
  virtual void OnEnded(const absl::Status& why) = 0;
};

struct ConsumerOptions {  // As in queue::AttachConsumer.
  int32_t priority = 0;
  bool exclusive = false;
  bool auto_settle = false;
  uint32_t prefetch = 0;
  std::optional<queue::Span> timeout = std::nullopt;
};

// Speaks with the leader of a queue, wherever that is and becomes; keeps each command until the
// leader has said that it is carried out, and says it again to the next one. Small things are put
// together: messages to batches of one entry each, settlements to one command.
//
//   Publish ─▶ [ batch ] ─┐                       ┌─▶ leader
//   Settle  ─▶ [ settles]─┼▶ [ numbered commands ]┤
//   Attach.. ─────────────┘       kept until      └◀─ outcomes ─▶ listener
//                                 carried out
//
// A full batch is sent at once; the rest waits for Flush(), and there for the outcome of what is
// under way: so under load batches grow, and without load nothing waits.
//
// Exactly one outcome per publish. What a leader that vanished has done of it is asked of the next
// one: commands are numbered, the queue knows the last number that it has carried out. If the queue
// has forgotten the session, the outcome is kUnknown, never a guess.
//
// Bounded: Publish says no beyond unresolved_bytes_max or unresolved_messages_max. Other commands
// are for their caller to bound: one Settle per message held, say.
// Errors: what comes in was sent by other nodes, and may be late, repeated or nonsense; it has no
// effect then.
// Threads: owned by one shard.
class Session {
 public:
  // `host` and `listener` outlive it. Attaches at once. Requires: members is not empty.
  Session(const SessionConfig& config, SessionId id, GroupId group, std::vector<NodeId> members,
          SessionHost* host, SessionListener* listener);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  // A session that is destroyed before OnEnded has held its leases for ever, as far as the queue
  // knows, until its node restarts.
  ~Session();

  SessionId id() const;
  GroupId group() const;
  bool IsEnded() const;
  NodeId leader() const;  // Whom it speaks with; nobody while it looks for one.

  void SetMembers(std::vector<NodeId> members);  // They have changed.

  // ---- What the user does. After Close() and the end these have no effect and return 0.
  // ----------

  bool CanPublish() const;
  // 0: not now, wait for OnRoom(); or too large, or ended. Takes what it is given only if it takes
  // it.
  PublishId Publish(queue::NewMessage&& message, base::BytesChain&& content);
  // Requires: not 0, and not used in this session before.
  void AttachConsumer(ConsumerNumber consumer, const ConsumerOptions& options);
  void CancelConsumer(ConsumerNumber consumer);
  void GrantCredit(ConsumerNumber consumer, uint32_t credit, bool drain);
  GetId Get(bool auto_settle);
  void Settle(ConsumerNumber consumer, queue::Verdict verdict, queue::KeyRange keys,
              queue::Time not_before = {});
  // What was said before is carried out and answered, then the session ends: OnEnded(OK). Nothing
  // more is delivered to consumers; what they hold is returned.
  void Close();

  // ---- What happens
  // -------------------------------------------------------------------------------

  // Of these, the ones that the leader sends: Outcome and SessionRefused.
  void OnMessage(NodeId from, SessionMessage&& message);
  void OnNode(NodeId node, NodeNews news);
  // The end of a pass over what came in: sends what the rules allow.
  void Flush();
  // Time has passed; does what is due by SessionHost::Now().
  void Advance();
  std::optional<base::MonotonicTime> NextDeadline() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warren::replication
