// Where the entries of one read are to be found.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "raft/types.h"
#include "replication/log/live_segments.h"
#include "replication/log/types.h"

namespace warren::log {

// Consecutive entries that one access gives: from memory, from one frame of a segment, or from the
// store.
struct ReadStretch {
  enum class From : uint8_t { kMemory, kSegment, kStore };
  From from = From::kMemory;
  raft::Index first;
  raft::Index last;
  std::vector<raft::Entry> entries;  // kMemory.
  LiveSegments::FramePlace frame;    // kSegment.
  FrameNo frame_no;
  uint32_t offset = 0;  // Of the first in the frame.
  std::vector<uint32_t> sizes;
};

// Made under the log's lock, carried out without it.
struct ReadPlan {
  raft::GroupId group;
  GroupNo no;
  std::vector<ReadStretch> stretches;
  std::vector<std::optional<raft::Term>> terms;  // Of all entries, as far as known.

  std::optional<raft::Term> TermAt(raft::Index index) const {
    return terms[index - stretches.front().first];
  }
};

}  // namespace warren::log
