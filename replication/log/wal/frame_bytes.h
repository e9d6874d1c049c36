// The bytes of a frame as they were read back, and what of them can be believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replication/log/wal/log_scan.h"
#include "replication/log/wal/sectors.h"
#include "replication/log/wal/segment_header.h"

namespace warren::log {

enum class SectorState : uint8_t {
  kThisLife,
  kEarlier,  // Last written in an earlier life, or never.
  kDecayed,  // Carries a tag that nobody has written.
};
SectorState StateOf(const SegmentHeader& life, Tag tag);

// Whole blocks, from the frame's first one on. Borrows them. Threads: a plain value.
class FrameBytes {
 public:
  // `bug`: with kLifeNotChecked tags say nothing.
  FrameBytes(const SegmentHeader& life, std::string_view raw, PlantedBug bug);

  size_t content_bytes() const { return raw_.size() / kBlockBytes * kBlockContentBytes; }
  bool torn() const { return torn_; }  // Some sector is of an earlier life.

  // Requires, of all three: within content_bytes().
  std::string Content(size_t offset, size_t bytes) const;
  uint32_t Crc(size_t offset, size_t bytes) const;
  bool OfThisLife(size_t offset, size_t bytes) const;  // All its sectors.

  // The content itself if it lies in one sector, else a copy of it in `scratch`.
  const char* View(size_t offset, size_t bytes, char* scratch) const;

 private:
  std::string_view raw_;
  Tag tag_;
  bool uniform_ = true;  // All sectors are of this life.
  bool torn_ = false;
};

// The bodies of these items, from behind the frame's header on. Says in `faults` what is lost.
// Requires: they fit into the frame.
std::vector<FoundItem> FindBodies(const FrameBytes& frame, const std::vector<Item>& items,
                                  std::vector<std::string>* faults);

// What the bodies of these items take.
uint64_t BodyBytes(const std::vector<Item>& items);

}  // namespace warren::log
