#include "chaos/queue_model/history.h"

#include <algorithm>
#include <variant>

namespace warren::queue_model {

uint64_t OperationsOf(const queue::Command& command) {
  if (const auto* publish = std::get_if<queue::Publish>(&command)) {
    return std::max<uint64_t>(1, publish->messages.size());
  }
  uint64_t operations = 0;
  if (const auto* settle = std::get_if<queue::Settle>(&command)) {
    for (const queue::Settlement& one : settle->settlements) {
      const bool is_range = one.keys.first <= one.keys.last;
      operations += is_range ? std::min<uint64_t>(one.keys.size(), queue::kSlotsMax) : 0;
    }
  }
  return std::max<uint64_t>(1, operations);
}

}  // namespace warren::queue_model
