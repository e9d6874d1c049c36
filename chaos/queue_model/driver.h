// Draws a history that makes sense most of the time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "chaos/queue_model/history.h"
#include "chaos/queue_model/model.h"
#include "chaos/queue_model/setup.h"

namespace warren::queue_model {

// Everyone who uses one queue: the nodes whose sessions publish and consume, and the host. What a
// user would know from the effects (who holds what, which number is next) is read off the model,
// which must agree with the machine anyway; of what is over, the driver keeps a little in order to
// say stale things. It knows of no switch of the machine's.
//
// The same setup gives the same history, whatever the machine does.
class Driver {
 public:
  explicit Driver(const RunSetup& setup);

  Entry Next(const Model& model);
  void Observe(const Effects& effects);

 private:
  // ---- driver.cc ----
  queue::Command Draw(Act act);
  Act DrawAct();
  Time DrawTime();
  bool Happens(Percent percent) { return rng_.Chance(percent, 100); }
  template <typename T>
  const T& OneOf(const std::vector<T>& choices) {
    return choices[rng_.Below(choices.size())];
  }

  // ---- driver_publishing.cc ----
  queue::Publish DrawPublish();
  queue::NewMessage DrawMessage();
  queue::ProducerStamp DrawProducer();
  queue::Configure DrawConfigure();
  queue::MoveSurvivors DrawMove();
  queue::CancelDelayed DrawCancelDelayed();

  // ---- driver_consuming.cc ----
  queue::Stamp NextStamp();
  queue::AttachSession DrawAttachSession();
  queue::AttachConsumer DrawAttachConsumer();
  queue::Settle DrawSettle(const queue::Stamp& stamp);
  queue::Settlement DrawSettlement(SessionId session);
  queue::ConfirmDeadLetters DrawConfirm();
  SessionId DrawSession();  // Known, mostly.
  ConsumerNumber DrawConsumer(SessionId session);
  SessionEpoch EpochOf(SessionId session) const;
  Time DrawNotBefore();
  KeyRange DrawStaleKeys();

  const RunSetup setup_;
  base::Rng rng_;
  const Model* model_ = nullptr;  // During Next().
  EntryIndex index_;
  Time time_{1'000'000'000};

  struct ProducerMemory {
    uint64_t epoch = 1;
    uint64_t sequence = 0;
  };
  std::map<uint64_t, ProducerMemory> producers_;
  std::deque<KeyRange> delivered_;            // Lately.
  std::deque<queue::Command> stamped_;        // Lately, to be sent again.
  std::map<SessionId, SessionEpoch> epochs_;  // The highest that was ever used.
};

}  // namespace warren::queue_model
