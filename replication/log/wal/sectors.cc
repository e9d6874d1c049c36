#include "replication/log/wal/sectors.h"

#include <algorithm>
#include <cstring>

namespace warren::log {

void WriteContent(char* raw, size_t content_offset, std::string_view content) {
  char* out = raw + RawOffset(content_offset);
  size_t room = kSectorContentBytes - content_offset % kSectorContentBytes;
  while (content.size() > room) {
    std::memcpy(out, content.data(), room);
    out += room + sizeof(Tag);
    content.remove_prefix(room);
    room = kSectorContentBytes;
  }
  if (!content.empty()) std::memcpy(out, content.data(), content.size());
}

void ReadContent(const char* raw, size_t content_offset, size_t bytes, char* out) {
  ForEachPiece(raw, content_offset, bytes, [&out](std::string_view piece) {
    std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
  });
}

void ClearContent(char* raw, size_t content_offset, size_t bytes) {
  while (bytes > 0) {
    const size_t room = kSectorContentBytes - content_offset % kSectorContentBytes;
    const size_t taken = std::min(room, bytes);
    std::memset(raw + RawOffset(content_offset), 0, taken);
    content_offset += taken;
    bytes -= taken;
  }
}

void SetTags(char* raw, size_t sectors, Tag tag) {
  for (size_t sector = 0; sector < sectors; ++sector) {
    char* const at = raw + sector * kSectorBytes + kSectorContentBytes;
    at[0] = static_cast<char>(tag & 0xFF);
    at[1] = static_cast<char>(tag >> 8);
  }
}

Tag TagOf(const char* raw, size_t sector) {
  const char* const at = raw + sector * kSectorBytes + kSectorContentBytes;
  return static_cast<Tag>(static_cast<uint8_t>(at[0]) | static_cast<uint8_t>(at[1]) << 8);
}

}  // namespace warren::log
