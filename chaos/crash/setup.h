// What one seed means: how small the log is, what is done to it how often, how its lives end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/rng.h"
#include "chaos/crash/entry_book.h"
#include "replication/log/config.h"
#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/log_point.h"

namespace warren::crash {

enum class Act : uint8_t {
  kAppend,
  kReplace,
  kHardState,
  kTruncate,
  kSnapshot,
  kInstall,
  kBringBack,
  kCreate,
  kDestroy,
  kSenseless,
  kHostile,
  kRead,
  kRound,
  kSeal,
  kMaintain,
  kTime,
};
inline constexpr size_t kActs = 16;

struct CrashSetup {
  uint64_t seed = 0;
  log::LogConfig config;
  log::SimulatedDiskOptions disk;
  EntryBook::Sizes sizes;
  std::array<uint64_t, kActs> weights{};
  uint64_t lives = 5;
  uint64_t acts_max = 300;  // In one life.
  uint64_t groups_max = 4;
  uint64_t entries_max = 20;  // In one write.
  uint64_t lost_one_in = 6;   // Writes that may be lost with the power.
};

CrashSetup DrawSetup(uint64_t seed);

// How a life ends.
enum class End : uint8_t {
  kAtPoint,   // The power fails where a step of the log begins or has ended,
  kAtChange,  // ... in the midst of a change of the disk,
  kOpening,   // ... or of one while the log is being opened.
  kKill,      // The process ends, the machine goes on.
  kStop,      // All is written and sealed first.
  kFailure,   // The disk fails; then the power.
};
inline constexpr size_t kEnds = 6;

struct Ending {
  End end = End::kKill;
  log::LogStep step = log::LogStep::kAppend;  // kAtPoint:
  log::Moment moment = log::Moment::kBefore;
  uint64_t nth = 1;  // ... so many times, or so many changes of the disk.
  log::DiskOperation operation = log::DiskOperation::kSync;  // kFailure.
  bool is_damaged = false;  // Something decays before the next life.
};
Ending DrawEnding(base::Rng& rng);

}  // namespace warren::crash
