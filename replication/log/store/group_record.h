// What the store knows of a group beside its entries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "base/interval_set.h"
#include "raft/snapshot.h"
#include "raft/term_runs.h"
#include "raft/types.h"
#include "replication/log/types.h"

namespace warren::log {

// The state of a group after frame `as_of`, except that its log goes only as far as it lies in the
// store: what comes after is in the segments.
struct GroupRecord {
  GroupNo no;
  raft::GroupId id;
  FrameNo as_of;
  raft::HardState hard_state;
  raft::EntryHead base;  // Where the log begins: {} or the last entry of the snapshot installed
                         // or compacted to.
  raft::Index last;      // The last entry that is in the store; base.id.index if none is.
  raft::TermRuns terms;  // Of entries in the store, from the first live one or `base` on.
  base::IntervalSet missing;  // Entries that damage has destroyed and nobody has brought back.
  raft::Index stored_last;    // The store may hold older entries up to here; those above `last` are
                              // nobody's.
  raft::SnapshotRef snapshot;   // Null if there is none. Has a key of its own.
  bool snapshot_is_new = true;  // Else it is in the store already and is not written again.
};

// Both formats are described in docs/formats/log_store.md. They begin with a version, end with a
// CRC-32C that binds them to their key, and have one encoding per value. Errors: DATA_LOSS for
// bytes that are damaged or belong to another group, UNIMPLEMENTED for those of a later version.
inline constexpr uint8_t kRecordVersion = 1;

// Without the snapshot, of which it only says whether there is one and where it ends. Requires:
// indexes, terms and times within raft::kOrdinalMax.
std::string EncodeGroupRecord(const GroupRecord& record);
struct DecodedGroupRecord {
  GroupRecord record;
  raft::EntryId snapshot;  // {} if there is none.
};
absl::StatusOr<DecodedGroupRecord> DecodeGroupRecord(GroupNo no, std::string_view bytes);

// What concerns the log as a whole.
struct LogRecord {
  uint64_t log_id = 0;
  SegmentNo retired;    // Segments up to here hold nothing that is needed.
  GroupNo groups_last;  // The last number that was given to a group in what has retired.
  friend bool operator==(const LogRecord&, const LogRecord&) = default;
};
std::string EncodeLogRecord(const LogRecord& record);
absl::StatusOr<LogRecord> DecodeLogRecord(std::string_view bytes);

}  // namespace warren::log
