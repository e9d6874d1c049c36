// What users of one queue have seen, and whether it can be true.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "chaos/cluster/timeline.h"
#include "queue/types.h"
#include "replication/session/message.h"
#include "replication/session/session.h"

namespace warren::cluster_sim {

using queue::ConsumerId;
using queue::OrderKey;
using queue::SessionId;
using queue::SessionNumber;

// Which message: its contents say so.
struct MessageName {
  uint64_t producer = 0;
  uint64_t sequence = 0;  // From 1.
  friend auto operator<=>(const MessageName&, const MessageName&) = default;
};
std::string Describe(MessageName name);

// Knows nothing of how queues are replicated; it is told
//   - by the users, what they publish, what they are told of that, what is delivered to them and
//     what they say of it;
//   - by who looks at what leaves a leader and at what is applied (group_watch.h), what was carried
//     out, and what was said and delivered when.
class MessageBook {
 public:
  MessageBook(GroupId group, bool is_strict, Timeline* timeline)
      : group_(group), is_strict_(is_strict), timeline_(timeline) {}

  // ---- Users

  // Something that nobody else publishes, with a checksum.
  base::BytesChain MakeContent(MessageName name, size_t filler) const;
  void OnPublish(MessageName name) { messages_.emplace(name, Message()); }
  void OnOutcome(MessageName name, replication::PublishOutcome::Kind kind);
  // Returns which one it is; nullopt: it is nonsense, which has been reported.
  std::optional<MessageName> OnDelivered(ConsumerId consumer,
                                         const replication::DeliveredMessage& message);
  void OnSettleAsked(SessionId session, OrderKey key) { asked_.insert({session, key}); }

  // ---- Observers of the group

  // An entry has settled this message, which that consumer held.
  void OnSettled(ConsumerId consumer, SessionNumber number, OrderKey key);
  // A leader says so to the session, or hands something out.
  void OnToldApplied(SessionId session, SessionNumber number);
  void OnHandedOut(SessionId session, OrderKey key);
  // It has left by a rule, or with the queue.
  void OnMayBeGone() { may_be_gone_ = true; }

  // ---- The end

  // Of a strict queue that is empty now: whatever was confirmed has been settled.
  void CheckNothingLost();
  uint64_t confirmed() const { return confirmed_; }
  uint64_t settled() const { return settled_.size(); }
  uint64_t published() const { return messages_.size(); }
  uint64_t open() const;  // Published and not settled, as far as is known.

 private:
  using Kind = replication::PublishOutcome::Kind;
  struct Message {
    std::optional<Kind> outcome;
    OrderKey key;  // 0: never delivered.
  };
  void CheckKey(MessageName name, Message& message, OrderKey key);
  void CheckOrder(MessageName name, OrderKey key);
  void CheckLease(ConsumerId consumer, const replication::DeliveredMessage& message);
  void Violated(std::string rule, MessageName name, const std::string& what);

  const GroupId group_;
  const bool is_strict_;
  Timeline* const timeline_;
  bool may_be_gone_ = false;
  uint64_t confirmed_ = 0;
  std::map<MessageName, Message> messages_;
  std::map<OrderKey, MessageName> by_key_;
  std::map<uint64_t, std::map<uint64_t, OrderKey>> keys_;  // By producer, by sequence.
  std::map<std::pair<OrderKey, uint32_t>, ConsumerId> leases_;
  std::set<std::pair<SessionId, OrderKey>> asked_;
  struct Settled {
    ConsumerId by;
    bool told = false;
  };
  std::map<OrderKey, Settled> settled_;
  std::map<SessionId, std::multimap<SessionNumber, OrderKey>> untold_;
  std::set<std::pair<SessionId, OrderKey>> handed_out_;  // When it was not told to be settled.
};

}  // namespace warren::cluster_sim
