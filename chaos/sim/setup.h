// Everything that tells one run from another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chaos/sim/time.h"
#include "raft/config.h"

namespace warren::sim {

inline constexpr size_t kNodesMax = 7;

// Chances are in 10,000ths: 0 is never, 10,000 always.
using Chance = uint32_t;
inline constexpr Chance kAlways = 10'000;

struct NetworkSetup {
  Duration delay_min = Microseconds(200);
  Duration delay_max = Milliseconds(2);
  Chance lost = 0;
  Chance duplicated = 0;
  Chance straggling = 0;  // Delayed on its own, so that later messages overtake it.
  Duration straggle_max = Milliseconds(500);
};

struct DiskSetup {
  Duration sync_min = Microseconds(100);
  Duration sync_max = Milliseconds(1);
  Duration read_max = Milliseconds(5);
  Chance sync_failed = 0;  // Of sync rounds.
};

struct HostSetup {
  Duration tick = Milliseconds(100);
  bool encodes = false;            // Everything that leaves the process: chaos/sim/through_codec.h.
  bool tick_when_idle = false;     // Tick cores that do not want to be ticked, too.
  Duration poll_delay_max{0};      // How long outputs may wait to be taken; 0: taken at once.
  Duration apply_delay_max{0};     // The same of committed entries to be applied.
  uint64_t snapshot_every = 1000;  // Applied entries.
  uint64_t retained_max = 100;     // Entries that a compaction leaves below the snapshot.
  Chance evict = 0;                // Of drops from memory, each time something was applied.
  Duration suspect_after = Seconds(1);  // Liveness::kNode: silence before suspicion ...
  Duration lease = Milliseconds(800);   // ... and before the silent one gives up itself.
};

struct WorkloadSetup {
  Duration propose_every = Milliseconds(10);
  uint64_t batch_max = 1;  // Payloads in one proposal.
  uint64_t payload_bytes_max = 64;
  Chance misdirected = 0;  // Of proposals that go to a node that may not lead.
  Duration read_every{0};  // 0: never.
};

// What a nemesis does now and then. Each is a file in chaos/sim/faults/.
enum class StrikeKind : uint8_t {
  kPartition,
  kSlowLink,
  kCrash,
  kPowerLoss,
  kBitRot,
  kSlowDisk,
  kPause,
  kTickDrift,
  kClockJump,
  kMembership,
  kTransfer,
  kUnrest,
};
inline constexpr std::array<std::string_view, 12> kStrikeNames = {
    "partition", "slow-link",  "crash",      "power-loss", "bit-rot",  "slow-disk",
    "pause",     "tick-drift", "clock-jump", "membership", "transfer", "unrest",
};

struct NemesisSetup {
  std::array<Duration, kStrikeNames.size()> every{};  // Between strikes on average; 0: never.
  Duration downtime_max = Seconds(3);
};

struct RunSetup {
  uint64_t seed = 0;
  size_t nodes = 3;
  size_t first_voters = 3;           // Nodes 1 to this; the others are spares.
  bool boots_from_snapshot = false;  // The group begins with a snapshot, not with an empty log.
  raft::Config core;                 // Of every member; id and seed are set for each.
  NetworkSetup network;
  DiskSetup disk;
  HostSetup host;
  WorkloadSetup workload;
  NemesisSetup nemesis;
  Duration faulty_for = Seconds(30);  // Then everything heals, and progress is demanded.
  Duration audit_every = Seconds(5);

  Duration& Every(StrikeKind kind) { return nemesis.every[static_cast<size_t>(kind)]; }
  Duration Every(StrikeKind kind) const { return nemesis.every[static_cast<size_t>(kind)]; }
};

// For the reader of a failure: the settings that matter, on a few lines.
std::string Describe(const RunSetup& setup);

}  // namespace warren::sim
