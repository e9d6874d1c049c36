// How the oldest segment is left.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "raft/types.h"
#include "replication/log/group_state.h"
#include "replication/log/place_index.h"
#include "replication/log/planted_bug.h"
#include "replication/log/store/store.h"
#include "replication/log/types.h"
#include "replication/log/wal/segment_files.h"

namespace warren::log {

// A retirement goes through these steps; the log goes on meanwhile:
//
//   1. capture  what each group is now, what of it lies in the segment, what the store has too
//               much; some groups at a time. `as_of` is the last frame that this knows of.
//   2. wait     until `as_of` is durable: the store must not know what the log could forget.
//   3. read     the entries wanted, check them.
//   4. move     all of it into the store, at once and durably.
//   5. settle   the groups learn that it lies there now; the dead map trusts the snapshots moved.
//   6. recycle  the file.
//
// Up to 4 a crash leaves everything as it was; after 4 the segment is not read again.
struct Retirement {
  std::shared_ptr<const Segment> segment;
  FrameNo through;  // The segment's last frame.
  FrameNo as_of;
  GroupNo captured;  // All groups up to this one are.
  Move move;

  struct Wanted {
    GroupNo group;
    raft::GroupId id;
    raft::Index index;
    raft::Term term;
    uint32_t offset = 0;  // Of content, from the start of the file.
    uint32_t bytes = 0;
  };
  std::vector<Wanted> wanted;

  // Entries that were found damaged in step 3; they are in the records' `missing`.
  struct Lost {
    GroupNo group;
    raft::Index index;
  };
  std::vector<Lost> lost;
  uint64_t user_bytes_moved = 0;

  // What capturing reset, to be put back if the move fails.
  struct Untold {
    GroupNo group;
    FrameNo from;
  };
  std::vector<Untold> untold;
};

// Step 1, for one group. Does the store have to hear of it when frames up to `through` go?
bool MustCapture(const GroupState& group, FrameNo through);
// Its record and tombstones.
void CaptureRecord(GroupState& group, Retirement& retirement, PlantedBug bug);
// An entry of the group that lies in the segment. Ignored unless it is needed.
void CaptureEntry(const GroupState& group, raft::Index index, const EntryPlace& place,
                  uint32_t block, Retirement& retirement);

// Step 3. Fills `move.entries`; what cannot be read goes to `lost`.
void ReadWanted(Retirement& retirement);

}  // namespace warren::log
