#include "replication/log/wal/old_tags.h"

#include <algorithm>
#include <cstring>

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

}  // namespace

absl::Status ForgetOldTags(File* file, const SegmentHeader& before) {
  AlignedBuffer buffer(kBlocksAtOnce * kBlockBytes);
  for (uint64_t end = before.blocks - 1; end > 1;) {  // The block before `end` is next.
    const uint64_t begin = end > kBlocksAtOnce ? std::max<uint64_t>(1, end - kBlocksAtOnce) : 1;
    const size_t size = (end - begin) * kBlockBytes;
    WARREN_RETURN_IF_ERROR(file->Read(begin * kBlockBytes, size, buffer.data()).status());
    bool reached = false;      // What the last life has written.
    uint64_t old_begin = end;  // Where the first old block lies.
    for (uint64_t block = end; block > begin && !reached; --block) {
      char* const raw = buffer.data() + (block - 1 - begin) * kBlockBytes;
      const Tags tags = TagsOf(raw, before);
      reached = tags.of_last_life;
      if (reached || !tags.old) continue;
      std::memset(raw, 0, kBlockBytes);
      old_begin = block - 1;
    }
    if (old_begin < end) {
      WARREN_RETURN_IF_ERROR(file->Write(
          old_begin * kBlockBytes,
          {buffer.data() + (old_begin - begin) * kBlockBytes, (end - old_begin) * kBlockBytes}));
    }
    if (reached) break;
    end = begin;
  }
  return absl::OkStatus();
}

}  // namespace warren::log
