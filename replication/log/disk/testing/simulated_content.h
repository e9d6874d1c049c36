// The bytes of one simulated file, and what of them the disk has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/interval_set.h"
#include "base/rng.h"
#include "replication/log/disk/file_system.h"

namespace warren::log {

// Which of the writes that were not synced are on the disk after the power has failed.
enum class Survival : uint8_t { kNone, kAll, kPrefix, kRandom };
struct Fate {
  Survival survival = Survival::kNone;
  size_t granule_bytes = kSectorBytes;  // What is written whole or not at all: 512 or 4096.
};

enum class Scribble : uint8_t {
  kZeros,
  kGarbage,
  kOlder,  // What the disk held there before it was last overwritten.
};

// What is read is always the newest; what the disk is sure to have is what was last synced. Sectors
// written in between are at risk, each by itself, and so is a change of size.
//
// Threads: a plain value.
class SimulatedContent {
 public:
  uint64_t size() const { return now_.size(); }
  size_t Read(uint64_t offset, size_t size, char* out) const;
  void Write(uint64_t offset, std::string_view bytes);
  void Resize(uint64_t size);
  void Sync();
  // As Linux does it: what was at risk can be read until the machine stops, and counts as written,
  // but is not on the disk, now or after any later Sync().
  void FailSync() { at_risk_.Clear(); }
  // The power fails and comes back.
  void Crash(const Fate& fate, base::Rng& rng);

  // Damage at rest: no sync undoes it. Outside of the file nothing happens.
  void Flip(uint64_t offset, uint8_t mask);
  void ScribbleOn(uint64_t offset, size_t size, Scribble with, base::Rng& rng);
  void Cut(uint64_t size);

 private:
  static bool Survives(const Fate& fate, uint64_t granule, uint64_t prefix_end, uint64_t chance,
                       base::Rng& rng);

  std::string now_;
  std::string durable_;
  std::string older_;          // Under what was synced last.
  base::IntervalSet at_risk_;  // Sectors.
};

}  // namespace warren::log
