// Messages that died in a queue that keeps them until their target has confirmed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

// What becomes of a message that dies. Dropping the head leaves no room for what waits.
inline queue::DeadLetterStrategy StrategyOf(const QueueConfig& config) {
  const bool too_much = config.overflow == queue::Overflow::kDropHead &&
                        config.dead_letter == queue::DeadLetterStrategy::kAtLeastOnce;
  return too_much ? queue::DeadLetterStrategy::kAtMostOnce : config.dead_letter;
}

struct Letter {
  enum class Progress { kWaiting, kHandedOut, kRefused };
  OrderKey key{};
  DeathReason reason = DeathReason::kRejected;
  Progress progress = Progress::kWaiting;
  Time due{};  // kRefused.
  uint32_t refusals = 0;
};

class DeadLetters {
 public:
  void Add(OrderKey key, DeathReason reason);  // At the end of those that wait.

  // Those refused whose time has come wait again, behind those that wait.
  void RequeueDue(Time now);
  // Hands out those that have waited longest, as far as the window allows.
  std::vector<Letter> HandOut(const QueueConfig& config);

  // Those handed out and unanswered, in the order of dying.
  std::vector<Letter> Unanswered() const;
  void Refuse(OrderKey key, const QueueConfig& config, Time now);
  void Erase(OrderKey key);

  std::vector<Letter> TakeAll();  // In the order of dying; they are letters no more.
  size_t size() const { return letters_.size(); }
  // When one that was refused can be handed out again: not while the window is full.
  std::optional<Time> NextDue(const QueueConfig& config) const;

 private:
  std::vector<Letter> letters_;   // In the order of dying.
  std::deque<OrderKey> waiting_;  // In the order of being handed out.
};

}  // namespace warren::queue_model
