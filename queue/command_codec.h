// The bytes of commands: what a log entry says to the machine.
//
// docs/formats/queue_command.md describes them. One command has one encoding: what decodes encodes
// to the same bytes again. There is no checksum, since the entry has one.
//
// Encoding cannot fail. It requires what decoding checks, so breaking that is a bug, and the
// process stops: whoever makes commands of what a client said keeps to the limits below.
//
// Decoding takes any bytes whatever, and takes no memory for what a count announces before enough
// bytes for it are there. Errors:
//   INVALID_ARGUMENT  no command: damaged, cut off, followed by other bytes, beyond a limit, or not
//                     in the one form;
//   UNIMPLEMENTED     of a version or kind later than this program knows.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "queue/command.h"

namespace warren::queue {

// A change of layout or meaning takes the next number.
inline constexpr uint8_t kCommandVersion = 1;

// The second byte. A number is never used again for another command.
enum class CommandKind : uint8_t {
  kPublish = 1,
  kAttachSession = 2,
  kDetachSession = 3,
  kSuspectSession = 4,
  kTrustSession = 5,
  kAttachConsumer = 6,
  kCancelConsumer = 7,
  kGrantCredit = 8,
  kGet = 9,
  kSettle = 10,
  kConfirmDeadLetters = 11,
  kResendDeadLetters = 12,
  kConfigure = 13,
  kPurge = 14,
  kCancelDelayed = 15,
  kRemove = 16,
  kTouch = 17,
  kTick = 18,
  kMoveSurvivors = 19,
  kUpgrade = 20,
};
inline constexpr uint8_t kCommandKinds = 20;

// ---- Limits -------------------------------------------------------------------------------------
// Besides kSlotsMax, kProducerIdBytesMax and kDeduplicationIdBytesMax.

// Keys, entries, session epochs and numbers, times and spans: a time and a span, or a key and a
// count, never add up to 2^64.
inline constexpr uint64_t kCommandOrdinalMax = UINT64_MAX / 2;
inline constexpr size_t kSettlementsMax = 65'536;          // In one Settle.
inline constexpr size_t kDeadLetterRangesMax = 65'536;     // Confirmed, and as many refused.
inline constexpr size_t kCancelledDelayedMax = 65'536;     // In one CancelDelayed.
inline constexpr size_t kHeldConsumersMax = 65'536;        // In one AttachSession ...
inline constexpr size_t kHeldRangesMax = size_t{1} << 20;  // ... and their ranges together.

// ---- Encoding and decoding ----------------------------------------------------------------------

// At the end of `out`.
void EncodeCommand(const Command& command, std::string* out);
void EncodeCommand(const Command& command, base::BytesBuilder* out);

// The ids of producers and messages are copies.
absl::StatusOr<Command> DecodeCommand(std::string_view bytes);

// Into a command that is used again and again, and soon allocates no more. Ids share the memory of
// `bytes`. After an error `command` is a Tick.
absl::Status DecodeCommandInto(const base::Bytes& bytes, Command& command);

}  // namespace warren::queue
