// What a client would send that knows the log's format and wants its message taken for a frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "raft/types.h"
#include "replication/log/types.h"

namespace warren::log {

// What the attacker has to guess; all but the nonce is easy to.
struct HostileBodyGuess {
  SegmentNo segment;
  FrameNo number;  // Of the frame that the body pretends to hold: above that of the frame it is in.
  uint64_t nonce = 0;
  GroupNo group;              // Whose log the false frame truncates,
  raft::Index truncate_from;  // ... from here on.
};

// A payload of `payload_bytes` for an entry whose payload begins at content offset
// `payload_offset` of its frame (the first entry of a frame: 112 + 48). At each block boundary
// within it stands a well-formed frame, without a predecessor, that truncates the group's log. So
// if the true frame's header is destroyed, the search for the next one finds these.
std::string ComposeHostileBody(const HostileBodyGuess& guess, size_t payload_offset,
                               size_t payload_bytes);

}  // namespace warren::log
