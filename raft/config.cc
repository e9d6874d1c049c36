#include "raft/config.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "raft/codec.h"

namespace warren::raft {
namespace {

absl::Status Refuse(const char* field, uint64_t value, const std::string& rule) {
  return absl::InvalidArgumentError(
      absl::StrCat("raft config: ", field, " is ", value, "; it must be ", rule));
}

}  // namespace

absl::Status Config::Validate() const {
  if (id.IsNone()) return Refuse("id", 0, "a member's id, above 0");
  if (heartbeat_ticks == 0) return Refuse("heartbeat_ticks", 0, "at least 1");
  if (election_ticks <= heartbeat_ticks) {
    return Refuse("election_ticks", election_ticks,
                  absl::StrCat("larger than heartbeat_ticks, ", heartbeat_ticks));
  }
  if (message_bytes_max > kMessageEntriesMax * kEntryOverheadBytes) {
    return Refuse("message_bytes_max", message_bytes_max,
                  absl::StrCat("at most what a message's entries can count for, ",
                               kMessageEntriesMax * kEntryOverheadBytes));
  }
  if (inflight_messages_max == 0) return Refuse("inflight_messages_max", 0, "at least 1");
  if (inflight_bytes_max < message_bytes_max) {
    return Refuse("inflight_bytes_max", inflight_bytes_max,
                  absl::StrCat("at least message_bytes_max, ", message_bytes_max));
  }
  if (entry_bytes_max == 0 || entry_bytes_max > kPayloadBytesMax) {
    return Refuse("entry_bytes_max", entry_bytes_max,
                  absl::StrCat("from 1 to what can be encoded, ", kPayloadBytesMax));
  }
  if (uncommitted_bytes_max == 0) return Refuse("uncommitted_bytes_max", 0, "at least 1");
  if (apply_bytes_max == 0) return Refuse("apply_bytes_max", 0, "at least 1");
  if (read_mode == ReadMode::kLease && !check_quorum) {
    return absl::InvalidArgumentError(
        "raft config: read_mode is kLease without check_quorum; without it no lease ends, and "
        "reads could be arbitrarily old");
  }
  return absl::OkStatus();
}

}  // namespace warren::raft
