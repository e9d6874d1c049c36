// Where a node may die.
#pragma once

#include <cstdint>

#include "chaos/sim/stats.h"

namespace warren::sim {

// Every point between two things that a host does with an output. What a crash there loses, and
// what it leaves half done, differs at each.
enum class Boundary : uint8_t {
  kIdle,          // Between two events.
  kBeforeStore,   // An output was taken, and nothing was done with it.
  kAfterStore,    // It was handed to the disk, and nothing has left.
  kWhileSending,  // Some of what could leave at once has left.
  kAfterSend,     // All of it has.
  kAfterSync,     // The disk has synced, and nobody was told.
  kBeforeStored,  // What waited for the sync has left, and the core does not know it yet.
  kBeforeApply,   // Committed entries were taken, and none was applied.
  kAfterApply,    // They were, and the core does not know it yet.
};
inline constexpr uint8_t kBoundaries = 9;

constexpr FaultKind CrashAt(Boundary boundary) {
  return static_cast<FaultKind>(static_cast<uint8_t>(FaultKind::kCrashIdle) +
                                static_cast<uint8_t>(boundary));
}
static_assert(CrashAt(Boundary::kAfterApply) == FaultKind::kCrashAfterApply);

}  // namespace warren::sim
