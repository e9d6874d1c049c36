// What one Apply sends to whom.
#pragma once

#include <vector>

#include "chaos/queue_model/messages.h"
#include "chaos/queue_model/types.h"

namespace warren::queue_model {

class Deliveries {
 public:
  void Add(ConsumerId consumer, OrderKey key, const Message& message);
  void AddAgain(ConsumerId consumer, OrderKey key, const Message& message);
  void MoveTo(Effects& effects);

 private:
  struct Parcel {
    ConsumerId consumer;
    bool again = false;
    std::vector<queue::DeliveredRange> ranges;
  };
  Parcel& For(ConsumerId consumer, bool again);

  std::vector<Parcel> parcels_;  // In the order of their first messages.
};

}  // namespace warren::queue_model
