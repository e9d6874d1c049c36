// What is in the queue.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

// One that has an order key. What it means to be leased or a dead letter is written down by
// whoever holds it: consumers.h, dead_letters.h.
struct Message {
  Position position{};
  MessageState state = MessageState::kReady;
  Priority level = 0;
  uint32_t size = 0;
  bool persistent = false;
  uint32_t acquired = 0;
  uint32_t failed = 0;
  std::optional<Time> expires{};
  Time accepted{};
  Time due{};           // kRetrying.
  ConsumerId holder{};  // kLeased.
};

// One that has none yet.
struct Delayed {
  Time due;
  Message message;  // As it will be.
};

class Messages {
 public:
  using Map = std::map<OrderKey, Message>;

  OrderKey Add(const Message& message);  // Ready, with the next key.
  void Delay(const Delayed& delayed);    // With the next delay key.
  // The delayed messages that are due at `now`, the earliest first, become ready.
  void ReleaseDelayed(Time now);
  void ReleaseRetrying(Time now);

  void MakeReady(OrderKey key);
  void MakeLeased(OrderKey key, ConsumerId holder);
  void MakeRetrying(OrderKey key, Time due);
  void MakeDeadLetter(OrderKey key);
  void Count(OrderKey key, uint32_t acquired, uint32_t failed);
  void Free(OrderKey key);
  bool FreeDelayed(DelayKey key);  // False: there is none.
  void FreeAll();
  void Move(Position from, Position to);

  const Message& At(OrderKey key) const { return all_.at(key); }
  const Map& all() const { return all_; }
  const std::map<DelayKey, Delayed>& delayed() const { return delayed_; }

  // The ready ones as they would be delivered.
  std::vector<OrderKey> Ready() const;
  std::optional<OrderKey> NextReady() const;
  std::optional<OrderKey> OldestOfLowestLevel() const;
  // The first of the ready ones, by key, from `from` on.
  std::optional<OrderKey> FirstExpired(OrderKey from, Time now) const;
  size_t ready_count() const { return ready_.size(); }
  uint64_t BytesIn(MessageState state) const;

  // When something here is due: a delay, a retry, the expiry of a ready message.
  std::optional<Time> NextDue() const;

  // The places of messages that were freed since ForgetFreed().
  const std::set<Position>& freed() const { return freed_; }
  void ForgetFreed() { freed_.clear(); }

 private:
  struct ReadyPlace {  // Higher levels first.
    int level_below_top = 0;
    OrderKey key;
    friend auto operator<=>(const ReadyPlace&, const ReadyPlace&) = default;
  };
  static ReadyPlace PlaceOf(OrderKey key, const Message& message) {
    return {.level_below_top = 255 - message.level, .key = key};
  }
  void Leave(OrderKey key);  // Its state, for another or none.
  void Enter(OrderKey key, MessageState state);

  Map all_;
  std::map<MessageState, uint64_t> bytes_;
  std::set<ReadyPlace> ready_;
  std::map<OrderKey, Time> perishable_;  // The ready ones that expire.
  std::set<std::pair<Time, OrderKey>> retrying_;
  std::map<DelayKey, Delayed> delayed_;
  OrderKey last_key_;
  DelayKey last_delay_key_;
  std::set<Position> freed_;
};

}  // namespace warren::queue_model
