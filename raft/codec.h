// The bytes of entries, messages, hard states and snapshots, on disk and between nodes.
//
// docs/formats/raft.md describes them. What holds for all four:
//   - A payload is neither copied nor encoded again: a small header stands in front of it. What is
//     decoded shares the block of the bytes that it was decoded from, and keeps all of it alive.
//   - Each begins with a version and ends its header with a CRC-32C, which binds it to its group
//     and, where there is one, to its index. So no entry passes for another one, and no group's
//     for another group's.
//   - One value has one encoding: what decodes encodes to the same bytes again.
//
// Encoding cannot fail. It requires what decoding checks (the limits below, and that the value is
// one of the protocol's), so breaking that is a bug, and the process stops.
//
// Decoding takes any bytes whatever. Errors, each naming the format, the group, and the index as
// far as known:
//   DATA_LOSS         damaged, cut off, followed by other bytes, or no value of the protocol;
//   UNIMPLEMENTED     intact, and of a version later than this program knows;
//   INVALID_ARGUMENT  intact, but of another group or index than expected: misplaced.
//
// Threads: functions without state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "raft/message.h"
#include "raft/snapshot.h"
#include "raft/types.h"

namespace warren::raft {

// Of every format here. A change of layout or meaning takes the next number.
inline constexpr uint8_t kCodecVersion = 1;

// ---- Limits -----------------------------------------------------------------------------------
// They are checked before memory is taken for what a count or a size announces. None is meant to
// be reached: they bound what hostile bytes can cost, and keep sums of sizes from overflowing.

inline constexpr uint64_t kOrdinalMax = UINT64_MAX / 2;  // Indexes, terms, times, incarnations: an
                                                         // index plus a count is an index.
inline constexpr size_t kPayloadBytesMax = size_t{1} << 30;    // Of one entry.
inline constexpr size_t kMessageEntriesMax = size_t{1} << 24;  // In one message.
inline constexpr size_t kMembersMax = 1024;                    // In each set of members.
inline constexpr size_t kTermRunsMax = size_t{1} << 24;        // In one snapshot.
inline constexpr size_t kLiveBytesMax = size_t{1} << 28;       // A serialised live set.
inline constexpr uint64_t kSnapshotStateBytesMax = uint64_t{1} << 40;

// ---- Entries ----------------------------------------------------------------------------------

inline constexpr size_t kEntryHeaderBytes = 48;
using EncodedEntryHeader = std::array<char, kEntryHeaderBytes>;

// An entry but for its payload, whose place and checksum it knows.
struct EntryHeader {
  EntryId id;
  LogTime time;
  EntryType type = EntryType::kNormal;
  size_t payload_bytes = 0;
  uint32_t payload_crc = 0;
  friend bool operator==(const EntryHeader&, const EntryHeader&) = default;
};

// What stands in front of the payload, wherever that lies. `payload_crc` is Crc32c(payload), which
// is computed once and travels with the payload.
EncodedEntryHeader EncodeEntryHeader(GroupId group, const Entry& entry, uint32_t payload_crc);
// The header and the payload, end to end.
base::BytesChain EncodeEntry(GroupId group, const Entry& entry, uint32_t payload_crc);

// `bytes` begins with the header; what follows is not looked at. `expected`: the index that the
// entry must have, if that is known.
absl::StatusOr<EntryHeader> DecodeEntryHeader(GroupId group, std::optional<Index> expected,
                                              std::string_view bytes);
// `bytes` is the header and the payload, and nothing else.
absl::StatusOr<Entry> DecodeEntry(GroupId group, std::optional<Index> expected,
                                  const base::Bytes& bytes);

// ---- Messages ---------------------------------------------------------------------------------

// Takes one block, whatever the number of entries; payloads are shared. Requires: a sender and a
// receiver; a snapshot in kSnapshot and nowhere else; entries in kAppend, where they follow
// message.index, and in kPropose, where they have neither index nor term.
base::BytesChain EncodeMessage(GroupId group, const Message& message);
absl::StatusOr<Message> DecodeMessage(GroupId group, const base::Bytes& bytes);
// Into a message that is used again and again, and soon allocates no more, unless it is given a
// snapshot. After an error `message` is as Message::Clear() leaves it.
absl::Status DecodeMessageInto(GroupId group, const base::Bytes& bytes, Message& message);

// ---- Hard states ------------------------------------------------------------------------------

inline constexpr size_t kHardStateBytes = 44;
using EncodedHardState = std::array<char, kHardStateBytes>;

EncodedHardState EncodeHardState(GroupId group, const HardState& hard_state);
absl::StatusOr<HardState> DecodeHardState(GroupId group, std::string_view bytes);

// ---- Snapshots --------------------------------------------------------------------------------

// One block, and the state, which is shared. Requires: `membership` is valid; `terms` is empty or
// ends with `last`; all of `live` lies at or below `last`, and `terms` reaches down to it.
base::BytesChain EncodeSnapshot(GroupId group, const Snapshot& snapshot);
absl::StatusOr<Snapshot> DecodeSnapshot(GroupId group, std::optional<Index> expected,
                                        const base::Bytes& bytes);

}  // namespace warren::raft
