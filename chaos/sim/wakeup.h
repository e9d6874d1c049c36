// The reminders that the event queue holds.
#pragma once

#include <cstdint>

#include "raft/types.h"

namespace warren::sim {

enum class WakeupKind : uint8_t {
  kDeliver,   // A message arrives. key: its place in the message pool.
  kTick,      // A node's clock ticks.
  kPoll,      // A node takes the outputs of its core.
  kSynced,    // A node's disk ends a sync round.
  kApply,     // A node applies some of what is committed.
  kFetch,     // A node asks for bodies that an installed snapshot lacks.
  kLoaded,    // A node's disk has read entries. key: which request.
  kReported,  // A node hears what became of what it sent. key: which report.
  kRestart,   // A crashed node starts again.
  kResume,    // A paused node goes on.
  kStrike,    // A fault is due. key: which.
  kPropose,   // Clients write.
  kRead,      // Clients read.
  kAudit,     // All oracles look at everything.
};

// Only a reminder: what it is about is kept by the one who is woken, and may be gone by then.
// Small and without ownership, because there are millions of them per second.
struct Wakeup {
  WakeupKind kind = WakeupKind::kTick;
  raft::NodeId node{};  // Nobody for those that are about the world.
  uint64_t life = 0;    // The life of the node that asked for it; an earlier life's are void.
  uint64_t key = 0;
};

}  // namespace warren::sim
