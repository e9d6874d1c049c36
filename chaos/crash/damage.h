// Decay: what happens to bytes at rest.
#pragma once

#include <cstdint>
#include <string>

#include "base/rng.h"
#include "replication/log/disk/testing/simulated_disk.h"
#include "replication/log/types.h"

namespace warren::crash {

enum class DamageKind : uint8_t { kFlip, kZeros, kGarbage, kOlder, kCut };

struct DamageDone {
  std::string path;  // "": there was nothing to damage.
  DamageKind kind = DamageKind::kFlip;
  uint64_t offset = 0;  // Where it begins, and where it ends.
  uint64_t end = 0;

  bool IsInStore() const { return path.find("/store/") != std::string::npos; }
  bool IsInSegment() const { return path.find("/segment-") != std::string::npos; }
};
std::string Describe(const DamageDone& damage);

// One file of the log or of the store, one place in it.
DamageDone DoDamage(log::SimulatedDisk& disk, base::Rng& rng);

// The frame with the highest number of those that are whole; number 0: there is none.
struct LastFrame {
  log::SegmentNo segment;
  log::FrameNo number;
  std::string path;
  uint64_t offset = 0;  // Of its first byte, and of the first behind it.
  uint64_t end = 0;
};
LastFrame FindLastFrame(log::SimulatedDisk& disk);

// Does it look as if the last frame had never been written to its end? A log cannot tell that from
// a power cut, unless the watermark tells (docs/formats/log_segments.md). To be asked before the
// damage is done to this disk.
bool MayHideLastFrame(log::SimulatedDisk& disk, const DamageDone& damage);

}  // namespace warren::crash
