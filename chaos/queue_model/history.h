// What was asked of a queue, in which order.
#pragma once

#include <cstdint>
#include <vector>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

struct Entry {
  EntryIndex index;
  Time time;
  queue::Command command;
  // The command is meant to be the session's next, whatever went before: its stamp is made right
  // when it is applied. So a history stays meaningful when some of its entries are left out.
  bool is_next = false;
  bool restores = false;  // Afterwards the second machine is written to bytes, and read again.
};

struct History {
  QueueConfig config;
  std::vector<Entry> entries;
};

// What a command counts for: each message that it brings or settles.
uint64_t OperationsOf(const queue::Command& command);

}  // namespace warren::queue_model
