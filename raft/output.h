// Everything that a member of a group asks of its host.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "raft/event.h"
#include "raft/note.h"
#include "raft/reused_list.h"
#include "raft/trace.h"
#include "raft/types.h"

namespace warren::raft {

enum class Role : uint8_t { kFollower, kPreCandidate, kCandidate, kLeader };
std::string_view Name(Role role);

struct RoleState {
  Role role = Role::kFollower;
  NodeId leader;  // Nobody if unknown.
  friend bool operator==(const RoleState&, const RoleState&) = default;
};

struct ReadReady {  // A read that asked for `id` may look at the state once `index` is applied.
  ReadId id;
  Index index;
};

// A snapshot that came from the leader. The host stores it, fetches the bodies in `missing`
// from the leader's node, and only then reports the write stored.
struct Install {
  SnapshotRef snapshot;
  base::IntervalSet missing;  // Live entries below the snapshot that this member does not hold.
};

// Entries for a member that lags so far behind that they are not in memory any more.
struct LoadRequest {
  NodeId peer;
  Index first;
  Index last;
  size_t bytes_max = 0;
};

// Filled by Core::TakeOutput, which empties it first: keep one and pass it again, and it stops
// allocating. The durability rule stands in the types: what may leave at once is in send_now;
// what would be a lie if this node crashed is in send_after_store.
//
// The host's duty, per group:
//   1. Hand hard_state, install and append to the disk, in the order of the Outputs.
//   2. Hand out send_now, without waiting for the disk.
//   3. When that write and all before it are durable: hand out send_after_store (messages to
//      this member itself come back by Received), then step Stored{ticket}.
//   4. Apply `commit` in order: for an entry of type kConfig step ApplyConfigChange; when done,
//      step Applied. This needs no waiting for the disk.
struct Output {
  std::optional<RoleState> role;  // If it changed.

  std::optional<HardState> hard_state;  // If it changed.
  std::vector<Entry> append;            // Contiguous; may replace a suffix of what was written.
  std::optional<Install> install;
  WriteTicket ticket;
  bool must_store = false;  // Something above is to be written: step Stored{ticket} after it.
  bool must_sync = false;   // ... and all of it matters: it is not just a commit hint.

  ReusedList<Message> send_now;
  ReusedList<Message> send_after_store;

  std::vector<Entry> commit;  // To apply; contiguous, each entry once.
  std::vector<ReadReady> reads;
  std::vector<LoadRequest> loads;

  std::vector<Note> notes;        // If Config::notes.
  std::vector<TraceEvent> trace;  // If Config::trace.

  void Clear();
};

}  // namespace warren::raft
