#include "replication/log/store/manifest_tail.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/crc32c.h"

namespace warren::log {
namespace {

// RocksDB's log format: blocks, and in them records that never cross a block's end.
//
//   offset  size
//        0     4  CRC-32C of the type and the payload, rotated and added to; little-endian
//        4     2  length of the payload, little-endian
//        6     1  type: 1 a whole change; 2 the first part of one, 3 a further one, 4 the last one
//        7        the payload
//
// Less than a header's room at a block's end is filled with zeros.
constexpr size_t kBlockBytes = 32768;
constexpr size_t kHeaderBytes = 7;
constexpr uint8_t kWhole = 1;
constexpr uint8_t kFirst = 2;
constexpr uint8_t kLast = 4;

uint8_t ByteAt(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

uint32_t Unmask(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8U;
  return (rotated >> 17) | (rotated << 15);
}

struct Record {
  uint8_t type = 0;
  size_t end = 0;  // In the manifest.
};

// The one that begins at `at`; nullopt: none that is whole.
std::optional<Record> ReadRecord(std::string_view manifest, size_t at) {
  const size_t block_end = std::min(manifest.size(), (at / kBlockBytes + 1) * kBlockBytes);
  if (at + kHeaderBytes > block_end) return std::nullopt;
  const size_t length = ByteAt(manifest, at + 4) | size_t{ByteAt(manifest, at + 5)} << 8;
  const Record record{.type = ByteAt(manifest, at + 6), .end = at + kHeaderBytes + length};
  if (record.type < kWhole || record.type > kLast || record.end > block_end) return std::nullopt;
  uint32_t masked = 0;
  for (size_t i = 4; i-- > 0;) masked = masked << 8 | ByteAt(manifest, at + i);
  if (base::Crc32c(manifest.substr(at + 6, length + 1)) != Unmask(masked)) return std::nullopt;
  return record;
}

bool AChangeBeginsIn(std::string_view manifest, size_t from) {
  for (size_t at = from; at < manifest.size(); ++at) {
    const std::optional<Record> record = ReadRecord(manifest, at);
    if (record.has_value() && (record->type == kWhole || record->type == kFirst)) return true;
  }
  return false;
}

}  // namespace

uint64_t BytesBeforeTornWrite(std::string_view manifest) {
  size_t change = 0;  // Where the last one begins.
  size_t at = 0;
  while (at < manifest.size()) {
    const size_t room = kBlockBytes - at % kBlockBytes;
    if (room < kHeaderBytes) {
      at += room;
      continue;
    }
    const std::optional<Record> record = ReadRecord(manifest, at);
    if (!record.has_value()) return AChangeBeginsIn(manifest, at + 1) ? manifest.size() : change;
    at = record->end;
    if (record->type == kWhole || record->type == kLast) change = at;
  }
  return change;
}

}  // namespace warren::log
