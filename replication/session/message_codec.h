// The bytes of what sessions and leaders say to each other, between nodes.
//
// docs/formats/session_messages.md describes them. One message has one encoding: what decodes
// encodes to the same bytes again. Payloads and contents are neither copied into the encoding nor
// out of it, unless they are small.
//
// Decoding takes any bytes whatever, and takes no memory for what a count announces before enough
// bytes for it are there. Errors:
//   INVALID_ARGUMENT  no message: damaged, cut off, followed by other bytes, or not in the one
//   form; UNIMPLEMENTED     of a version or kind later than this program knows.
//
// Threads: functions without state.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "replication/session/message.h"

namespace warren::replication {

// A change of layout or meaning takes the next number.
inline constexpr uint8_t kSessionMessageVersion = 1;

// The second byte. A number is never used again for another message.
enum class SessionMessageKind : uint8_t {
  kCommand = 1,
  kRequest = 2,
  kOutcome = 3,
  kRefused = 4,
  kReply = 5,
};

inline constexpr size_t kReplyTextBytesMax = 4096;  // Longer ones are cut.

// Requires: ordinals below 2^63; a Question that queue::EncodeCommand takes, if it is a command.
base::BytesChain EncodeSessionMessage(const SessionMessage& message);

// Payloads and contents share the memory of `bytes`.
absl::StatusOr<SessionMessage> DecodeSessionMessage(const base::Bytes& bytes);

}  // namespace warren::replication
