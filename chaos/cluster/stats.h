// What happened in a run, in numbers.
#pragma once

#include <array>
#include <cstdint>

#include "chaos/cluster/setup.h"

namespace warren::cluster_sim {

struct Stats {
  Duration simulated{0};
  uint64_t events = 0;
  std::array<uint64_t, kFaults> faults{};
  uint64_t frames = 0;  // Between nodes.
  uint64_t streams_broken = 0;
  uint64_t stragglers = 0;
  uint64_t starts = 0;           // Of processes.
  uint64_t entries_applied = 0;  // By all members together.
  uint64_t leaders = 0;          // Terms that had one.
  uint64_t changes = 0;          // Of memberships.
  uint64_t sessions = 0;
  uint64_t published = 0;
  uint64_t confirmed = 0;
  uint64_t unknown = 0;
  uint64_t delivered = 0;
  uint64_t settled = 0;
  uint64_t redelivered = 0;

  void Add(const Stats& other);
};

}  // namespace warren::cluster_sim
