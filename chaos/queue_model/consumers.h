// Who gets messages, and whose turn it is.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "chaos/queue_model/sessions.h"
#include "chaos/queue_model/types.h"

namespace warren::queue_model {

// Consumer 0 of a session, which holds what it got by Get, is kept like one that was cancelled.
struct Consumer {
  ConsumerId id;
  uint64_t joined = 0;  // The order of attaching.
  int32_t priority = 0;
  bool exclusive = false;
  bool auto_settle = false;
  bool cancelled = false;
  bool draining = false;  // Its credit is void after the next service.
  uint32_t prefetch = 0;
  uint64_t credit = 0;  // Granted and not used.
  std::optional<Span> timeout;
  std::map<OrderKey, Time> leases;  // What it holds, and since when.

  bool HasCredit() const;
  uint64_t CreditLeft() const;
  std::optional<Time> OldestLease() const;
  std::optional<Time> TimesOutAt(const QueueConfig& config) const;
};

class Consumers {
 public:
  using Map = std::map<ConsumerId, Consumer>;
  using Events = std::vector<queue::ConsumerEvent>;

  Consumer* Find(ConsumerId id);
  Consumer& Attach(const queue::AttachConsumer& command);
  Consumer& OfSession(SessionId session);  // Its consumer 0.
  void ForgetIfGone(ConsumerId id);        // Cancelled, and holds nothing.
  void Clear();

  Map& all() { return all_; }
  const Map& all() const { return all_; }
  std::vector<ConsumerId> IdsOf(SessionId session) const;
  std::vector<ConsumerId> Ids() const;
  uint64_t CountLive() const;  // Not cancelled.
  bool HasExclusive() const;

  bool CanServe(const QueueConfig& config, const Sessions& sessions);
  // Whom the next message goes to. Requires: CanServe().
  Consumer& TakeTurn(const QueueConfig& config, const Sessions& sessions);

  // Single active consumer: decides anew who it is.
  void ChooseActive(const QueueConfig& config, const Sessions& sessions, Events& events);
  bool IsActive(const Consumer& consumer, const QueueConfig& config) const;

 private:
  using InTurn = std::map<uint64_t, Consumer*>;  // By their order of attaching.
  // Those of the highest priority among all that may be sent a message.
  InTurn Servable(const QueueConfig& config, const Sessions& sessions);
  // Of those that could be the single active one.
  Consumer* Best(const Sessions& sessions);
  bool MayServe(const Consumer& consumer, const Sessions& sessions) const;

  Map all_;
  uint64_t last_joined_ = 0;
  std::map<int32_t, uint64_t> last_served_;  // By priority: who, by his place in joining.
  std::optional<ConsumerId> active_;
};

}  // namespace warren::queue_model
