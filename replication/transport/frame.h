// What travels on a stream after the handshake: frames, each of many messages.
// Format: docs/formats/peer_frames.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"

namespace warren::replication {

inline constexpr uint8_t kFrameVersion = 1;
// So many messages make a frame at most, however small they are: a receiver takes memory for each.
inline constexpr size_t kFrameMessagesMax = 16 * 1024;

// The messages of one frame, in one run of bytes each of whose large pieces is shared with the
// message that it came from; what is small is copied together. Requires: at least one message, at
// most kFrameMessagesMax, none of them empty.
base::BytesChain EncodeFrame(std::span<const base::BytesChain> messages);

// How much longer a frame is than its messages, at most.
size_t FrameOverheadMax(size_t messages);

// Replaces `messages` by those of the frame, which are slices of it. INVALID_ARGUMENT if it is none
// or holds a message that is larger than allowed, UNIMPLEMENTED if it is of another version.
absl::Status DecodeFrame(const base::Bytes& frame, size_t message_bytes_max,
                         std::vector<base::Bytes>* messages);

}  // namespace warren::replication
