#include "replication/log/wal/old_tags.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/status_macros.h"
#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/wal/sectors.h"

namespace warren::log {
namespace {

constexpr uint64_t kBlocksAtOnce = 256;
// Half of what the header knows: what is left standing now is looked at again in each life.
constexpr size_t kLivesKept = 8;

// How a block's sectors are tagged.
struct Tags {
  bool of_last_life = false;
  bool old = false;  // Some of them: neither of a recent life nor never written.
};

Tags TagsOf(const char* block, const SegmentHeader& before) {
  const auto recent_end = before.older_tags.begin() + kLivesKept;
  Tags tags;
  for (size_t sector = 0; sector < kSectorsPerBlock; ++sector) {
    const Tag tag = TagOf(block, sector);
    if (tag == before.tag) {
      tags.of_last_life = true;
    } else if (tag != 0 && std::find(before.older_tags.begin(), recent_end, tag) == recent_end) {
      tags.old = true;
    }
  }
  return tags;
}

struct Cleared {
  size_t first = 0;      // The first block that was cleared; as many as there are if none was.
  bool reached = false;  // Blocks that the last life has written: what comes before is younger.
};

// Goes backwards over so many blocks.
Cleared ClearOld(char* raw, size_t blocks, const SegmentHeader& before) {
  Cleared cleared;
  cleared.first = blocks;
  for (size_t block = blocks; block > 0; --block) {
    char* const at = raw + (block - 1) * kBlockBytes;
    const Tags tags = TagsOf(at, before);
    cleared.reached = tags.of_last_life;
    if (cleared.reached) break;
    if (!tags.old) continue;
    std::memset(at, 0, kBlockBytes);
    cleared.first = block - 1;
  }
  return cleared;
}

}  // namespace

absl::Status ForgetOldTags(File* file, const SegmentHeader& before) {
  AlignedBuffer buffer(kBlocksAtOnce * kBlockBytes);
  bool reached = false;
  uint64_t begin = before.blocks - 1;
  while (begin > 1 && !reached) {
    const uint64_t end = begin;
    begin = end > kBlocksAtOnce ? end - kBlocksAtOnce : 1;
    const size_t blocks = end - begin;
    WARREN_RETURN_IF_ERROR(
        file->Read(begin * kBlockBytes, blocks * kBlockBytes, buffer.data()).status());
    const Cleared cleared = ClearOld(buffer.data(), blocks, before);
    reached = cleared.reached;
    const std::string_view changed(buffer.data() + cleared.first * kBlockBytes,
                                   (blocks - cleared.first) * kBlockBytes);
    if (changed.empty()) continue;
    WARREN_RETURN_IF_ERROR(file->Write((begin + cleared.first) * kBlockBytes, changed));
  }
  return absl::OkStatus();
}

}  // namespace warren::log
