// Mistakes that can be switched on to prove that the crash tests would find them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace warren::log {

// The code looks at this in the one place where the mistake would be; nothing but the crash tests
// ever sets it.
enum class PlantedBug : uint8_t {
  kNone,
  kRecycleBeforeMoveSynced,  // A segment is reused before what it held is safe in the store.
  kLifeNotChecked,           // A frame of a file's earlier life is taken for one of this life.
  kNonceConstant,            // Whoever knows the format can write a body that passes for a frame.
  kWatermarkAheadOfSync,     // The side file names a frame that is not durable yet.
  kDeadAboveSyncedSnapshot,  // Compaction drops what only an unsynced snapshot says is dead.
  kNoTombstoneForSuffix,     // A suffix that was replaced after it moved stays in the store.
  kCompleteBeforeSync,       // A write is reported done when it was handed to the disk.
  kDirectoryNotSynced,       // A new segment file's name may be lost with the power.
  kDamageTakenForTornTail,   // Recovery stops at the first damage and says nothing.
  kHardStateLeftBehind,      // A retired segment takes the last copy of a hard state with it.
};
inline constexpr std::array<std::string_view, 11> kPlantedBugNames = {
    "none",
    "recycle-before-move-synced",
    "life-not-checked",
    "nonce-constant",
    "watermark-ahead-of-sync",
    "dead-above-synced-snapshot",
    "no-tombstone-for-suffix",
    "complete-before-sync",
    "directory-not-synced",
    "damage-taken-for-torn-tail",
    "hard-state-left-behind",
};

}  // namespace warren::log
