// What sessions and the leaders of queues say to each other.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/bytes.h"
#include "base/identity.h"
#include "queue/command.h"
#include "queue/effect.h"
#include "queue/inspection.h"
#include "replication/host/types.h"
#include "replication/session/session_id.h"

namespace warren::replication {

// ---- To the leader ------------------------------------------------------------------------------

// A command of a session, packed as the entry that it is to become (session/queue_entry.h). The
// fields repeat what its stamp says, so that the door need not look far.
struct SessionCommand {
  SessionId session;
  SessionEpoch epoch;
  SessionNumber number;  // 0: AttachSession or DetachSession, which are not numbered.
  bool again = false;    // Carried out already, as far as we know: its outcome is asked for again.
  ShardNo shard = 0;     // That hears the outcome, on the node that sends this.
  SealedPayload payload;
  friend bool operator==(const SessionCommand&, const SessionCommand&) = default;
};

using RequestId = base::Identity<struct RequestIdTag>;

struct GetStats {
  friend bool operator==(const GetStats&, const GetStats&) = default;
};
struct PeekMessage {  // With its content. Place 0 is what would be delivered next.
  uint64_t place = 0;
  friend bool operator==(const PeekMessage&, const PeekMessage&) = default;
};
struct ListMessages {
  queue::ListRequest request;
  friend bool operator==(const ListMessages& a, const ListMessages& b) {
    return a.request.from == b.request.from && a.request.state == b.request.state &&
           a.request.priority == b.request.priority &&
           a.request.messages_max == b.request.messages_max;
  }
};
struct ListDelayed {
  queue::DelayKey from;
  uint32_t messages_max = 100;
  friend bool operator==(const ListDelayed&, const ListDelayed&) = default;
};
// At most so many messages in one answer, whatever was asked for.
inline constexpr size_t kListedMax = 1000;

// The first five go through the log; the others look at the leader's state, which is that of all
// that was committed when it began to lead, and may be a moment old if it leads no more.
using Question =
    std::variant<queue::Configure, queue::Remove, queue::Purge, queue::Touch, queue::CancelDelayed,
                 GetStats, PeekMessage, ListMessages, ListDelayed>;

// Asked of the queue as a whole, by nobody's session. Carried out at most once, unless it is sent
// again: after UNAVAILABLE it is not known whether it was.
struct Request {
  RequestId id;  // The sender's choice; the reply names it.
  ShardNo shard = 0;
  Question what;
  friend bool operator==(const Request&, const Request&) = default;
};

// ---- To the session -----------------------------------------------------------------------------

struct PublishAnswer {  // The outcome of one batch: the queue took all but these.
  SessionNumber number;
  std::vector<queue::RefusedMessage> refused;  // Ascending by slot.
  uint32_t duplicates = 0;
  friend bool operator==(const PublishAnswer&, const PublishAnswer&) = default;
};

// What the queue knows of a consumer of the session when that attaches.
struct KnownConsumer {
  ConsumerNumber consumer;
  bool cancelled = false;
  bool active = false;  // The single active one; false where there is no such thing.
  uint64_t credit = 0;  // Messages that it may still be sent.
  friend bool operator==(const KnownConsumer&, const KnownConsumer&) = default;
};
struct AttachedSession {
  SessionNumber number;                  // The last command carried out.
  uint64_t got_again = 0;                // Messages for consumer 0 that follow, marked `again`.
  std::vector<KnownConsumer> consumers;  // Ascending.
  friend bool operator==(const AttachedSession&, const AttachedSession&) = default;
};

struct ConsumerNews {
  ConsumerNumber consumer;
  queue::ConsumerEventKind kind = queue::ConsumerEventKind::kAttached;
  friend bool operator==(const ConsumerNews&, const ConsumerNews&) = default;
};
struct LostKeys {
  ConsumerNumber consumer;
  queue::KeyRange keys;
  friend bool operator==(const LostKeys&, const LostKeys&) = default;
};

struct DeliveredMessage {
  OrderKey key;
  uint32_t acquired = 0;  // As in queue::DeliveredRange.
  uint32_t failed = 0;
  base::Bytes content = {};  // What was published: a slice of the entry that it lies in.
  friend bool operator==(const DeliveredMessage&, const DeliveredMessage&) = default;
};
struct DeliveredMessages {
  ConsumerNumber consumer;  // 0: what was got.
  bool again = false;       // Handed out before the session attached anew.
  std::vector<DeliveredMessage> messages;
  friend bool operator==(const DeliveredMessages&, const DeliveredMessages&) = default;
};
struct GotResult {
  SessionNumber number;
  bool found = false;
  OrderKey key;  // If found: which of the messages for consumer 0 it is; it follows.
  uint64_t ready_left = 0;
  friend bool operator==(const GotResult&, const GotResult&) = default;
};

enum class SessionFate : uint8_t {
  kGoesOn,
  kDetached,
  kTimedOut,
  kUnknown,  // The queue does not know it, or not in this epoch.
  kFenced,   // It has been attached in a later epoch.
};

// What came of the session's commands, and of others that concern it, in the order of the fields
// and within them in the order of the log. What could not stay in that order comes in a further
// Outcome; only `applied` and `published` may be ahead of the rest of their entry.
struct Outcome {
  SessionId session;
  SessionEpoch epoch;
  // From 1 on for each attachment, without gaps: whoever misses one has missed deliveries, perhaps,
  // and attaches anew. 0: the session is not attached, this only says why (`fate`).
  uint64_t sequence = 0;
  std::vector<AttachedSession> attached;  // At most one, in the first of its epoch.
  SessionNumber applied;  // All commands up to this one have been carried out. 0: says nothing.
  std::vector<PublishAnswer> published;
  std::vector<ConsumerNews> consumers;
  std::vector<LostKeys> lost;
  std::vector<GotResult> gets;
  std::vector<DeliveredMessages> deliveries;
  SessionFate fate = SessionFate::kGoesOn;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

enum class SessionRefusal : uint8_t {
  kNotLeader,    // `leader` is, if it is known.
  kBusy,         // Nothing from `number` on was taken; again after `retry_after`.
  kGap,          // `number` is the one expected: something was lost on the way.
  kAttachFirst,  // The leader does not know the session, or not in this epoch.
  kGone,         // The group has been removed, for ever.
  kDamaged,      // The payload is not what was packed.
};
struct SessionRefused {
  SessionId session;
  SessionEpoch epoch;
  SessionNumber number;
  SessionRefusal why = SessionRefusal::kNotLeader;
  NodeId leader;
  absl::Duration retry_after;
  friend bool operator==(const SessionRefused&, const SessionRefused&) = default;
};

struct QueueStats {
  queue::Counts counts;
  std::vector<queue::ConsumerView> consumers;
  friend bool operator==(const QueueStats&, const QueueStats&) = default;
};
struct PeekedMessage {
  queue::MessageView message;
  base::Bytes content;
  friend bool operator==(const PeekedMessage&, const PeekedMessage&) = default;
};
struct Counted {  // Messages that were purged, cancelled or deleted.
  uint64_t messages = 0;
  friend bool operator==(const Counted&, const Counted&) = default;
};
using Answer = std::variant<std::monostate, Counted, QueueStats, PeekedMessage,
                            std::vector<queue::MessageView>, std::vector<queue::DelayedView>>;
struct Reply {
  RequestId id;
  // OK; UNAVAILABLE: not the leader, or not any more; RESOURCE_EXHAUSTED: busy;
  // FAILED_PRECONDITION: the queue is in use or not empty; NOT_FOUND: nothing to peek at;
  // INVALID_ARGUMENT.
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string text;  // Why not, for people.
  NodeId leader;     // With UNAVAILABLE: who leads, if that is known.
  Answer answer;
  friend bool operator==(const Reply&, const Reply&) = default;
};

// Between nodes it travels as session/message_codec.h says; within one the struct is handed over.
using SessionMessage = std::variant<SessionCommand, Request, Outcome, SessionRefused, Reply>;

}  // namespace warren::replication
