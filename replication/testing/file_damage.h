// Decay of what a stopped node has left on its disk.
#pragma once

#include <cstdint>
#include <string>

#include "base/rng.h"

namespace warren::replication {

enum class DamagedPart : uint8_t {
  kSegments,   // The write-ahead log: log/segment-*.log.
  kWatermark,  // log/watermark; both of its blocks.
  kStore,      // Files of the store: store/*.sst.
  kManifest,   // What says which of these there are: store/MANIFEST-*,
  kCurrent,    // ... and which manifest counts: store/CURRENT.
  kSnapshot,   // The last in the newest file of the store that has any.
};

enum class DamageKind : uint8_t {
  kFlips,  // Of single bits, in bytes that are not 0.
  kCut,    // The file ends earlier.
};

struct DamageDone {
  std::string path;  // "": there is no such file.
  std::string what;  // For people.
};

// Damages one file of a node's directory, at places drawn from `rng`. Requires: no process uses it.
DamageDone DamageFile(const std::string& directory, DamagedPart part, DamageKind kind,
                      base::Rng& rng);

}  // namespace warren::replication
