// What users of sessions were promised, and whether they got it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "replication/session/session.h"

namespace warren::replication {

// Knows what users did and were told, and nothing else: no log, no machine, no switches.
class SessionModel {
 public:
  using User = uint32_t;  // One session of one user.

  // ---- What users do
  std::string Content(User user, PublishId id) const;  // Of the message that it publishes.
  void Published(User user, PublishId id);
  void Settles(User user, ConsumerNumber consumer, OrderKey key, queue::Verdict verdict);

  // ---- What they are told
  void Outcome(User user, const PublishOutcome& outcome);
  void Delivered(User user, ConsumerNumber consumer, const DeliveredMessage& message);
  void Lost(User user, ConsumerNumber consumer, queue::KeyRange keys);
  void ConsumerGone(User user, ConsumerNumber consumer);  // And what it held.
  void Ended(User user, bool given_up);                   // By the queue, not closed by the user.

  // What a user holds of a consumer.
  const std::set<OrderKey>& HeldBy(User user, ConsumerNumber consumer);

  // When everything is over and the queue was emptied.
  void CheckEnd();
  bool IsResolved(User user) const;  // Has it an outcome for each of its messages?

  const std::string& violation() const { return violation_; }
  void Violate(const std::string& what);
  uint64_t confirmed() const { return confirmed_; }
  uint64_t delivered() const { return delivered_; }

 private:
  struct Message {
    bool has_outcome = false;
    PublishOutcome::Kind kind = PublishOutcome::Kind::kUnknown;
    OrderKey key;          // 0: never delivered.
    bool settled = false;  // By somebody who held it, for good.
    User settler = 0;
    // It was settled by the one, and delivered to the other later. One of them had been given up.
    std::vector<std::pair<User, User>> after_settle;
  };
  struct UserState {
    std::vector<Message> messages;  // By publish id - 1.
    std::map<ConsumerNumber, std::set<OrderKey>> held;
    bool ended = false;
    bool given_up = false;
  };
  UserState& At(User user) { return users_[user]; }

  std::map<User, UserState> users_;
  std::map<OrderKey, std::pair<User, uint64_t>> by_key_;
  std::string violation_;
  uint64_t confirmed_ = 0;
  uint64_t delivered_ = 0;
};

}  // namespace warren::replication
