// The vocabulary of the consensus folder: every id that crosses a function boundary here has
// its own type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/identity.h"
#include "base/ordinal.h"

namespace warren::raft {

using NodeId = base::Identity<struct NodeIdTag>;    // A member of a group; 0 is "nobody".
using GroupId = base::Identity<struct GroupIdTag>;  // A group; cluster-wide, never reused.

using Index = base::Ordinal<struct IndexTag>;  // Position of an entry in a group's log, from 1.
using Term = base::Ordinal<struct TermTag>;    // Leadership epoch, from 1.

// Tells writes apart that were begun before and after what they write could change meaning:
// grows whenever entries are replaced and whenever the term changes. See Log::MarkDurable.
using WriteEpoch = base::Ordinal<struct WriteEpochTag>;

// The leader's clock as it stands in the log: microseconds since 1970. Never falls from one entry
// to the next, whoever the leader is. 0 means "no clock was supplied".
using LogTime = base::Ordinal<struct LogTimeTag>;

// Counts the starts of one member's process. Tells what a member says now from what an earlier
// life of it said, before it lost part of its disk.
using Incarnation = base::Ordinal<struct IncarnationTag>;

// A read barrier asked for by the host; the host chooses the number and gets it back.
using ReadId = base::Identity<struct ReadIdTag>;

// Names one entry for all time: two logs that agree on an EntryId agree on everything before it
// (Log Matching, Raft paper section 5.3).
struct EntryId {
  Index index;
  Term term;
  friend bool operator==(const EntryId&, const EntryId&) = default;
};

// What is left of an entry when its payload is not needed.
struct EntryHead {
  EntryId id;
  LogTime time;
  friend bool operator==(const EntryHead&, const EntryHead&) = default;
};

enum class EntryType : uint8_t {
  kNormal = 0,  // The host's bytes; empty in the entry with which a leader opens its term.
  kConfig = 1,  // An encoded ConfigChange (raft/config_change.h).
};

// Cheap to copy: the payload is shared and never modified.
struct Entry {
  EntryId id;
  LogTime time;
  EntryType type = EntryType::kNormal;
  // base::Crc32c(payload), if it has been computed or checked: then nobody computes it again on the
  // way to disks and peers, and damage in memory is found by the next reader. No part of the value.
  bool crc_known = false;
  uint32_t crc = 0;
  base::Bytes payload;

  EntryHead Head() const { return {.id = id, .time = time}; }
  uint32_t PayloadCrc() const { return crc_known ? crc : base::Crc32c(payload.view()); }
  friend bool operator==(const Entry& a, const Entry& b) {
    return a.id == b.id && a.time == b.time && a.type == b.type && a.payload == b.payload;
  }
};

// What an entry counts for against limits in bytes: its payload and a fixed share for its header
// and its place in memory, so that a flood of empty entries is bounded too.
inline constexpr size_t kEntryOverheadBytes = 64;
inline size_t AccountedBytes(const Entry& entry) {
  return entry.payload.size() + kEntryOverheadBytes;
}

// What a member must remember across a crash beside its entries (Raft paper, figure 2), and
// what this project adds to it.
struct HardState {
  Term term;
  NodeId vote;   // Whom this member voted for in `term`; nobody if it did not.
  Index commit;  // A hint: may lag behind, saves work at restart.
  // This member may have forgotten what it acknowledged and must not vote. See raft/amnesia.h.
  bool amnesiac = false;
  friend bool operator==(const HardState&, const HardState&) = default;
};

}  // namespace warren::raft
