// Reading what a segment is known to hold.
#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/wal/sectors.h"
#include "replication/log/wal/segment_files.h"

namespace warren::log {

absl::StatusOr<base::Bytes> ReadFromSegment(const Segment& segment, uint32_t block, uint32_t offset,
                                            uint32_t bytes) {
  if (bytes == 0) return base::Bytes();
  const uint64_t first = block + offset / kBlockContentBytes;
  const uint64_t last = block + (uint64_t{offset} + bytes - 1) / kBlockContentBytes;
  if (last + 1 >= segment.life.blocks) {
    return absl::DataLossError(
        absl::StrCat(segment.file->path(), ": block ", last, " is not one of frames"));
  }
  AlignedBuffer raw((last - first + 1) * kBlockBytes);
  WARREN_ASSIGN_OR_RETURN(const size_t read,
                          segment.file->Read(first * kBlockBytes, raw.size(), raw.data()));
  if (read != raw.size()) {
    return absl::DataLossError(absl::StrCat(segment.file->path(), ": ends within block ", last));
  }
  const size_t begin = offset % kBlockContentBytes;
  const size_t sector_last = (begin + bytes - 1) / kSectorContentBytes;
  for (size_t sector = begin / kSectorContentBytes; sector <= sector_last; ++sector) {
    if (TagOf(raw.data(), sector) != segment.life.tag) {
      return absl::DataLossError(absl::StrCat(segment.file->path(), ": sector ",
                                              first * kSectorsPerBlock + sector,
                                              " is not of segment ", segment.life.number.value()));
    }
  }
  base::BytesBuilder content(bytes);
  ReadContent(raw.data(), begin, bytes, content.Extend(bytes));
  return content.Freeze();
}

}  // namespace warren::log
