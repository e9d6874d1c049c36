// What a session has to tell its user, gathered until its state is in order.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include "replication/session/session.h"

namespace warren::replication {

// Threads: a plain value.
class SessionEvents {
 public:
  void Published(const PublishOutcome& outcome);  // Joined with the last one if it goes on from it.
  void Delivered(ConsumerNumber consumer, std::vector<DeliveredMessage> messages) {
    events_.emplace_back(Delivery{consumer, std::move(messages)});
  }
  void Consumer(ConsumerNumber consumer, queue::ConsumerEventKind kind) {
    events_.emplace_back(ConsumerNews{.consumer = consumer, .kind = kind});
  }
  void Lost(ConsumerNumber consumer, queue::KeyRange keys) {
    events_.emplace_back(LostKeys{.consumer = consumer, .keys = keys});
  }
  void Got(GetOutcome outcome) { events_.emplace_back(std::move(outcome)); }
  void Room() { room_ = true; }
  void Ended(absl::Status why) { events_.emplace_back(std::move(why)); }

  // Tells all there is, and what comes up meanwhile. Does nothing while it is at it already.
  void Tell(SessionListener* listener);

 private:
  struct Delivery {
    ConsumerNumber consumer;
    std::vector<DeliveredMessage> messages;
  };
  using Event = std::variant<Delivery, ConsumerNews, LostKeys, GetOutcome, absl::Status>;

  void TellOne(const Event& event, SessionListener* listener);

  std::vector<PublishOutcome> published_;
  std::vector<Event> events_;
  bool room_ = false;
  bool telling_ = false;
};

}  // namespace warren::replication
