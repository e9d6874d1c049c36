// What an operator or a host may choose about the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace warren::log {

struct LogConfig {
  // Holds `log/` (segments, watermark) and `store/` (RocksDB). Made if it is missing.
  std::string directory;

  // Each segment file is reserved whole. Larger ones retire later, so that more dies before;
  // smaller ones save disk. A multiple of 4 KiB, 1 MiB to 1 GiB. An entry or snapshot may take a
  // quarter.
  uint32_t segment_bytes = 64 * 1024 * 1024;
  // So many of the newest full segments stay as they are. More: fewer bytes reach the store.
  uint32_t segments_kept = 4;
  // When there are so many segments, because the store cannot keep up, writes are refused until
  // some have retired. At least segments_kept + 3.
  uint32_t segments_max = 16;

  // A round is closed when it holds so much. Larger rounds cost less CPU per byte and more latency.
  size_t round_bytes_max = 1024 * 1024;
  // What may wait for its round, before writes are refused: so much, and what is under way besides.
  size_t queued_bytes_max = 8 * 1024 * 1024;

  // Recent entries kept for reading. Payloads that others hold as well count all the same.
  size_t memory_bytes = 32 * 1024 * 1024;
  size_t store_cache_bytes = 8 * 1024 * 1024;

  // A log that has nothing to write seals its last frame after this.
  absl::Duration seal_after = absl::Milliseconds(5);
  // How often the watermark is written while the log is busy. A shorter interval narrows the window
  // in which damage to the newest frames could pass for their absence.
  absl::Duration watermark_interval = absl::Milliseconds(200);

  // Kept in reserve, so that what frees space can still be written when the disk is full.
  uint64_t reserve_bytes = 64 * 1024 * 1024;
  // Publishers wait while less than this is free on the disk.
  uint64_t disk_free_min = 256 * 1024 * 1024;

  // All that is wrong with it, not just the first thing.
  std::vector<std::string> Faults() const;
};

}  // namespace warren::log
