// What really happened in a run: the proof that a simulation without violations simulated much.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "chaos/sim/time.h"

namespace warren::sim {

// Every way in which the world can be unkind. Counted when it has an effect, not when it is tried:
// a partition counts if it stopped a message, a crash of the disk if it lost a write.
enum class FaultKind : uint8_t {
  kMessageLost,
  kMessageDuplicated,
  kMessageReordered,  // Overtaken by one that was sent later on the same link.
  kOneWayCut,         // A link that lets nothing through in one direction.
  kPartition,         // Two sides that hear nothing of each other.
  kSlowLink,
  kCrashIdle,  // The boundaries at which a crash strikes: chaos/sim/boundary.h.
  kCrashBeforeStore,
  kCrashAfterStore,
  kCrashWhileSending,
  kCrashAfterSend,
  kCrashAfterSync,
  kCrashBeforeStored,
  kCrashBeforeApply,
  kCrashAfterApply,
  kPowerLoss,  // All nodes at once.
  kWriteLost,
  kWriteTorn,
  kSyncFailed,
  kBitRot,
  kSlowDisk,
  kPause,      // A process that is stopped for a while, as by SIGSTOP.
  kTickDrift,  // A node whose ticks become longer or shorter.
  kClockJump,  // A node whose wall clock jumps.
};
inline constexpr std::array<std::string_view, 24> kFaultNames = {
    "message_lost",        "message_duplicated",
    "message_reordered",   "one_way_cut",
    "partition",           "slow_link",
    "crash_idle",          "crash_before_store",
    "crash_after_store",   "crash_while_sending",
    "crash_after_send",    "crash_after_sync",
    "crash_before_stored", "crash_before_apply",
    "crash_after_apply",   "power_loss",
    "write_lost",          "write_torn",
    "sync_failed",         "bit_rot",
    "slow_disk",           "pause",
    "tick_drift",          "clock_jump",
};

struct Stats {
  std::array<uint64_t, kFaultNames.size()> faults{};
  uint64_t steps = 0;          // Events stepped into a core.
  uint64_t messages = 0;       // Delivered.
  uint64_t elections = 0;      // Won.
  uint64_t commits = 0;        // Entries that became committed.
  uint64_t applied = 0;        // Entries applied, by any node.
  uint64_t reads = 0;          // Answered.
  uint64_t snapshots = 0;      // Taken.
  uint64_t installs = 0;       // Of snapshots, by nodes that were behind.
  uint64_t fetched = 0;        // Bodies of live entries that installs brought along.
  uint64_t loads = 0;          // Of entries that were not in memory any more.
  uint64_t truncations = 0;    // Writes that replaced a suffix of the log.
  uint64_t changes = 0;        // Of the membership, that took effect.
  uint64_t joint_changes = 0;  // Those that passed through a joint phase.
  uint64_t transfers = 0;      // Elections won by order of the former leader.
  uint64_t amnesia = 0;        // Times that a member lost part of what it had promised to keep.
  uint64_t cures = 0;          // Times that such a member became a full one again.
  Duration simulated{0};

  void Count(FaultKind kind) { ++faults[static_cast<size_t>(kind)]; }
  void Add(const Stats& other);
};

}  // namespace warren::sim
