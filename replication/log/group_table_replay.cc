#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "raft/codec.h"
#include "replication/log/group_table.h"

namespace warren::log {
namespace {

// Null if it cannot be read.
raft::SnapshotRef SnapshotOf(raft::GroupId group, const FoundItem& found) {
  if (found.body_lost) return nullptr;
  absl::StatusOr<raft::Snapshot> snapshot =
      raft::DecodeSnapshot(group, found.item.last.index, found.body);
  if (!snapshot.ok()) return nullptr;
  return std::make_shared<const raft::Snapshot>(*std::move(snapshot));
}

// Entries [first, last] of the item are what the group has there now, as far as this replay has
// come.
struct Piece {
  raft::Index first;
  raft::Index last;
};

// What the store's record knows of younger frames may say that some of an item was replaced since.
// An index and a term name one entry, so the terms tell.
std::vector<Piece> CurrentPieces(const GroupState& group, const Item& item) {
  std::vector<Piece> pieces;
  for (raft::Index index = item.first; index <= item.LastEntry(); index = index + 1) {
    if (group.TermAt(index) != item.term) continue;
    if (pieces.empty() || pieces.back().last + 1 != index) pieces.push_back({index, index});
    pieces.back().last = index;
  }
  return pieces;
}

void Place(GroupState& group, const FoundFrame& frame, const FoundItem& found, const Piece& piece) {
  const size_t begin = piece.first - found.item.first;
  const size_t end = piece.last - found.item.first + 1;
  const std::span<const uint32_t> offsets(found.entry_offsets);
  const uint32_t behind =
      end < offsets.size() ? offsets[end] : found.offset + found.item.body_bytes;
  const std::span<const uint32_t> own = offsets.subspan(begin, end - begin);
  if (found.item.kind == ItemKind::kEntries) {
    group.places().Append(piece.first, frame.header.number, own, behind);
  } else {
    group.places().AddBodies(piece.first, frame.header.number, own, behind);
  }
}

void ReplayEntries(GroupState& group, const FoundFrame& frame, const FoundItem& found) {
  const Item& item = found.item;
  const FrameNo number = frame.header.number;
  const bool placed = found.entry_offsets.size() == item.count;  // Else all of them are lost.
  if (item.kind == ItemKind::kEntries) {
    group.places().TruncateFrom(item.first);
    group.ReplayEntries(number, item.first, item.count, item.term);
  }
  // What is lost has no place that would remind anybody of it when its segment retires.
  if (!found.lost.empty() && (group.untold_from == FrameNo() || number < group.untold_from)) {
    group.untold_from = number;
  }
  for (const Piece& piece : CurrentPieces(group, item)) {
    if (item.kind == ItemKind::kBodies && placed) {
      group.ReplayBodies(number, piece.first, piece.last - piece.first + 1);
    }
    if (placed) Place(group, frame, found, piece);
    for (const base::IntervalSet::Run& lost : found.lost.Runs()) {
      const uint64_t first = std::max(lost.first, piece.first.value());
      const uint64_t last = std::min(lost.last, piece.last.value());
      for (uint64_t index = first; index <= last; ++index) group.Lose(raft::Index(index));
    }
  }
}

void ReplayOn(GroupState& group, const FoundFrame& frame, const FoundItem& found,
              FrameNo dealt_with) {
  const Item& item = found.item;
  const FrameNo number = frame.header.number;
  const bool recorded = number <= group.as_of();
  if (!recorded && group.untold_from == FrameNo()) group.untold_from = number;
  switch (item.kind) {
    case ItemKind::kEntries:
    case ItemKind::kBodies:
      return ReplayEntries(group, frame, found);
    case ItemKind::kSnapshot: {
      if (recorded || !group.CanCover(item.last)) return;
      raft::SnapshotRef snapshot = SnapshotOf(group.id(), found);
      // Without it the group goes on from an older one: all that this needs is still there.
      if (snapshot != nullptr) group.TakeSnapshot(std::move(snapshot));
      return;
    }
    case ItemKind::kInstall:
      group.places().TruncateFrom(item.last.index + 1);
      return group.ReplayInstall(number, item.last, SnapshotOf(group.id(), found),
                                 number <= dealt_with);
    case ItemKind::kHardState:
      if (!recorded) group.SetHardState(item.hard_state);
      return;
    case ItemKind::kCommit:
      if (!recorded) group.SetCommit(item.hard_state.commit);
      return;
    case ItemKind::kTruncate:
      group.places().TruncateFrom(item.first);
      return group.ReplayTruncate(number, item.first);
    default:
      return;
  }
}

}  // namespace

void GroupTable::TakeRecords(Store::Contents contents) {
  last_given_ = contents.log.groups_last;
  for (GroupRecord& record : contents.groups) Add(std::make_unique<GroupState>(std::move(record)));
}

bool GroupTable::Replay(const LogScan& scan) {
  // The store may never have heard of a group that is destroyed further on: what comes before that
  // concerns nobody.
  for (const FoundFrame& frame : scan.frames) {
    for (const FoundItem& found : frame.items) {
      if (found.item.kind == ItemKind::kRecovered) {
        dealt_with_ = std::max(dealt_with_, found.item.through);
      } else if (found.item.kind == ItemKind::kDestroy) {
        destroyed_.push_back({.no = found.item.group, .frame = frame.header.number});
      }
    }
  }
  bool known = true;
  for (const FoundFrame& frame : scan.frames) {
    for (const FoundItem& found : frame.items) known = ReplayItem(frame, found) && known;
  }
  for (const auto& [no, group] : groups_) group->FinishReplay();
  return known;
}

bool GroupTable::ReplayCreation(const FoundFrame& frame, const Item& item) {
  last_given_ = std::max(last_given_, item.group);
  if (Find(item.group) != nullptr) return true;  // The store knows it already.
  if (Find(item.id) != nullptr) return false;
  auto created = std::make_unique<GroupState>(item.group, item.id);
  created->untold_from = frame.header.number;
  Add(std::move(created));
  return true;
}

bool GroupTable::ReplayItem(const FoundFrame& frame, const FoundItem& found) {
  const Item& item = found.item;
  if (item.kind == ItemKind::kRecovered) return true;
  if (item.kind == ItemKind::kCreate) return ReplayCreation(frame, item);
  GroupState* const group = Find(item.group);
  if (group == nullptr) return IsDestroyed(item.group);
  if (item.kind == ItemKind::kDestroy) {
    by_id_.erase(group->id());
    groups_.erase(item.group);
    return true;
  }
  ReplayOn(*group, frame, found, dealt_with_);
  return true;
}

}  // namespace warren::log
