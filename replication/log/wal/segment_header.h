// What a segment file says about its present life.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "replication/log/disk/file_system.h"
#include "replication/log/types.h"
#include "replication/log/wal/sectors.h"

namespace warren::log {

// Written and synced before the first frame of a life, into the file's first block and, in case
// that decays, into its last one too. Frames lie in between.
//
//   | header | frame | frame | frame | ...  stale bytes of earlier lives ... | header |
//   block 0   1                                                        blocks-1
struct SegmentHeader {
  SegmentNo number;
  uint64_t log_id = 0;  // Of the whole log, from when it was made: files of two logs do not mix.
  // Seeds the checksums of this life's frames. Random, so that neither stale bytes nor a body that
  // a client has composed can pass for a frame.
  uint64_t nonce = 0;
  uint32_t blocks = 0;  // Of the file, both headers included.
  Tag tag = 0;
  // Of the lives before, the latest first; 0 where there was none. The tag differs from each, and
  // from 0, in at least four bits: it takes so many flips before a decayed sector of this life
  // looks like one that was never written in it.
  std::array<Tag, 16> older_tags = {};
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// One block. What it says lies in the first sector, so it is written whole or not at all.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// DATA_LOSS, or UNIMPLEMENTED if it is of a later version.
absl::StatusOr<SegmentHeader> DecodeSegmentHeader(std::string_view block);

// The header of a file's next life. `random` gives 64 random bits a call.
template <typename Random>
SegmentHeader NextLife(const SegmentHeader& before, SegmentNo number, Random&& random);
// The first life of a file.
template <typename Random>
SegmentHeader FirstLife(uint64_t log_id, uint32_t blocks, SegmentNo number, Random&& random);

// What is below is for the two functions above. One of the four tags in `random` that is far enough
// from 0 and all `older`, if any is.
Tag DifferentTag(const std::array<Tag, 16>& older, uint64_t random, bool* found);

template <typename Random>
SegmentHeader NextLife(const SegmentHeader& before, SegmentNo number, Random&& random) {
  SegmentHeader next = before;
  next.number = number;
  next.nonce = random();
  for (size_t i = next.older_tags.size() - 1; i > 0; --i)
    next.older_tags[i] = before.older_tags[i - 1];
  next.older_tags[0] = before.tag;
  for (bool found = false; !found;) next.tag = DifferentTag(next.older_tags, random(), &found);
  return next;
}

template <typename Random>
SegmentHeader FirstLife(uint64_t log_id, uint32_t blocks, SegmentNo number, Random&& random) {
  SegmentHeader none;
  none.log_id = log_id;
  none.blocks = blocks;
  return NextLife(none, number, random);
}

}  // namespace warren::log
