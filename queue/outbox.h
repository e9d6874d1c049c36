// What one Apply sends, gathered by consumer.
#pragma once

#include <cstdint>
#include <vector>

#include "queue/effect.h"
#include "queue/types.h"

namespace warren::queue {

// Consumers are served in turns; what each gets becomes one delivery, in as few ranges as can be.
// Deliveries are in the order of their first message.
class Outbox {
 public:
  // Starts a delivery; what Add() is given for the number answered goes into it.
  uint32_t Open(ConsumerId consumer, bool again);
  // Joins the last range if it continues that: next key, same counts, and the next place in the
  // way in which the range goes on.
  void Add(uint32_t delivery, const DeliveredRange& range);

  // Moves all into `effects`, and is empty again.
  void MoveTo(Effects& effects);

 private:
  struct Box {
    ConsumerId consumer;
    bool again = false;
    std::vector<DeliveredRange> ranges;
  };
  std::vector<Box> boxes_;  // Those after `used_` keep their memory for the next time.
  uint32_t used_ = 0;
};

}  // namespace warren::queue
