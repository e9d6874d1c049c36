// The unit in which the log is written and synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "replication/log/types.h"
#include "replication/log/wal/segment_header.h"

namespace warren::log {

// A frame begins on a fresh block, so acknowledged bytes are never written again:
//
//   | header | body: entries and snapshots | directory | table | (rest of the last block) |
//   |<--------------------- content, cut into sectors (wal/sectors.h) ------------------->|
//
// The directory says what the frame does, item by item (wal/item.h); the table is a copy of the
// directory of the frame before, its *predecessor*. A frame without items is a *seal*: it exists to
// repeat its predecessor's directory when nothing else comes.
struct FrameHeader {
  SegmentNo segment;
  FrameNo number;
  FrameNo synced;       // The highest frame known to be durable when this one was closed.
  FrameNo predecessor;  // 0: none, this is the log's first frame.
  SegmentNo predecessor_segment;
  uint32_t predecessor_block = 0;
  uint32_t predecessor_blocks = 0;
  uint32_t blocks = 0;  // Of this frame.
  uint32_t body_bytes = 0;
  uint32_t directory_bytes = 0;
  uint32_t table_bytes = 0;
  uint32_t directory_crc = 0;  // Both seeded.
  uint32_t table_crc = 0;
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

inline constexpr size_t kFrameHeaderBytes = 112;  // Of content; lies within the first sector.
static_assert(kFrameHeaderBytes <= kSectorContentBytes);

// CRC-32C of the bytes in the life that has this nonce.
uint32_t SeededCrc(uint64_t nonce, std::string_view bytes);

// Writes kFrameHeaderBytes, the last four of them a checksum seeded with the nonce.
void EncodeFrameHeader(const FrameHeader& header, uint64_t nonce, char* out);
// DATA_LOSS: no frame header of this life of this segment; UNIMPLEMENTED: of a later version.
// Checks that the parts take just so many blocks, and what is said of the predecessor; not whether
// they fit into the file.
absl::StatusOr<FrameHeader> DecodeFrameHeader(std::string_view content, const SegmentHeader& life);
// The same, of whatever segment. Which makes sense for testing alone, and for kLifeNotChecked.
absl::StatusOr<FrameHeader> DecodeFrameHeaderOfAny(std::string_view content, uint64_t nonce);
// Whether these bytes could begin a frame: cheap, for those who look for one.
bool LooksLikeFrameHeader(std::string_view content);

}  // namespace warren::log
