// What a frame is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "raft/types.h"
#include "replication/log/types.h"

namespace warren::log {

// One thing that was done to one group. Most are a few bytes and stand in the frame's directory
// alone; entries and snapshots have a body besides, in the frame's body area, in the order of the
// directory.
//
// The next frame repeats the directory (its "table"), so that what a destroyed frame did is still
// known: only the bodies are lost then, and exactly these can be named.
enum class ItemKind : uint8_t {
  kEntries = 1,   // Body. Contiguous, of one term. Drops what the group had from `first` on.
  kBodies = 2,    // Body. Contiguous, of one term, at or below the snapshot: drops nothing.
  kSnapshot = 3,  // Body. The group's own snapshot, up to `last`: what it does not keep is dead.
  kInstall = 4,   // Body. A leader's snapshot: the log is empty above `last` now.
  kHardState = 5,
  kCommit = 6,      // Only the commit hint of the hard state changed.
  kTruncate = 7,    // Entries from `first` on are gone.
  kCreate = 8,      // The group `id` has this number from here on. First of the group's items.
  kDestroy = 9,     // Last of the group's items.
  kRecovered = 10,  // Of group 0: what was lost in frames up to `through` has been dealt with.
};

struct Item {
  ItemKind kind = ItemKind::kEntries;
  GroupNo group;
  raft::Index first;           // kEntries, kBodies, kTruncate.
  uint32_t count = 0;          // kEntries, kBodies: at least 1.
  raft::Term term;             // kEntries, kBodies.
  raft::EntryId last;          // kSnapshot, kInstall.
  raft::HardState hard_state;  // kHardState; kCommit: `commit` alone.
  raft::GroupId id;            // kCreate.
  FrameNo through;             // kRecovered.
  // Those with a body. Entries: each an entry header and its payload (docs/formats/raft.md), and
  // `crc` is of the CRCs alone in which the headers end, one after the other: each stands for its
  // header, and that has the payload's. Snapshots: as raft::EncodeSnapshot gives it, and `crc` is
  // of all of it, and then of the CRC in which its header ends once more.
  //
  // The obvious checksum, of whole headers, would be the same for all headers that are intact:
  // bytes followed by their own CRC leave a CRC in one state, whatever they are.
  uint32_t body_bytes = 0;
  uint32_t crc = 0;

  bool HasBody() const { return kind <= ItemKind::kInstall; }
  bool HasEntries() const { return kind <= ItemKind::kBodies; }
  raft::Index LastEntry() const { return first + (count - 1); }  // Requires: HasEntries().
  friend bool operator==(const Item&, const Item&) = default;
};

// Where a snapshot's header ends (docs/formats/raft.md).
inline constexpr size_t kSnapshotHeaderBytes = 72;

void AppendItem(const Item& item, std::string* out);
// A directory: items one after the other, and nothing else. Takes any bytes: DATA_LOSS.
absl::StatusOr<std::vector<Item>> DecodeItems(std::string_view bytes);

// "entries 7..9 of term 2, group no 4": for messages and warren-inspect.
std::string Describe(const Item& item);

}  // namespace warren::log
