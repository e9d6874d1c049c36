// What the formats of raft/codec.h have in common. For the files codec*.cc, and for tests that
// damage bytes where it hurts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "raft/codec.h"
#include "raft/types.h"

namespace warren::raft::codec_internal {

//    0         1 ...     8       16                  24 ...    the last 4
//   [version | its own | group | index, or its own | its own | CRC-32C of all before it]
//
// This much holds in every version to come, so that a program that is too old can tell a later
// version from damage. A later version may have more behind it.
struct Format {
  const char* name;
  size_t header_bytes;
  bool has_index;
};
inline constexpr Format kEntryFormat = {"raft entry", kEntryHeaderBytes, true};
inline constexpr Format kMessageFormat = {"raft message", 100, false};
inline constexpr Format kHardStateFormat = {"raft hard state", kHardStateBytes, false};
inline constexpr Format kSnapshotFormat = {"raft snapshot", 72, true};

inline constexpr size_t kVersionAt = 0;
inline constexpr size_t kGroupAt = 8;
inline constexpr size_t kIndexAt = 16;
inline constexpr size_t kCrcBytes = 4;

// What is to be decoded, and whose it should be.
struct Expected {
  const Format& format;
  GroupId group;
  std::optional<Index> index;
};

// "FORMAT of group G, index I".
std::string Describe(const Expected& expected);
// DATA_LOSS, in the words "FORMAT of group G, index I: WHAT".
absl::Status Damaged(const Expected& expected, const std::string& what);

// Writes the CRC at the end of the header that begins at `header`.
void SealHeader(const Format& format, char* header);
// Does `bytes` begin with a header of this format: intact, of our version, of the group and index
// expected? Afterwards the header's own fields can be read without asking again.
absl::Status CheckHeader(const Expected& expected, std::string_view bytes);

// DATA_LOSS, naming `part`, if `bytes` have another checksum.
absl::Status CheckCrc(const Expected& expected, const char* part, uint32_t crc,
                      std::string_view bytes);

// An entry that is only proposed has no place in a log yet: neither index nor term.
enum class Standing { kInLog, kProposed };

// The rules that every value obeys which is encoded, or comes out of a decoder: what is wrong, or
// nullptr.
const char* FaultOf(const EntryHeader& header, Standing standing);
const char* FaultOf(const Message& message);
const char* FaultOf(const Snapshot& snapshot);

EntryHeader HeaderOf(const Entry& entry, uint32_t payload_crc);

// One header of an entry, at `out`. Returns the place behind it.
char* WriteEntryHeader(GroupId group, const EntryHeader& header, char* out);
// What WriteEntryHeader() wrote; FaultOf() has not been asked yet.
absl::StatusOr<EntryHeader> ReadEntryHeader(const Expected& expected, std::string_view bytes);

}  // namespace warren::raft::codec_internal
