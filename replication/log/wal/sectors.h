// How bytes lie in the sectors of a segment file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "replication/log/disk/file_system.h"

namespace warren::log {

// Each sector of 512 bytes holds 510 of content and ends with the tag of the segment's life:
//
//   |<------- 510 bytes of content ------->|tag|<------- 510 bytes of content ------->|tag| ...
//
// A disk writes sectors whole, in any order. So after a crash in mid-write each sector of a frame
// carries either the tag of this life, or an older one (or zero), and a frame that was *never
// finished* can be told from a frame that was finished and *decayed*. Checksums alone cannot do
// that, and a log that cannot tell must either forget what it acknowledged or, after each power
// cut, doubt what it remembers.
//
// "Content offsets" count content bytes from the start of the file, tags left out: block b begins
// at content offset b * kBlockContentBytes.
using Tag = uint16_t;  // Never 0.

inline constexpr size_t kSectorContentBytes = kSectorBytes - sizeof(Tag);
inline constexpr size_t kSectorsPerBlock = kBlockBytes / kSectorBytes;
inline constexpr size_t kBlockContentBytes = kSectorsPerBlock * kSectorContentBytes;

// How many blocks so much content takes.
constexpr size_t BlocksFor(size_t content_bytes) {
  return (content_bytes + kBlockContentBytes - 1) / kBlockContentBytes;
}
// Where a byte of content lies.
constexpr size_t RawOffset(size_t content_offset) {
  return content_offset / kSectorContentBytes * kSectorBytes + content_offset % kSectorContentBytes;
}

// Writes content into raw sectors, leaving room for the tags. `raw` is that of content offset 0.
void WriteContent(char* raw, size_t content_offset, std::string_view content);
// Reads it back. Does not look at tags.
void ReadContent(const char* raw, size_t content_offset, size_t bytes, char* out);
void ClearContent(char* raw, size_t content_offset, size_t bytes);  // Zeros.

void SetTags(char* raw, size_t sectors, Tag tag);
Tag TagOf(const char* raw, size_t sector);

// Calls `visit` with the content, as pieces that lie in one sector each.
template <typename Visit>
void ForEachPiece(const char* raw, size_t content_offset, size_t bytes, Visit&& visit) {
  const char* at = raw + RawOffset(content_offset);
  size_t room = kSectorContentBytes - content_offset % kSectorContentBytes;
  while (bytes > 0) {
    const size_t taken = std::min(room, bytes);
    visit(std::string_view(at, taken));
    at += taken + sizeof(Tag);
    bytes -= taken;
    room = kSectorContentBytes;
  }
}

}  // namespace warren::log
